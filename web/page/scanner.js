// The scanner of a gate: shows its code, looks through the camera, says whether a pass opens. What is judged is judged by
// the core (jigap_web.js, WebAssembly); this page only shows it. Works without a network once it was loaded and paired.

import start, { Scanner, succeeds } from "./jigap_web.js";
import { draw } from "./drawn.js";
import { forget, keep, kept, pairing, stored, write } from "./kept.js";
import { awake, camera, look } from "./lens.js";
import { fact, isKorean, put, speak, span, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const WINDOW = 15;
// In milliseconds. How long a verdict stays, and a refusal without its code; how long a code must be out of sight before it is judged anew; how
// often one that is held up and was refused is looked at again; how long nobody else is judged after somebody was let in.
const SHOWN = 3000;
const GONE = 1000;
const AGAIN = 2000;
const PASSING = 800;
// Keys this close together are a scanner's; a line that stops for so long is over.
const BURST = 50;
const SILENCE = 500;
const RENEWAL = 10 * 60 * 1000;
// How often the venue's other gates are told, and heard; how long after something could not be kept it is tried again; how often what
// ended is forgotten.
const MEETING = 3000;
const REOPENED = 5000;
const FORGETTING = 60 * 60 * 1000;
// How long an answer is waited for: a network that is there and carries nothing is none.
const PATIENCE = 10_000;
// How long the device may take to write down whom it lets in.
const WRITING = 5000;

// Codes in sight: when each was last seen and judged, and what it came to.
const seen = new Map();
const entered = [];
const counts = { admitted: 0, refused: 0, paper: 0 };
let gate = null;
let token = null;
let reached = false;
// Whether a verdict waits for what is being written down, and whether the others are being heard.
let judging = false;
let meeting = false;
let opening = null;
// Rows of the entry log, and used tickets, that are on this device alone.
let unsent = 0;
let untold = 0;
let notice = null;
let facing = "user";
let sound = null;
let shown = null;
let shownUntil = 0;
let lastWindow = null;
let typed = { text: "", at: 0 };
// What was typed is judged in its turn.
let turn = Promise.resolve();

const now = () => Date.now() / 1000;
const encoded = (text) => new TextEncoder().encode(text);
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

// What whoever keeps the door has to know, until it is over.
function tell(name) {
  notice = name;
  put($("trouble"), name ? word(name) : "");
}

function words() {
  for (const element of document.querySelectorAll("[data-word]")) put(element, word(element.dataset.word));
  put($("language"), isKorean() ? "English" : "한국어");
  $("language").lang = isKorean() ? "en" : "ko";
  lastWindow = null;
  if (gate) show();
}

// How old what the gate knows is, and what follows.
function trusted({ age, max_age, ends_in, issuers }) {
  if (issuers === 0) return "no_issuer";
  if (age < -60) return "future";
  if (age > max_age || ends_in <= 0) return "old";
  return age * 3 > max_age * 2 ? "ageing" : "age";
}

// Draws the screen's code when its window has changed, and what is known of the gate.
function show() {
  const standing = JSON.parse(gate.standing(now(), isKorean()));
  const state = trusted(standing.trust);
  const shut = !["age", "ageing"].includes(state);
  put($("venue"), standing.venue);
  put($("gate"), standing.gate);
  put($("wanted"), `${word("asks")}: ${says(standing)}`);
  put($("how"), word(standing.presence));
  put($("age"), word(state, span(standing.trust.age)));
  put($("network"), word(reached ? "online" : "offline"));
  $("age").dataset.state = shut ? "old" : state;
  const trouble = standing.log?.refused ? "log_refused" : standing.keeps ? notice : "keeps_nothing";
  put($("trouble"), shut ? word("check_id") : trouble ? word(trouble) : "");
  tickets(standing.tickets);
  log(standing.log);
  const current = Math.floor(now() / WINDOW);
  if (lastWindow === current) return;
  lastWindow = current;
  draw($("screen"), gate.screen(now()), word("screen"));
}

// What a pass is asked to say, or says, in words: of a ticket or card which, and the place.
function says({ kind, particulars, facts }) {
  const parts = [...particulars, ...facts.map(fact)];
  return parts.join(", ") || word(kind === "entry" ? "nothing" : kind);
}

// What is to be said of used tickets, at a gate that takes them.
function tickets(standing) {
  $("tickets").hidden = !standing;
  untold = standing?.untold ?? 0;
  if (!standing) return;
  const { met, twice, latest } = standing;
  $("tickets").dataset.twice = twice;
  const told = untold ? word("untold", untold) : word("told");
  put($("shared"), met ? told : word("not_met"));
  put($("twice"), twice ? `${word("used_twice", twice)} (${latest})` : "");
}

// What is to be said of the entry log, where one is kept.
function log(standing) {
  $("log").hidden = !standing;
  unsent = standing?.unsent ?? 0;
  put($("logged"), unsent ? word("unsent", unsent) : word("logged"));
}

// The passes of one picture.
function watch(codes, began) {
  const passes = codes.filter((code) => code.startsWith("JG1:"));
  if (!gate || judging || passes.length === 0) return;
  if (passes.length > 1) return put($("reason"), word("one_at_a_time"));
  look_at(passes[0]).then(() => put($("speed"), word("speed", (performance.now() - began).toFixed(1)))).catch(failed);
}

// Keeps what the core changed: whether it is durable now. A device that does not say so in time has not done it.
async function durable(door) {
  const changes = door.changes();
  try {
    if (!changes) return true;
    const late = pause(WRITING).then(() => { throw new Error("what changed is not written in time"); });
    await Promise.race([write(changes), late]);
    return true;
  } catch (error) {
    console.error(String(error));
    return false;
  }
}

// What a code comes to. Whoever is let in was written down before.
async function judged(code) {
  const door = gate;
  let settled;
  judging = true;
  try {
    const verdict = JSON.parse(door.judge(code, now(), isKorean()));
    if (!verdict.waits) return verdict;
    settled = JSON.parse(door.settle(await durable(door)));
  } finally {
    judging = false;
  }
  // The others hear of it at once, if they can.
  meet();
  return settled;
}

// Keeps what changed while nobody waits for it. If that fails, whoever is being let in meanwhile has an answer of their own.
async function settle(door) {
  if (await durable(door)) return;
  while (judging) await pause(50);
  door.settle(false);
}

// Judges a pass that came into sight. One that is held up is judged once; if it was refused, again now and then, and said only if
// that changed.
async function look_at(code) {
  const time = performance.now();
  const before = seen.get(code);
  if (before && time - before.last < GONE) {
    before.last = time;
    // Green ends though its code stays: whoever comes next would walk in under it.
    if (shown === code && !before.verdict.open) shownUntil = time + SHOWN;
    if (before.verdict.open || time - before.judged < AGAIN) return;
    before.judged = time;
    const verdict = await judged(code);
    if (verdict.open || verdict.check !== before.verdict.check) say(verdict, code);
    before.verdict = verdict;
    return;
  }
  if (shown !== null && $("verdict").dataset.open === "true" && time < shownUntil - SHOWN + PASSING) return;
  const verdict = await judged(code);
  // It stayed in sight while it was written down, however long that took.
  seen.set(code, { last: performance.now(), judged: time, verdict });
  say(verdict, code);
}

function say(verdict, code) {
  const box = $("verdict");
  counts[verdict.open ? "admitted" : "refused"] += 1;
  if (verdict.open) entered.push(Date.now());
  box.dataset.open = verdict.open;
  box.dataset.check = verdict.check || "";
  put($("sign"), verdict.open ? "✓" : "✗");
  put($("reason"), verdict.open
    ? word("open") + (verdict.weaker ? word("weaker") : "") + " · " + says(verdict)
    : `${isKorean() ? verdict.said.ko : verdict.said.en} (${verdict.check})`);
  [shown, shownUntil] = [code, performance.now() + SHOWN];
  box.dispatchEvent(new CustomEvent("judged", { bubbles: true, detail: { open: verdict.open, check: verdict.check } }));
  figures();
  ring(verdict.open);
  navigator.vibrate?.(verdict.open ? 60 : [120, 80, 120]);
}

function silence() {
  shown = null;
  $("verdict").dataset.open = "none";
  put($("sign"), "");
  put($("reason"), "");
}

function figures() {
  const minute = Date.now() - 60_000;
  while (entered.length && entered[0] < minute) entered.shift();
  for (const name of Object.keys(counts)) put($(name), String(counts[name]));
  put($("pace"), String(entered.length));
}

// A high tone opens, a low one shuts: whoever keeps the door need not look.
function ring(open) {
  if (!sound) return;
  const [tone, volume] = [sound.createOscillator(), sound.createGain()];
  tone.frequency.value = open ? 880 : 196;
  volume.gain.setValueAtTime(0.2, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + (open ? 0.2 : 0.6));
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.7);
}

