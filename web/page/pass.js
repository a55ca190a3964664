// A phone shows passes of a wallet elsewhere: reads a gate's screen, says who asks for what, draws the code. Passes and keys stay
// in the wallet (`jigap wallet page`), which makes each code.

import start from "./jigap_web.js";
import { draw } from "./drawn.js";
import { awake, camera, look, stop } from "./lens.js";
import { fact, isKorean, put, speak, word } from "./words.js";

const $ = (id) => document.getElementById(id);
// The link's token leaves the address at once; the tab keeps it for when it is loaded anew.
const token = location.hash.slice(1) || sessionStorage.getItem("token");
if (token) sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);
let gate = null;
let asked = null;
let changes = 0;
// The last code that was refused: it is not asked about again and again while the camera sees it.
let refused = null;

function state(name) {
  document.body.dataset.state = name;
}

function trouble(text) {
  put($("trouble"), text ?? "");
}

function words() {
  for (const element of document.querySelectorAll("[data-word]")) put(element, word(element.dataset.word));
  put($("language"), String(isKorean() ? "English" : "한국어"));
  $("language").lang = isKorean() ? "en" : "ko";
  if (asked) tell();
}

async function wish(what, more = {}) {
  const options = {
    method: "POST",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ gate, lang: isKorean() ? "ko" : "en", ...more }),
  };
  let answer;
  try {
    answer = await fetch(what, options);
  } catch {
    throw { said: word("no_wallet"), refusal: false };
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  const said = told.said ? told.said[isKorean() ? "ko" : "en"] : (told.detail ?? word("no_wallet"));
  throw { said, refusal: told.said !== undefined };
}

// A gate's code was seen: what would it be told? An answer that comes after something else was begun is for nothing.
async function ask(code) {
  gate = code;
  stop($("video"));
  let answer;
  try {
    answer = await wish("ask");
  } catch ({ said, refusal }) {
    if (gate !== code) return;
    if (refusal) refused = code;
    begin();
    return trouble(said);
  }
  if (gate !== code) return;
  asked = answer;
  trouble();
  tell();
  state("asked");
}

function tell() {
  const said = (texts) => texts.join(", ") || word("nothing");
  put($("venue"), String(asked.venue));
  put($("gate"), String(asked.gate));
  const sort = asked.passes === "either" ? "" : ` · ${word(asked.passes)}`;
  const kind = asked.kind === "entry" ? [] : [word(asked.kind)];
  put($("wanted"), String(`${word("asks")}: ${said([...kind, ...asked.particulars, ...asked.facts.map(fact)])}${sort}`));
  put($("told"), String(`${word("it_is_told")}: ${said(asked.agreed.told.map(fact))} · ${word(asked.agreed.blind ? "is_blind" : "is_traceable")}`));
  put($("reused"), String(asked.agreed.reused ? word("seen_elsewhere") : ""));
}

async function show() {
  const code = gate;
  try {
    const answer = await wish("show", { agreed: asked.agreed });
    if (gate !== code) return;
    shown(answer);
    state("showing");
  } catch ({ said }) {
    if (gate !== code) return;
    begin();
    trouble(said);
  }
}

function shown({ code, seconds, screen, left }) {
  draw($("screen"), code, word("passes"));
  $("screen").dataset.screen = screen;
  put($("left"), String(word("left", left)));
  changes = performance.now() + seconds * 1000;
}

// Counts down; when the code changes it is made anew, or the gate's screen is read again.
async function tick() {
  if (document.body.dataset.state === "showing") {
    const seconds = Math.ceil((changes - performance.now()) / 1000);
    put($("seconds"), String(Math.max(0, seconds)));
    if (seconds <= 0 && $("screen").dataset.screen === "true") {
      begin();
      trouble(word("screen_changed"));
    } else if (seconds <= 0) {
      const code = gate;
      const still = (work) => (value) => { if (gate === code) work(value); };
      await wish("code").then(still(shown), still(({ said }) => { begin(); trouble(said); }));
    }
  }
  setTimeout(tick, 250);
}

function begin() {
  [gate, asked] = [null, null];
  state("reading");
  if ($("start").hidden) lens();
}

async function lens() {
  if (!navigator.mediaDevices) return trouble(word("insecure"));
  try {
    await camera($("video"), "environment");
    $("start").hidden = true;
  } catch {
    trouble(word("no_camera"));
  }
}

async function open() {
  speak(isKorean());
  words();
  if (!token) return trouble(word("no_link"));
  await start({ module_or_path: new URL("jigap_web_bg.wasm", import.meta.url) });
  $("language").onclick = () => { speak(!isKorean()); words(); };
  $("start").onclick = lens;
  $("show").onclick = show;
  $("no").onclick = $("again").onclick = () => { refused = null; trouble(); begin(); };
  document.addEventListener("visibilitychange", awake);
  awake();
  begin();
  tick();
  const each = (pause, work) => { work(); setTimeout(() => each(pause, work), pause); };
  look($("video"), (codes) => {
    const code = codes.find((text) => text.startsWith("JV1:"));
    if (code && code !== refused && gate === null && document.body.dataset.state === "reading") ask(code);
  }, each);
}

open().catch((error) => trouble(String(error)));
