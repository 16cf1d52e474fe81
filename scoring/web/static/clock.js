// How long a session was looked at: only while the window shows it.

export class Clock {
  #spent = 0;
  #since = null;

  constructor() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#stop() : this.#go()));
  }

  restart(seconds = 0) {
    this.#spent = seconds;
    this.#since = null;
    if (!document.hidden) this.#go();
  }

  get seconds() {
    const running = this.#since === null ? 0 : (performance.now() - this.#since) / 1000;
    return this.#spent + running;
  }

  #go() {
    this.#since ??= performance.now();
  }

  #stop() {
    this.#spent = this.seconds;
    this.#since = null;
  }
}
