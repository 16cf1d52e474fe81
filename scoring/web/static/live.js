// The live tab: how a running collection stands, asked for every two seconds while the window shows it.

import { get } from "./asking.js";
import { buttonSign, byId, definitions, element } from "./elements.js";
import { hideTrouble, showTrouble } from "./sending.js";

const EVERY_MS = 2000;

export class Live {
  keys = {};
  repeats = [];
  #following = null;

  constructor(page) {
    this.page = page;
  }

  async open() {
    this.page.show("live");
    document.title = "Live · Eevee";
    this.#following ??= this.#follow();
  }

  async #follow() {
    for (;;) {
      if (!document.hidden) await this.#look();
      await new Promise((wake) => setTimeout(wake, EVERY_MS));
    }
  }

  async #look() {
    try {
      this.#draw(await get("/api/live"));
      hideTrouble();
    } catch (error) {
      showTrouble(error.message);
    }
  }

  #draw(look) {
    const ended = Object.entries(look.ended).map(([status, count]) => `${count} ${status.replace("_", " ")}`);
    const plan = look.plan && `${look.plan.ended} of ${look.plan.planned}${look.plan.is_over ? ", over" : ""}`;
    definitions(byId("figures"), [
      ["Playing", String(look.running)],
      ["Rows", look.rows.toLocaleString("en"), `${look.kept_rows.toLocaleString("en")} where the goal was reached`],
      ["Rows a second", look.rows_per_s === null ? "–" : look.rows_per_s.toFixed(1), "over the last minute"],
      ["Newest batch", plan ?? "none", "sessions played"],
      ["Ended", String(Object.values(look.ended).reduce((sum, count) => sum + count, 0)), ended.join(", ")],
    ]);
    byId("playing").replaceChildren(...(look.shown.length ? look.shown.map(playing) : [nothing("No session is being played.")]));
    byId("errors").replaceChildren(
      ...(look.errors.length ? look.errors.map((text) => element("li", { text })) : [nothing("None.")]),
    );
  }
}

const nothing = (text) => element("li", { className: "quiet", text });

function playing(session) {
  const picture = session.picture
    ? element("img", { src: `/live/pictures/${session.picture}`, alt: "Latest screen", decoding: "sync" })
    : element("span", { className: "blank" });
  const bar = element("progress", { max: session.budget, value: session.rows, "aria-label": "Budget used" });
  const last = session.action === null ? "" : ` · ${buttonSign(session.action)}`;
  return element(
    "li",
    {},
    picture,
    element("b", { text: session.task }),
    element("span", { text: session.goal }),
    bar,
    element("span", { className: "quiet", text: `${session.rows} of ${session.budget} steps${last} · ${session.player}` }),
  );
}
