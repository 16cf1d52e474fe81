// The rating screen: one session at a time, blind; the number of a score rates and goes on.

import { get, newKey } from "./asking.js";
import { Clock } from "./clock.js";
import { draftOf, keepDraft } from "./drafts.js";
import { byId, element, stepsText } from "./elements.js";
import { Walk, prefetch } from "./walk.js";

export class Rate {
  #items = [];
  #pictures = [];
  #clock = new Clock();
  repeats = ["ArrowLeft", "ArrowRight"];

  constructor(page) {
    this.page = page;
    this.walk = new Walk(byId("stage"), { onChange: () => this.#keep() });
    this.#drawScores();
    const clicks = {
      cannot: () => this.#askWhy(),
      skip: () => this.#skip(),
      undo: () => this.#undo(),
      "done-undo": () => this.#undo(),
      "show-skipped": () => this.#send({ path: "/api/show-skipped" }),
      "look-again": () => this.open(),
      "why-send": () => this.#sendWhy(),
      "why-cancel": () => byId("why").close(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
    byId("feedback").addEventListener("input", () => this.#keep());
    byId("why-text").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#sendWhy();
    });
    addEventListener("pagehide", () => this.#keep());
  }

  // What each key does: [keys, what it is called, what it does].
  get keys() {
    const score = (number) => [String(number % 10), () => this.#rate(number)];
    return {
      "1 … 9, 0": ["rate 1 … 9, 10 and go on", Object.fromEntries(Array.from({ length: 10 }, (_, i) => score(i + 1)))],
      "← →": ["step by step", { ArrowLeft: () => this.walk.move(-1), ArrowRight: () => this.walk.move(1) }],
      "Home End": ["first, last step", { Home: () => this.walk.first(), End: () => this.walk.last() }],
      Enter: ["unfold or fold presses without effect", { Enter: () => this.walk.toggleFold() }],
      x: ["mark the step wrong", { x: () => this.walk.toggleWrong() }],
      f: ["write feedback; Esc leaves it", { f: () => byId("feedback").focus() }],
      c: ["can’t judge, with a reason", { c: () => this.#askWhy() }],
      n: ["skip", { n: () => this.#skip() }],
      u: ["undo the last rating or skip", { u: () => this.#undo() }],
      r: ["send again what was not saved", { r: () => this.page.sending.again() }],
    };
  }

  async open() {
    this.#accept(await get("/api/desk"));
  }

  get #item() {
    return this.#items[0];
  }

  #drawScores() {
    byId("scores").replaceChildren(
      ...this.page.about.bands.map((band) => {
        const buttons = [band.lowest, band.highest].map((score) => {
          const name = `${score}, ${band.name}`;
          const button = element("button", { type: "button", text: String(score), "aria-label": name, title: band.meaning });
          button.addEventListener("click", () => this.#rate(score));
          return button;
        });
        const words = element("p", {}, element("b", { text: band.name }), element("span", { text: band.meaning }));
        return element("div", { className: "band" }, ...buttons, words);
      }),
    );
  }

  #accept(answer) {
    this.#items = answer.items;
    this.#reveal(answer.revealed);
    const { rated, skipped, left } = answer.tally;
    byId("tally").textContent = `${left} left`;
    byId("tally-more").textContent = `${rated} rated · ${skipped} skipped · `;
    document.title = `${left} left · Eevee`;
    byId("show-skipped").hidden = skipped === 0;
    byId("done-text").textContent = `You rated ${rated}${skipped ? ` and skipped ${skipped}` : ""}.`;
    this.page.show(this.#item ? "rate" : "done");
    if (this.#item) this.#draw();
  }

  #draw() {
    const item = this.#item;
    const draft = draftOf(item.name);
    byId("task").textContent = item.task;
    byId("goal").textContent = item.goal;
    byId("steps").textContent = stepsText(item);
    const feedback = byId("feedback");
    feedback.value = draft.feedback ?? "";
    if (document.activeElement === feedback) feedback.blur();
    this.#clock.restart(draft.seconds ?? 0);
    this.walk.show(item, draft);
    const next = this.#items[1];
    requestAnimationFrame(() => {
      const pictures = [];
      if (next) prefetch(next, pictures);
      this.#pictures = pictures; // those of the session before may go
    });
    if (scrollY) scrollTo(0, 0);
  }

  #reveal(told) {
    const strip = byId("revealed");
    strip.hidden = !told;
    if (!told) return;
    const score = (value) => (value === null ? "–" : String(value));
    const verdicts = { true: "goal reached", false: "goal not reached", null: "no verdict" };
    const facts = [
      ["You", told.score === null ? "can’t judge" : String(told.score)],
      ["Memory", verdicts[told.verdict]],
      ["Rule", score(told.auto_score)],
      ["Judge", score(told.judge_score)],
      ["Others", told.other_scores.join(", ") || "–"],
      ["Player", told.policy === told.model_used ? told.policy : `${told.policy}, ${told.model_used}`],
    ];
    strip.replaceChildren(
      element("span", { className: "quiet", text: "The one before:" }),
      ...facts.map(([name, value]) => element("span", { text: `${name} ` }, element("b", { text: value }))),
    );
  }

  #keep() {
    if (!this.#item || this.walk.item !== this.#item) return;
    keepDraft(this.#item.name, {
      feedback: byId("feedback").value,
      wrong: [...this.walk.wrong],
      place: this.walk.place,
      seconds: this.#clock.seconds,
    });
  }

  #rate(score, reason = "") {
    if (!this.#item) return;
    this.#keep();
    const body = {
      item: this.#item.name,
      key: newKey(),
      score,
      reason,
      feedback: byId("feedback").value,
      wrong_steps: [...this.walk.wrong],
      seconds_spent: this.#clock.seconds,
    };
    const what = `${score === null ? "can’t judge" : `a ${score}`} for “${this.#item.task}”`;
    this.#send({ path: "/api/rate", body, isKept: true, what });
  }

  #skip() {
    if (this.#item) this.#send({ path: "/api/skip", body: { item: this.#item.name } });
  }

  #undo() {
    this.#send({ path: "/api/undo" });
  }

  #askWhy() {
    if (!this.#item || this.page.sending.isHeld) return;
    byId("why-text").value = "";
    byId("why").showModal();
    byId("why-text").focus();
  }

  #sendWhy() {
    const reason = byId("why-text").value.trim();
    if (!reason) return;
    byId("why").close();
    this.#rate(null, reason);
  }

  // Where the server says that the session is no longer to be rated, look at the desk anew.
  #send(sending) {
    const refused = ({ status }) => (status === 409 || status === 404) && this.open();
    this.page.sending.send({ ...sending, done: (answer) => this.#accept(answer), refused });
  }
}
