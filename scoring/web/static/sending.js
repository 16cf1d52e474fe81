// One thing is sent at a time. What fails stays here with its reason until it is sent again or given up.

import { Trouble, post } from "./asking.js";
import { keepSending } from "./drafts.js";
import { byId } from "./elements.js";

export class Sending {
  isBusy = false;
  #held = null; // what has not gone through: it is sent again before anything else

  constructor({ onSignedOut }) {
    this.onSignedOut = onSignedOut;
    byId("trouble-retry").addEventListener("click", () => this.again());
  }

  get isHeld() {
    return this.#held !== null;
  }

  // Send, and call `done` with the answer; `refused` if the server will not have it as it is. `isKept` things stay
  // until they have gone through, others may be lost.
  async send({ path, body, done, refused = () => {}, isKept = false, what = "" }) {
    if (this.isBusy || this.#held) return;
    await this.#try({ path, body, done, refused, isKept, what });
  }

  async again() {
    if (this.isBusy || !this.#held) return;
    await this.#try(this.#held);
  }

  async #try(sending) {
    this.isBusy = true;
    if (sending.isKept) keepSending({ path: sending.path, body: sending.body, what: sending.what });
    try {
      const answer = await post(sending.path, sending.body);
      this.#settle();
      sending.done(answer);
    } catch (error) {
      this.#fail(sending, error);
    } finally {
      this.isBusy = false;
    }
  }

  #fail(sending, error) {
    if (!(error instanceof Trouble)) throw error;
    const isOpen = error.isOpen || error.status === 401;
    if (sending.isKept && isOpen) {
      this.#held = sending;
      showTrouble(`Not saved yet: ${sending.what}. ${error.message} It is kept on this page.`, true);
    } else {
      this.#settle();
      showTrouble(error.message);
      sending.refused(error);
    }
    if (error.status === 401) this.onSignedOut();
  }

  #settle() {
    this.#held = null;
    keepSending(null);
    hideTrouble();
  }
}

export function showTrouble(text, canRetry = false) {
  byId("trouble-text").textContent = text;
  byId("trouble-retry").hidden = !canRetry;
  byId("trouble").hidden = false;
}

export function hideTrouble() {
  byId("trouble").hidden = true;
}
