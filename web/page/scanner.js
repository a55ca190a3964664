// The scanner of a gate: shows its code, looks through the camera, says whether a pass opens. What is judged is judged by
// the core (jigap_web.js, WebAssembly); this page only shows it. Works without a network once it was loaded and paired.

import start, { Scanner } from "./jigap_web.js";
import { draw } from "./drawn.js";
import { forget, keep, kept } from "./kept.js";
import { camera, look } from "./lens.js";
import { fact, isKorean, speak, span, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const WINDOW = 15;
// How long a verdict stays, and how long a code must be gone before it is judged again, in milliseconds.
const SHOWN = 3000;
const GONE = 5000;
const RENEWAL = 10 * 60 * 1000;

const seen = new Map();
const entered = [];
const counts = { admitted: 0, refused: 0, paper: 0 };
let gate = null;
let token = null;
let reached = false;
let facing = "user";
let sound = null;
let shownUntil = 0;
let window_shown = null;
let typed = "";

const now = () => Date.now() / 1000;
const encoded = (text) => new TextEncoder().encode(text);

function trouble(name) {
  $("trouble").textContent = name ? word(name) : "";
}

function words() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  $("language").textContent = isKorean() ? "English" : "한국어";
  $("language").lang = isKorean() ? "en" : "ko";
  window_shown = null;
  if (gate) show();
}

// Draws the screen's code when its window has changed, and what is known of the gate.
function show() {
  const standing = JSON.parse(gate.standing(now()));
  const wanted = standing.facts.map(fact).join(", ") || word("nothing");
  $("venue").textContent = standing.venue;
  $("gate").textContent = standing.gate;
  $("wanted").textContent = `${word("asks")}: ${wanted}`;
  $("how").textContent = word(standing.presence);
  const { age, max_age, ends_in } = standing.trust;
  const state = age > max_age || ends_in <= 0 || standing.issuers === 0 ? "old" : age * 3 > max_age * 2 ? "ageing" : "age";
  $("age").dataset.state = state;
  $("age").textContent = word(state, span(age));
  $("network").textContent = word(reached ? "online" : "offline");
  trouble(state === "old" ? "check_id" : null);
  const current = Math.floor(now() / WINDOW);
  if (window_shown === current) return;
  window_shown = current;
  draw($("screen"), gate.screen(now()));
  $("screen").setAttribute("aria-label", word("screen"));
}

// Judges a code that was read, unless it is still being held up.
function judge(code) {
  const time = performance.now();
  const before = seen.get(code);
  seen.set(code, time);
  if (before !== undefined && time - before < GONE) return;
  for (const [other, last] of seen) if (time - last > GONE) seen.delete(other);
  const verdict = JSON.parse(gate.judge(code, now(), isKorean()));
  say(verdict);
}

function say(verdict) {
  const box = $("verdict");
  counts[verdict.open ? "admitted" : "refused"] += 1;
  if (verdict.open) entered.push(Date.now());
  box.dataset.open = verdict.open;
  box.dataset.check = verdict.check || "";
  $("sign").textContent = verdict.open ? "✓" : "✗";
  $("reason").textContent = verdict.open
    ? word("open") + (verdict.weaker ? word("weaker") : "") + " · " + verdict.facts.map(fact).join(", ")
    : `${isKorean() ? verdict.said.ko : verdict.said.en} (${verdict.check})`;
  shownUntil = performance.now() + SHOWN;
  box.dispatchEvent(new CustomEvent("judged", { bubbles: true, detail: { open: verdict.open, check: verdict.check } }));
  figures();
  ring(verdict.open);
  navigator.vibrate?.(verdict.open ? 60 : [120, 80, 120]);
}

function figures() {
  const minute = Date.now() - 60_000;
  while (entered.length && entered[0] < minute) entered.shift();
  for (const name of Object.keys(counts)) $(name).textContent = counts[name];
  $("pace").textContent = entered.length;
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

async function watch() {
  if (!navigator.mediaDevices) return trouble("insecure");
  try {
    await camera($("video"), facing);
  } catch {
    return trouble("no_camera");
  }
  $("start").hidden = true;
  $("turn").hidden = false;
}

// The codes of one picture.
function seen_now(codes, began) {
  if (!gate) return;
  codes.forEach(judge);
  $("speed").textContent = word("speed", (performance.now() - began).toFixed(1));
}

function tick() {
  if (gate) {
    show();
    figures();
    if (performance.now() > shownUntil) $("verdict").dataset.open = "none", ($("sign").textContent = ""), ($("reason").textContent = "");
  }
  setTimeout(tick, 250);
}

// A scanner that types: a line of characters and Enter.
function type(event) {
  if (!gate || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && typed.length > 8) {
    event.preventDefault();
    judge(typed.trim());
    typed = "";
  } else if (event.key.length === 1) {
    typed = (typed + event.key).slice(-1024);
  } else if (event.key === "Enter") {
    typed = "";
  }
}

async function asked(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", ...options });
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
  return answer.text();
}

async function pair(code) {
  let paired;
  try {
    const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) };
    paired = JSON.parse(await asked("pair", options));
    const bundle = await asked("trust", { headers: { authorization: `Bearer ${paired.token}` } });
    await keep({ token: paired.token, package: JSON.stringify(paired.package), bundle });
  } catch (error) {
    return trouble(error.status ? "not_taken" : "no_server");
  }
  history.replaceState(null, "", location.pathname);
  await open();
}

// Takes the newest trust bundle, where the keeper's computer can be reached. What is in use stays if that fails.
async function renew() {
  if (!gate) return;
  try {
    const bundle = await asked("trust", { headers: { authorization: `Bearer ${token}` } });
    reached = true;
    gate.renew(encoded(bundle), now());
    await keep({ bundle });
  } catch (error) {
    // Something answered, if not with a bundle.
    reached = error.status !== undefined;
    if (error.status === 401) trouble("unpaired_there");
  }
}

async function open() {
  const { package: settings, bundle, token: known } = await kept();
  const code = new URLSearchParams(location.hash.slice(1)).get("pair");
  if (code || !settings || !bundle) {
    document.body.dataset.state = "unpaired";
    $("pair").hidden = !code;
    $("pair").onclick = () => pair(code);
    return;
  }
  try {
    gate = new Scanner(encoded(settings), encoded(bundle), now());
  } catch (error) {
    trouble("unusable");
    $("trouble").textContent += `: ${error}`;
    document.body.dataset.state = "unpaired";
    return;
  }
  token = known;
  document.body.dataset.state = "paired";
  words();
  renew();
}

async function begin() {
  speak(isKorean());
  words();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").catch(() => {});
  navigator.storage?.persist?.();
  await start({ module_or_path: new URL("jigap_web_bg.wasm", import.meta.url) });
  $("language").onclick = () => { speak(!isKorean()); words(); };
  $("start").onclick = () => { sound ??= new AudioContext(); watch(); };
  $("turn").onclick = () => { facing = facing === "user" ? "environment" : "user"; watch(); };
  $("by-paper").onclick = () => { counts.paper += 1; figures(); };
  $("forget").onclick = async () => {
    if (confirm(word("forget_sure"))) { await forget(); location.reload(); }
  };
  addEventListener("keydown", type);
  addEventListener("online", renew);
  setInterval(renew, RENEWAL);
  await open();
  tick();
  look($("video"), seen_now);
}

begin();
