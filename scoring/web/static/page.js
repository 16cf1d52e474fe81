// What all screens share: who is here, which screen it is, the keys, and what is said when something goes wrong.

import { Trouble, get, post } from "./asking.js";
import { unsent } from "./drafts.js";
import { byId, definitions } from "./elements.js";
import { Live } from "./live.js";
import { Pairs } from "./pairs.js";
import { Rate } from "./rate.js";
import { Sending, hideTrouble, showTrouble } from "./sending.js";

const SCREENS = { "/": ["rate", Rate], "/pairs": ["pairs", Pairs], "/live": ["live", Live] };

const page = {
  about: null,
  sending: new Sending({ onSignedOut: () => show("sign-in") }),
  show,
};
let screen = null;

function show(id) {
  for (const main of document.querySelectorAll("main")) main.hidden = main.id !== id;
}

// Whoever comes by a link has the token behind the #, which is never sent by itself; it goes from the address at once.
async function signIn(token) {
  try {
    await post("/api/sign-in", { token });
    hideTrouble();
    await begin();
  } catch (error) {
    say(error);
  }
}

async function begin() {
  try {
    page.about = await get("/api/about");
    if (screen === null) build();
    if (page.sending.isHeld) {
      show(screen.home);
      await page.sending.again();
      return;
    }
    const left = unsent();
    await screen.open();
    const open = () => screen.open();
    if (left) page.sending.send({ ...left, isKept: true, done: open, refused: open });
  } catch (error) {
    say(error);
  }
}

function build() {
  const [home, Screen] = SCREENS[location.pathname];
  screen = new Screen(page);
  screen.home = home;
  for (const link of document.querySelectorAll("[data-page]")) {
    if (link.dataset.page === home) link.setAttribute("aria-current", "page");
    if (link.dataset.page === "live") link.hidden = !page.about.live;
  }
  byId("counts").title = `Rating as ${page.about.rater}`;
  definitions(byId("keys"), [...Object.entries(screen.keys).map(([key, [what]]) => [key, what]), ["?", "these keys"]]);
}

function say(error) {
  if (!(error instanceof Trouble)) throw error;
  showTrouble(error.message);
  if (error.status === 401) show("sign-in");
}

function actOf(key) {
  if (screen === null || byId(screen.home).hidden && key !== "u" && key !== "r") return undefined;
  for (const [, acts] of Object.values(screen.keys)) if (Object.hasOwn(acts, key)) return acts[key];
  return undefined;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches("textarea, input")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "?") {
    byId("help").showModal();
    return;
  }
  if (event.key === "Enter" && event.target.matches("button, a")) return; // it presses that
  const act = actOf(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!act) return;
  event.preventDefault();
  if (event.repeat && !screen.repeats.includes(event.key)) return; // a key that is held down rates once
  act();
});

byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("help-close").addEventListener("click", () => byId("help").close());
byId("enter").addEventListener("click", () => signIn(byId("token").value.trim()));
byId("token").addEventListener("keydown", (event) => event.key === "Enter" && signIn(byId("token").value.trim()));

const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname);
  signIn(token);
} else {
  begin();
}