async function see() {
  if (!navigator.mediaDevices) return tell("insecure");
  try {
    await camera($("video"), facing);
  } catch {
    return tell("no_camera");
  }
  tell(null);
  $("start").hidden = true;
  $("turn").hidden = false;
}

function tick() {
  if (!gate) return;
  const time = performance.now();
  // A code out of sight takes its verdict along, and is forgotten.
  for (const [code, { last }] of seen) if (time - last > GONE) seen.delete(code);
  if (shown !== null && (time > shownUntil || (shown !== "" && !seen.has(shown) && time > shownUntil - SHOWN + GONE))) silence();
  gate.forget(now());
  show();
  figures();
}

// Does `work` again and again. What breaks it (a decoder's panic ends the core) must not leave an old verdict standing.
function each(pause, work) {
  try {
    work();
  } catch (error) {
    return failed(error);
  }
  setTimeout(() => each(pause, work), pause);
}

function failed(error) {
  console.error(String(error));
  broken();
}

function broken() {
  [gate, notice] = [null, "broken"];
  silence();
  put($("trouble"), word("broken"));
  const before = Number(sessionStorage.getItem("broken") ?? 0);
  sessionStorage.setItem("broken", String(Date.now()));
  if (Date.now() - before > 10_000) setTimeout(() => location.reload(), 1000);
}

