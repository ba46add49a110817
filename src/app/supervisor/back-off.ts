/** How long a process that has ended waits until it is started again: not at all the first time, then longer and longer. */

const FIRST = 500;
const MOST = 30_000;
/** Milliseconds after which a process has not failed to start. */
const HEALTHY = 60_000;

export class BackOff {
  #crashes = 0;

  /** @param ran milliseconds that it has run; returns milliseconds to wait. */
  pause(ran: number): number {
    if (ran > HEALTHY) this.#crashes = 0;
    const pause = this.#crashes === 0 ? 0 : Math.min(MOST, FIRST * 2 ** (this.#crashes - 1));
    this.#crashes++;
    return pause;
  }
}
