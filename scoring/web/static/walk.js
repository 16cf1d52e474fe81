// A session to walk through: the screens before and after a step, its words, the strip of all steps, and the report
// beside the fact. Stretches without effect are one place until they are unfolded.

import { buttonSign, element, fromTemplate, pictureOf } from "./elements.js";

export class Walk {
  constructor(root, { canMark = true, onChange = () => {} } = {}) {
    const [copy, parts] = fromTemplate("walk");
    root.replaceChildren(copy);
    this.parts = parts;
    this.onChange = onChange;
    parts.back.addEventListener("click", () => this.move(-1));
    parts.on.addEventListener("click", () => this.move(1));
    parts.fold.addEventListener("click", () => this.toggleFold());
    parts.wrong.addEventListener("click", () => this.toggleWrong());
    parts.wrong.hidden = !canMark;
    parts.film.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-place]");
      if (chosen) this.go(Number(chosen.dataset.place));
    });
  }

  show(item, { wrong = [], place = 0 } = {}) {
    this.item = item;
    this.wrong = new Set(wrong);
    this.unfolded = new Set();
    this.parts.report.textContent = item.report ?? "none";
    this.parts.fact.textContent = item.fact || "not known";
    this.#line();
    this.#draw();
    this.go(Math.min(place, this.places.length - 1));
  }

  // Lay the steps out in places: a place is a step, or a folded stretch of them.
  #line() {
    this.places = this.item.moments.flatMap((steps, moment) =>
      this.unfolded.has(moment) ? steps.map((step) => ({ moment, steps: [step] })) : [{ moment, steps }],
    );
  }

  #draw() {
    this.parts.film.replaceChildren(...this.places.map(({ steps }, place) => this.#thumbnail(steps, place)));
  }

  #thumbnail(steps, place) {
    const [first, last] = [steps[0], steps.at(-1)];
    const isFolded = steps.length > 1;
    const number = isFolded ? `${first.step}–${last.step}` : `${first.step}`;
    const what = isFolded ? `${steps.length} without effect` : buttonSign(first.action);
    const picture = element("img", { src: pictureOf(this.item, last.step, "after"), alt: "", decoding: "sync" });
    const label = element("span", {}, element("b", { text: number }), ` ${isFolded ? `×${steps.length}` : what}`);
    const button = element("button", { type: "button", "data-place": place, "aria-label": `Step ${number}: ${what}` });
    button.classList.toggle("folded", isFolded);
    button.classList.toggle("idle", !isFolded && first.had_effect === false);
    button.append(picture, label);
    return element("li", {}, button);
  }

  get current() {
    return this.places[this.place];
  }

  move(by) {
    this.go(this.place + by);
  }

  first() {
    this.go(0);
  }

  last() {
    this.go(this.places.length - 1);
  }

  go(place) {
    if (place < 0 || place >= this.places.length) return;
    this.place = place;
    const { moment, steps } = this.current;
    const [first, last, parts] = [steps[0], steps.at(-1), this.parts];
    const isFolded = steps.length > 1;
    parts.before.src = pictureOf(this.item, first.step, "before");
    parts.after.src = pictureOf(this.item, last.step, "after");
    parts.before.alt = `Screen before step ${first.step}`;
    parts.after.alt = `Screen after step ${last.step}`;
    parts.button.textContent = isFolded ? `×${steps.length}` : buttonSign(first.action);
    parts.effect.textContent = first.had_effect === false ? "no effect" : "";
    parts.place.textContent = `Step ${isFolded ? `${first.step}–${last.step}` : first.step} of ${this.item.steps_used}`;
    const canFold = this.item.moments[moment].length > 1;
    parts.fold.hidden = !canFold;
    parts.fold.replaceChildren(isFolded ? "Unfold " : "Fold ", element("kbd", { text: "Enter" }));
    const presses = steps.map((step) => buttonSign(step.action)).join(" ");
    parts.reasoning.textContent = isFolded ? `pressed ${presses}` : first.reasoning || "not said";
    parts.expected.textContent = isFolded ? "nothing changed in this stretch" : first.expected_outcome || "not said";
    parts.back.disabled = place === 0;
    parts.on.disabled = place === this.places.length - 1;
    this.#markFilm();
    this.onChange();
  }

  toggleFold() {
    const { moment, steps } = this.current;
    if (this.item.moments[moment].length < 2) return;
    if (steps.length > 1) this.unfolded.add(moment);
    else this.unfolded.delete(moment);
    this.#line();
    this.#draw();
    this.go(this.places.findIndex((place) => place.moment === moment));
  }

  toggleWrong() {
    const numbers = this.current.steps.map((step) => step.step);
    const isMarked = numbers.every((number) => this.wrong.has(number));
    for (const number of numbers) {
      if (isMarked) this.wrong.delete(number);
      else this.wrong.add(number);
    }
    this.#markFilm();
    this.onChange();
  }

  #markFilm() {
    const isWrong = ({ steps }) => steps.some((step) => this.wrong.has(step.step));
    this.parts.film.querySelectorAll("[data-place]").forEach((button, place) => {
      button.classList.toggle("wrong", isWrong(this.places[place]));
      if (place === this.place) {
        button.setAttribute("aria-current", "step");
        this.#reveal(button);
      } else {
        button.removeAttribute("aria-current");
      }
    });
    this.parts.wrong.setAttribute("aria-pressed", String(isWrong(this.current)));
  }

  // Scroll the strip alone: scrollIntoView would move the page on a phone.
  #reveal(button) {
    const film = this.parts.film;
    film.scrollLeft = button.offsetLeft - film.offsetLeft - (film.clientWidth - button.clientWidth) / 2;
  }
}

// Fetch a session's pictures before they are shown.
export function prefetch(item, kept) {
  for (const step of item.moments.flat()) {
    for (const when of ["before", "after"]) {
      const picture = new Image();
      picture.src = pictureOf(item, step.step, when);
      kept.push(picture);
    }
  }
}
