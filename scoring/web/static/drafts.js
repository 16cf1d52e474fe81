// What is not sent yet, so that a reload loses nothing: what was written about the session on the desk, and the rating
// on its way. It is kept in this window's own storage and goes when the window does.

const store = (key, value) => {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The text is too long for the storage: it is still on the page.
  }
};

const load = (key) => {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
};

const written = new Map(); // by session name, for an undo

export const keepDraft = (name, draft) => {
  written.set(name, draft);
  store("draft", { name, ...draft });
};

export const draftOf = (name) => {
  if (written.has(name)) return written.get(name);
  const stored = load("draft");
  return stored?.name === name ? stored : {};
};

export const keepSending = (sending) => store("sending", sending);

export const unsent = () => load("sending");
