// The few ways in which this page makes elements. Text is only ever set as text.

export const byId = (id) => document.getElementById(id);

export function element(tag, { text, className, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A copy of a template, and its parts by name.
export function fromTemplate(id) {
  const copy = byId(id).content.cloneNode(true);
  const parts = {};
  for (const part of copy.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  return [copy, parts];
}

export function definitions(list, entries) {
  list.replaceChildren(
    ...entries.map(([term, ...texts]) =>
      element("div", {}, element("dt", { text: term }), ...texts.map((text) => element("dd", { text }))),
    ),
  );
}

const SIGNS = { up: "↑", down: "↓", left: "←", right: "→", start: "START", select: "SELECT" };

export function buttonSign(action) {
  if (action === null) return "no button";
  const name = action.replace("press_", "");
  return SIGNS[name] ?? (action === "wait" ? "wait" : name.toUpperCase());
}

export const pictureOf = (item, step, when) => `/pictures/${item.name}/${step}/${when}`;

// How many steps it took, in words.
export function stepsText(item) {
  const fewest = item.optimal_steps === null ? "fewest possible not known" : `fewest possible ${item.optimal_steps}`;
  return `${item.steps_used} of ${item.budget} steps used, ${fewest}`;
}