// A scanner that types: a line, quickly, and Enter. What it types is a stranger's and presses no button.
function type(event) {
  const time = performance.now();
  const quick = time - typed.at < BURST;
  if (time - typed.at > SILENCE) typed.text = "";
  typed.at = time;
  if (quick) event.preventDefault();
  if (!gate || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.length === 1) typed.text = (typed.text + event.key).slice(-1024);
  if (event.key !== "Enter" || typed.text.length < 4) return;
  event.preventDefault();
  const code = typed.text.trim();
  typed.text = "";
  turn = turn.then(() => enter(code)).catch(failed);
}

// Judges a code that was typed when nobody else is being judged.
async function enter(code) {
  while (judging) await pause(20);
  if (gate) say(await judged(code), "");
}

// Tells the venue's other gates which tickets were used here, and hears which were there. What is being written down is not told yet.
async function share(door) {
  for (let more = true; more;) {
    const told = judging ? undefined : door.tell();
    if (told === undefined) return;
    more = door.hear(await asked("marks", said(told, known())), now());
    await settle(door);
    reached = true;
  }
}

// Hands rows of the entry log over; what is there is deleted here.
async function hand_over(door) {
  for (let more = true; more;) {
    const told = judging ? undefined : door.tell_log(now());
    if (told === undefined) return;
    let answer;
    try {
      answer = await asked("rows", said(told, known()));
    } catch (error) {
      if (error.status !== 409) throw error;
    }
    more = door.hear_log(answer, now());
    await settle(door);
    reached = true;
  }
}

// Does both, where the computer that keeps the gate can be reached.
async function meet() {
  const door = gate;
  if (!door || !token || meeting) return;
  meeting = true;
  try {
    await share(door);
    await hand_over(door);
  } catch (error) {
    reached = !error.unreached;
    if (error.status === 401) tell("unpaired_there");
    // The core could not read what was answered.
    else if (reached && error.status === undefined) tell("not_read");
    return;
  } finally {
    meeting = false;
  }
  if (notice === "not_read") tell(null);
}

// Opens the gate anew by what was kept, where something could not be.
function reopen() {
  if (gate && !judging && !meeting && !JSON.parse(gate.standing(now(), isKorean())).keeps) open().catch(() => {});
}

const said = (body, headers = {}) => ({ method: "POST", headers: { "content-type": "application/json", ...headers }, body });

async function asked(path, options = {}) {
  const signal = AbortSignal.timeout(PATIENCE);
  const unreached = (error) => { throw Object.assign(new Error(String(error)), { unreached: true }); };
  const answer = await fetch(path, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal, ...options }).catch(unreached);
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
  return answer.text().catch(unreached);
}

const known = () => ({ authorization: `Bearer ${token}` });
const newest = () => asked("trust", { headers: known() });

// Takes the newest keys of the entry log's parties. A gate that keeps a log goes on with what it has; one that kept none begins.
async function policy() {
  const log = await asked("log", { headers: known() }).catch(() => null);
  if (!log || !gate) return;
  try {
    gate.keep_log(log);
    await keep({ log });
  } catch {
    tell("policy_refused");
  }
}

