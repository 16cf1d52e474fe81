// The screen of pairs: two sessions of one task side by side, which was better. Where both stood on one screen and
// pressed different buttons, first: which press was.

import { get, newKey } from "./asking.js";
import { Clock } from "./clock.js";
import { byId, fromTemplate, stepsText } from "./elements.js";
import { Walk } from "./walk.js";

const FORK_QUESTION = "Both stood on this screen. Which press is better here?";

export class Pairs {
  #clock = new Clock();
  repeats = ["[", "]"];
  #sides = [];
  #fork = null;

  constructor(page) {
    this.page = page;
    this.views = ["Left", "Right"].map((title) => {
      const [copy, parts] = fromTemplate("side");
      parts.title.textContent = title;
      byId("sides").append(copy);
      return { parts, walk: new Walk(parts.walk, { canMark: false }) };
    });
    const clicks = {
      "better-a": () => this.#judge("a"),
      "better-b": () => this.#judge("b"),
      tie: () => this.#judge("tie"),
      "pair-skip": () => this.#skip(),
      "pair-undo": () => this.#undo(),
      "done-undo": () => this.#undo(),
      "look-again": () => this.open(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  }

  get keys() {
    const [left, right] = [() => this.#judge("a"), () => this.#judge("b")];
    return {
      "a ←": ["the left one is better", { a: left, ArrowLeft: left }],
      "b →": ["the right one is better", { b: right, ArrowRight: right }],
      t: ["they are as good as each other", { t: () => this.#judge("tie") }],
      "Home End": ["first, last step of both", { Home: () => this.#both("first"), End: () => this.#both("last") }],
      "[ ]": ["both a step back, on", { "[": () => this.#both("move", -1), "]": () => this.#both("move", 1) }],
      n: ["skip", { n: () => this.#skip() }],
      u: ["undo the last one", { u: () => this.#undo() }],
      r: ["send again what was not saved", { r: () => this.page.sending.again() }],
    };
  }

  async open() {
    this.#accept(await get("/api/pair"));
  }

  #accept(answer) {
    this.#sides = answer.sides;
    this.#fork = answer.fork;
    byId("tally").textContent = `${answer.left} left`;
    document.title = `${answer.left} pairs left · Eevee`;
    byId("done-text").textContent = "Every pair is judged, put aside, or with somebody else.";
    this.page.show(this.#sides.length ? "pairs" : "done");
    if (this.#sides.length) this.#draw();
  }

  #draw() {
    byId("pair-task").textContent = this.#sides[0].task;
    byId("pair-goal").textContent = this.#sides[0].goal;
    byId("pair-question").textContent = this.#fork === null ? "Which session was better?" : FORK_QUESTION;
    byId("pairs").classList.toggle("fork", this.#fork !== null);
    this.#sides.forEach((item, side) => {
      const { parts, walk } = this.views[side];
      parts.steps.textContent = stepsText(item);
      walk.show(item);
    });
    this.#clock.restart();
    if (scrollY) scrollTo(0, 0);
  }

  #both(what, ...how) {
    for (const { walk } of this.views) walk[what](...how);
  }

  get #names() {
    const [a, b] = this.#sides;
    return { a: a.name, b: b.name };
  }

  #judge(better) {
    if (!this.#sides.length) return;
    const body = { ...this.#names, fork: this.#fork, better, key: newKey(), seconds_spent: this.#clock.seconds };
    this.#send({ path: "/api/pair/judge", body, isKept: true, what: `your word on “${this.#sides[0].task}”` });
  }

  #skip() {
    if (this.#sides.length) this.#send({ path: "/api/pair/skip", body: this.#names });
  }

  #undo() {
    this.#send({ path: "/api/pair/undo" });
  }

  #send(sending) {
    const refused = ({ status }) => (status === 409 || status === 404) && this.open();
    this.page.sending.send({ ...sending, done: (answer) => this.#accept(answer), refused });
  }
}
