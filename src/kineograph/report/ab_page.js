"use strict";
// Two films of one picture side by side. Votes stay in this browser until the button saves them as a file.
const { page, fps, frames, columns, pairs } = JSON.parse(document.getElementById("pairs").textContent);
const STORE = `kineograph-ab-${page}`;
const REST = 0.5; // seconds that the last frame stands before the films begin anew
const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie" };
const canvases = [...document.querySelectorAll("canvas")];
const buttons = [...document.querySelectorAll("[data-choice]")];
const progress = document.getElementById("progress");

const fresh = { page, judge: Math.random().toString(36).slice(2, 10), choices: pairs.map(() => null) };
const judged = restored() ?? fresh;
let place = 0;
let films = [];
let began = 0;

function restored() {
  try {
    return JSON.parse(localStorage.getItem(STORE));
  } catch {
    return null; // a browser that keeps nothing: the button still saves
  }
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(judged));
  } catch {}
}

function show(next) {
  place = Math.max(0, Math.min(pairs.length - 1, next));
  films = pairs[place].map((address) => Object.assign(new Image(), { src: address }));
  began = performance.now();
  const done = judged.choices.filter((choice) => choice !== null).length;
  const left = pairs.length - done;
  progress.textContent = `Pair ${place + 1} of ${pairs.length}. ` + (left ? `${left} to judge.` : "All are judged: save your votes.");
  for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.choice === judged.choices[place]);
  document.body.classList.toggle("done", left === 0);
}

function choose(choice) {
  judged.choices[place] = choice;
  keep();
  const open = pairs.map((_, number) => (place + 1 + number) % pairs.length).find((number) => judged.choices[number] === null);
  show(open ?? place);
}

function draw(now) {
  const second = ((now - began) / 1000) % (frames / fps + REST);
  const frame = Math.max(0, Math.min(frames - 1, Math.floor(second * fps)));
  if (films.every((film) => film.complete && film.naturalWidth)) {
    films.forEach((film, side) => {
      const width = film.naturalWidth / columns;
      const height = film.naturalHeight / Math.ceil(frames / columns);
      const canvas = canvases[side];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const [x, y] = [(frame % columns) * width, Math.floor(frame / columns) * height];
      canvas.getContext("2d").drawImage(film, x, y, width, height, 0, 0, width, height);
    });
  }
  requestAnimationFrame(draw);
}

function save() {
  const file = new Blob([JSON.stringify(judged)], { type: "application/json" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: `votes-${page}-${judged.judge}.json` });
  link.click();
}

for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.choice));
document.getElementById("back").addEventListener("click", () => show(place - 1));
document.getElementById("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return; // a key held down is one vote
  if (event.key in KEYS) choose(KEYS[event.key]);
  else if (event.key === "ArrowUp") show(place - 1);
  else return;
  event.preventDefault();
});
const first = judged.choices.indexOf(null);
show(first < 0 ? 0 : first);
requestAnimationFrame(draw);
