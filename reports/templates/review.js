"use strict";
// Pointing at a thing, or coming to it by keyboard, shows where else it stands.
const marked = [...document.querySelectorAll("[data-at]")].filter((element) => element.dataset.at);
const byMark = new Map();
for (const element of marked) {
  for (const mark of element.dataset.at.split(" ")) {
    byMark.set(mark, [...(byMark.get(mark) ?? []), element]);
  }
}
let lit = [];
function light(from) {
  for (const element of lit) element.classList.remove("on");
  lit = from ? [...new Set(from.dataset.at.split(" ").flatMap((mark) => byMark.get(mark)))] : [];
  for (const element of lit) element.classList.add("on");
  const pane = from?.closest(".pane");
  for (const other of document.querySelectorAll(".pane")) {
    const first = other !== pane && lit.find((element) => other.contains(element));
    if (!first) continue;
    const place = first.getBoundingClientRect(), frame = other.getBoundingClientRect();
    if (place.top < frame.top || place.bottom > frame.bottom) other.scrollTop += place.top - frame.top - frame.height / 3;
  }
}
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const from = event.target.closest?.("[data-at]");
    if (from?.dataset.at) light(from);
    else if (kind === "focusin" || !document.activeElement?.closest("[data-at]")) light(null);
  });
}

// What was read of a page is below its menus: the text begins there, unless the address names a place.
const text = document.querySelector(".pane .page"), read = text?.querySelector("a");
if (read && !location.hash) {
  const pane = text.closest(".pane"), above = pane.querySelector(".legend").offsetHeight + 48;
  pane.scrollTop += Math.max(0, read.getBoundingClientRect().top - pane.getBoundingClientRect().top - above);
}

// Search in the browser: names, places and services of all listings are in the page.
const box = document.getElementById("q");
if (box) {
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = JSON.parse(document.getElementById("index").textContent);
  const texts = rows.map(([, name, place, more]) => plain(`${name} ${place} ${more ?? ""}`));
  const found = document.getElementById("found"), hits = document.getElementById("hits");
  const SHOWN = 50;
  const search = () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    const places = words.length ? texts.keys().filter((n) => words.every((word) => texts[n].includes(word))).toArray() : [];
    found.replaceChildren(...places.slice(0, SHOWN).map((n) => {
      const [id, name, place] = rows[n];
      const link = document.createElement("a"), item = document.createElement("li"), where = document.createElement("small");
      link.href = `listing/${id}.html`;
      link.textContent = name;
      link.dir = "auto";
      where.textContent = place;
      item.append(link, " ", where);
      return item;
    }));
    hits.textContent = words.length ? `${places.length} found${places.length > SHOWN ? `, the first ${SHOWN} shown` : ""}` : "";
  };
  box.addEventListener("input", search);
  document.getElementById("search").hidden = false;
  search();
}

// What is there to paste can be copied at once.
for (const text of document.querySelectorAll("pre.copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = "Selected: copy it by keyboard";
    }
  });
  text.after(button);
}