// What pairing gives is tried before it takes the place of what was there; a newer trust bundle of before stays.
async function pair(code) {
  let paired;
  try {
    paired = JSON.parse(await asked("pair", said(JSON.stringify({ code }))));
  } catch (error) {
    return tell(error.status >= 500 ? "cannot_pair" : error.status ? "not_taken" : "no_server");
  }
  let bundle = JSON.stringify(paired.bundle);
  const settings = JSON.stringify(paired.package);
  let anew = true;
  try {
    const tried = new Scanner(encoded(settings), encoded(bundle), "{}", paired.log ?? undefined, now());
    const before = await kept();
    const { key, settings: gate } = before.package ? JSON.parse(before.package) : {};
    anew = key?.x !== paired.package.key.x || gate.gate !== paired.package.settings.gate;
    try {
      if (before.bundle) tried.renew(encoded(before.bundle), now()), (bundle = before.bundle);
    } catch {
      // The one that came is the newer one, or of another list.
    }
    tried.free();
  } catch (error) {
    return unusable(error);
  }
  await pairing({ token: paired.token, package: settings, bundle, log: paired.log ?? undefined }, anew);
  await opening;
  await open();
}

function unusable(error) {
  tell("unusable");
  $("trouble").textContent += ` (${error})`;
}

// Takes the newest trust bundle, where the keeper's computer can be reached. What is in use stays if that fails.
async function renew() {
  if (!token || !gate) return;
  let bundle;
  try {
    bundle = await newest();
    reached = true;
  } catch (error) {
    // Something answered, if not with a bundle.
    reached = !error.unreached;
    if (error.status === 401) tell("unpaired_there");
    return;
  }
  // What no gate looked at is not kept.
  if (!gate) return;
  try {
    gate.renew(encoded(bundle), now());
    await keep({ bundle });
    if (["bundle_refused", "unpaired_there"].includes(notice)) tell(null);
  } catch {
    tell("bundle_refused");
  }
}

// Opens what the device keeps, once at a time; where its trust list has ended, with the one that the keeper's computer has now, if it is a
// later version of the same list.
function open() {
  opening ??= opened().finally(() => { opening = null; });
  return opening;
}

async function opened() {
  const { package: settings, bundle, token: paired, log } = await kept();
  $("forget").hidden = !settings;
  if (!settings || !bundle) return void (document.body.dataset.state = "unpaired");
  token = paired;
  const by = async (bundle) => {
    const written = await stored();
    gate = new Scanner(encoded(settings), encoded(bundle), written, log, now());
  };
  try {
    await by(bundle);
  } catch (error) {
    try {
      const fresh = await newest();
      succeeds(encoded(bundle), encoded(fresh), now());
      await by(fresh);
      await keep({ bundle: fresh });
    } catch {
      gate = null;
      document.body.dataset.state = "unpaired";
      return unusable(error);
    }
  }
  document.body.dataset.state = "paired";
  $("pairing").hidden = true;
  tell(null);
  words();
  await settle(gate);
  renew();
  policy();
  meet();
}

// What goes with what this device keeps.
function lost() {
  if (!gate) return word("lost_unread");
  return (unsent ? word("lost_rows", unsent) : "") + (untold ? word("lost_tickets", untold) : "");
}

// A pairing link was opened: its code is taken out of the address at once.
function linked() {
  const code = new URLSearchParams(location.hash.slice(1)).get("pair");
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  $("pairing").hidden = false;
  $("pair").onclick = () => pair(code);
}

async function begin() {
  speak(isKorean());
  words();
  linked();
  addEventListener("hashchange", linked);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").catch(() => {});
  navigator.storage?.persist?.().then((lasts) => { $("lasting").hidden = lasts; });
  await start({ module_or_path: new URL("jigap_web_bg.wasm", import.meta.url) });
  $("language").onclick = () => { speak(!isKorean()); words(); };
  $("start").onclick = see;
  $("turn").onclick = () => { facing = facing === "user" ? "environment" : "user"; see(); };
  $("by-paper").onclick = () => { counts.paper += 1; figures(); };
  $("forget").onclick = async () => {
    if (confirm(lost() + word("forget_sure"))) { await forget(); location.reload(); }
  };
  // A button that keeps the focus could be pressed by what a scanner types.
  addEventListener("click", ({ target }) => { sound ??= new AudioContext(); target.blur?.(); });
  addEventListener("keydown", type, { capture: true });
  addEventListener("online", () => { renew(); policy(); meet(); });
  document.addEventListener("visibilitychange", awake);
  setInterval(() => { renew(); policy(); }, RENEWAL);
  setInterval(meet, MEETING);
  setInterval(reopen, REOPENED);
  setInterval(() => { if (gate) gate.forget_ended(now()), settle(gate); }, FORGETTING);
  await open();
  awake();
  each(250, tick);
  look($("video"), watch, each);
}

// Two tabs would each let the same pass in.
navigator.locks.request("jigap-gate", { ifAvailable: true }, async (lock) => {
  if (!lock) return tell("other_tab");
  await begin().catch((error) => { console.error(String(error)); broken(); });
  await new Promise(() => {});
});
