// A phone shows passes of a wallet elsewhere: reads a gate's screen, says who asks for what, draws the code. Passes and keys stay
// in the wallet (`jigap wallet page`), which makes each code.

import start from "./jigap_web.js";
import { draw } from "./drawn.js";
import { camera, look, stop } from "./lens.js";
import { fact, isKorean, speak, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const token = location.hash.slice(1);
let gate = null;
let asked = null;
let changes = 0;
// The last code that was refused: it is not asked about again and again while the camera sees it.
let refused = null;

function state(name) {
  document.body.dataset.state = name;
}

function trouble(text) {
  $("trouble").textContent = text ?? "";
}

function words() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  $("language").textContent = isKorean() ? "English" : "한국어";
  $("language").lang = isKorean() ? "en" : "ko";
  if (asked) tell();
}

async function wish(what, more = {}) {
  const options = {
    method: "POST",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ gate, facts: [], lang: isKorean() ? "ko" : "en", ...more }),
  };
  let answer;
  try {
    answer = await fetch(what, options);
  } catch {
    throw word("no_wallet");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw told.said ? told.said[isKorean() ? "ko" : "en"] : (told.detail ?? word("no_wallet"));
}

// A gate's code was seen: what would it be told?
async function ask(code) {
  gate = code;
  state("asked");
  stop($("video"));
  try {
    asked = await wish("ask");
    trouble();
    tell();
  } catch (error) {
    refused = code;
    begin();
    trouble(error);
  }
}

function tell() {
  const said = (facts) => facts.map(fact).join(", ") || word("nothing");
  $("venue").textContent = asked.venue;
  $("gate").textContent = asked.gate;
  $("wanted").textContent = `${word("asks")}: ${said(asked.facts)}`;
  $("told").textContent = `${word("it_is_told")}: ${said(asked.told)}`;
  $("reused").textContent = asked.reused ? word("seen_elsewhere") : "";
}

async function show() {
  try {
    shown(await wish("show", { agreed: { told: asked.told, reused: asked.reused } }));
    state("showing");
  } catch (error) {
    begin();
    trouble(error);
  }
}

function shown({ code, seconds, screen, left }) {
  draw($("screen"), code);
  $("screen").dataset.screen = screen;
  $("left").textContent = word("left", left);
  changes = performance.now() + seconds * 1000;
}

// Counts down; when the code changes it is made anew, or the gate's screen is read again.
async function tick() {
  if (document.body.dataset.state === "showing") {
    const seconds = Math.ceil((changes - performance.now()) / 1000);
    $("seconds").textContent = Math.max(0, seconds);
    if (seconds <= 0 && $("screen").dataset.screen === "true") {
      begin();
      trouble(word("screen_changed"));
    } else if (seconds <= 0) {
      await wish("code").then(shown, (error) => { begin(); trouble(error); });
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
  $("no").onclick = $("again").onclick = () => { trouble(); begin(); };
  begin();
  tick();
  look($("video"), (codes) => {
    const code = codes.find((text) => text.startsWith("JV1:"));
    if (code && code !== refused && document.body.dataset.state === "reading") ask(code);
  });
}

open();
