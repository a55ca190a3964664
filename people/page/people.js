// The search of people: words with suggestions, filters, and people with what was verified of them. Nothing is kept, and nothing that is sought
// stands in the page's address. Positions are made a district before anything is sent.

import { language, turn, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const API = "/v1/people/";
const MODES = ["in-person", "video", "chat", "phone"];
const SORTS = ["relevance", "distance", "response"];
// Cells around a district's: about twelve kilometres.
const RINGS = 6;
const RING_KM = 2;
const WAIT_MS = 120;

const known = { kinds: new Map(), grades: new Map(), regions: new Map() };
let near = null;
let next = null;
// The last question wins: what an earlier one is answered is not shown.
let asked = 0;
let typing = 0;
let chosen = -1;

// Only text is ever put into the page.
function made(name, text, attributes = {}, ...children) {
  const element = document.createElement(name);
  if (text !== null) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

async function call(path, body) {
  const options = { headers: { "accept-language": language() }, cache: "no-store", referrerPolicy: "no-referrer" };
  if (body) {
    options.method = "POST";
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(API + path, options);
  } catch {
    throw new Error(word("unreachable"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? word("unreachable"));
  return answer;
}

function named(names, id) {
  const name = names.get(id)?.[language()] ?? id;
  return language() === "en" ? name.charAt(0).toUpperCase() + name.slice(1) : name;
}

function options(select, values) {
  const before = select.value;
  const any = select.dataset.any ? [made("option", word(select.dataset.any), { value: "" })] : [];
  select.replaceChildren(...any, ...values.map(([value, text]) => made("option", text, { value })));
  select.value = [...select.options].some((option) => option.value === before) ? before : (select.options[0]?.value ?? "");
}

function speak() {
  document.documentElement.lang = language();
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
  $("words").placeholder = word($("words").dataset.hint);
  $("language").textContent = language() === "ko" ? "English" : "한국어";
  $("language").lang = language() === "ko" ? "en" : "ko";
  const byName = (names) => [...names.keys()].map((id) => [id, named(names, id)]).sort((a, b) => a[1].localeCompare(b[1], language()));
  options($("kind"), byName(known.kinds));
  options($("region"), byName(known.regions));
  options($("mode"), MODES.map((mode) => [mode, word(mode)]));
  options($("sort"), SORTS.filter((sort) => near || sort !== "distance").map((sort) => [sort, word(sort)]));
}

function question() {
  const body = { explain: true };
  const words = $("words").value.trim();
  if (words) body.words = words;
  for (const name of ["kind", "region", "mode"]) if ($(name).value) body[name] = $(name).value;
  if (near) body.near = { cell: near.cell, rings: RINGS };
  body.sort = $("sort").value || "relevance";
  return body;
}

async function search() {
  const mine = (asked += 1);
  close();
  trouble("");
  try {
    const page = await call("search", question());
    if (mine !== asked) return;
    $("results").replaceChildren();
    show(page);
    chips(page);
    tell(page.total);
  } catch (error) {
    if (mine === asked) gone(error.message);
  }
}

function gone(why) {
  $("results").replaceChildren();
  $("chips").replaceChildren();
  $("told").textContent = "";
  $("more").hidden = true;
  trouble(why);
}

async function more() {
  const mine = asked;
  try {
    const page = await call("search/more", { cursor: next });
    if (mine !== asked) return;
    const first = show(page);
    first?.focus();
  } catch (error) {
    if (mine === asked) trouble(error.message);
  }
}

function tell(total) {
  const found = total === "<5" ? word("few") : word("found", Number(total).toLocaleString(language()));
  const nobody = $("results").childElementCount === 0;
  $("told").textContent = nobody ? word("none") : found;
}

function trouble(text) {
  $("trouble").textContent = text;
}

// Adds a page's people, and hands out the first of them.
function show(page) {
  const people = page.hits.map(person);
  $("results").append(...people);
  next = page.next ?? null;
  $("more").hidden = next === null;
  return people[0];
}

function person(hit) {
  const where = [named(known.regions, hit.region), hit.modes.map((mode) => word(mode)).join(" · "), money(hit.price)];
  if (near && hit.rings !== undefined) where.push(word("rings", (hit.rings + 1) * RING_KM));
  const quote = made("blockquote", null, {}, made("strong", hit.headline), made("span", hit.text));
  return made(
    "li", null, { tabindex: "-1" },
    made("h2", hit.name),
    made("p", where.join(" · "), { class: "place" }),
    made("ul", null, { class: "proved", "aria-label": word("proved") }, ...hit.facets.map((facet) => made("li", null, {}, badge(facet)))),
    made("p", word("own"), { class: "own" }),
    quote,
    made("p", [hours(hit.week), hit.languages.map(tongue).join(", ")].join(" · "), { class: "place" }),
    ...(hit.explained ? [why(hit.explained)] : []),
  );
}

function badge(facet) {
  const grade = facet.grade ? ` ${named(known.grades, facet.grade)}` : "";
  const rows = [
    ["what", named(known.kinds, facet.kind) + grade],
    ["by", facet.issuer],
    ["where", facet.institution],
    ["since", facet.since],
    ["checked", word(facet.checked)],
  ];
  const told = rows.filter(([, value]) => value !== undefined && value !== null);
  const list = made("dl", null, {}, ...told.flatMap(([name, value]) => [made("dt", word(name)), made("dd", value)]));
  return made("details", null, { class: "badge" }, made("summary", named(known.kinds, facet.kind) + grade), list);
}

function why(explained) {
  const parts = explained.parts.map(([part, worth]) => [part, worth]);
  const rows = [...parts, ["freshness", explained.freshness], ["response", explained.response], ["rating", explained.rating], ["total", explained.total]];
  const list = made("dl", null, {}, ...rows.flatMap(([name, value]) => [made("dt", name), made("dd", value.toFixed(2))]));
  return made("details", null, { class: "why" }, made("summary", word("why")), list);
}

const money = (price) => (price === 0 ? word("free") : word("price", price.toLocaleString(language())));

function tongue(tag) {
  try {
    return new Intl.DisplayNames([language()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

// `["sat-morning", "sat-evening"]` as "토 오전, 저녁".
function hours(week) {
  const days = new Map();
  for (const slot of week) {
    const [day, part] = slot.split("-");
    days.set(day, [...(days.get(day) ?? []), word(part)]);
  }
  return [...days].map(([day, parts]) => `${word(day)} ${parts.join(", ")}`).join(" · ");
}

function chips(page) {
  const chip = (filter, names) => ({ name, count }) => {
    const pressed = $(filter).value === name;
    const button = made("button", `${named(names, name)} ${count === "<5" ? count : `${count}+`}`, { type: "button", "aria-pressed": String(pressed) });
    button.addEventListener("click", () => {
      $(filter).value = pressed ? "" : name;
      search();
    });
    return button;
  };
  const kinds = page.kinds.filter(({ name }) => known.kinds.has(name)).slice(0, 6).map(chip("kind", known.kinds));
  const regions = page.regions.filter(({ name }) => known.regions.has(name)).slice(0, 6).map(chip("region", known.regions));
  $("chips").replaceChildren(...kinds, ...regions);
}

// Suggestions go on where the last word stands.
async function suggestions() {
  const typed = $("words").value;
  const last = typed.slice(typed.lastIndexOf(" ") + 1);
  const mine = (typing += 1);
  if (!last) return close();
  let answer;
  try {
    answer = await call("suggest", { typed: last });
  } catch {
    return close();
  }
  if (mine !== typing || document.activeElement !== $("words")) return;
  chosen = -1;
  const items = answer.suggestions.map(({ text }, at) => {
    const item = made("li", text, { role: "option", id: `suggestion-${at}`, "aria-selected": "false" });
    // Before the field loses the focus.
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(text);
    });
    return item;
  });
  $("suggestions").replaceChildren(...items);
  $("suggestions").hidden = items.length === 0;
  $("words").setAttribute("aria-expanded", String(items.length > 0));
}

function take(text) {
  const typed = $("words").value;
  $("words").value = `${typed.slice(0, typed.lastIndexOf(" ") + 1)}${text}`;
  search();
}

function close() {
  typing += 1;
  chosen = -1;
  $("suggestions").hidden = true;
  $("words").setAttribute("aria-expanded", "false");
  $("words").removeAttribute("aria-activedescendant");
}

function choose(step) {
  const items = [...$("suggestions").children];
  if ($("suggestions").hidden || items.length === 0) return;
  chosen = (chosen + step + items.length) % items.length;
  items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
  $("words").setAttribute("aria-activedescendant", items[chosen].id);
}

function keys(event) {
  if (event.isComposing) return;
  const item = $("suggestions").children[chosen];
  if (event.key === "ArrowDown") choose(1);
  else if (event.key === "ArrowUp") choose(-1);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && item && !$("suggestions").hidden) take(item.textContent);
  else return;
  event.preventDefault();
}

// The district whose office is nearest: all that leaves the device.
function district({ latitude, longitude }) {
  const across = Math.cos((latitude * Math.PI) / 180);
  const far = ({ lat, lon }) => Math.hypot(lat - latitude, (lon - longitude) * across);
  return [...known.regions.values()].filter(({ cell }) => cell).sort((a, b) => far(a) - far(b))[0];
}

function around(region) {
  near = region;
  $("near").setAttribute("aria-pressed", String(near !== null));
  speak();
  if (near) $("sort").value = "distance";
  search().then(() => {
    if (near) $("told").textContent += `. ${word("near_region", named(known.regions, near.id))}`;
  });
}

function position() {
  if (near) return around(null);
  if (!navigator.geolocation) return trouble(word("no_position"));
  const found = ({ coords }) => around(district(coords) ?? null);
  navigator.geolocation.getCurrentPosition(found, () => trouble(word("no_position")), { maximumAge: 600_000, timeout: 10_000 });
}

async function begin() {
  speak();
  try {
    const vocabulary = await call("vocabulary");
    for (const [name, group] of Object.entries(vocabulary)) if (known[name]) for (const one of group) known[name].set(one.id, one);
  } catch (error) {
    trouble(error.message);
  }
  speak();
  document.body.dataset.ready = "true";
}

let waiting;
$("words").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggestions, WAIT_MS);
});
$("words").addEventListener("keydown", keys);
$("words").addEventListener("blur", close);
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
for (const name of ["kind", "region", "mode", "sort"]) $(name).addEventListener("change", search);
$("near").addEventListener("click", position);
$("more").addEventListener("click", more);
$("language").addEventListener("click", () => {
  turn();
  speak();
  if (asked > 0) search();
});
begin();
