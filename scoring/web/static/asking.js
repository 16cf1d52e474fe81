// Questions to the server. What fails is a Trouble, which says whether sending the same again may help.

export class Trouble extends Error {
  constructor(message, status) {
    super(message);
    this.status = status; // 0: no answer came
  }

  // Whether nobody knows if it was done: the server is gone, or the disk refused a part.
  get isOpen() {
    return this.status === 0 || this.status >= 500;
  }
}

export const get = (path) => ask(path, { method: "GET" });

export const post = (path, body = {}) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// A name for one sending: the server keeps one row for it however often it arrives.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, cache: "no-store", credentials: "same-origin" });
  } catch {
    throw new Trouble("The server does not answer; is it still running?", 0);
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new Trouble(body?.error ?? `The server answered ${answer.status} without a reason.`, answer.status);
  }
  return body;
}
