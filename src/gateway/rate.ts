/** So many a second, and some seconds' worth at once: each costs a moment of time, and so much of it may be owed. */

/** Who pays: when all that has come of it is paid for. */
export interface Payer {
  paidAt: number;
}

export class Rate {
  /** Milliseconds that one costs. */
  readonly #cost: number;
  /** Milliseconds that may be owed. */
  readonly #burst: number;

  /** @param seconds whose worth may come at once; one may in any case. */
  constructor(perSecond: number, seconds: number) {
    this.#cost = 1000 / perSecond;
    this.#burst = Math.max(this.#cost, seconds * 1000);
  }

  /** One more, if that does not make it too many. */
  takes(payer: Payer, now: number): boolean {
    const paidAt = Math.max(payer.paidAt, now) + this.#cost;
    if (paidAt - now > this.#burst) return false;
    payer.paidAt = paidAt;
    return true;
  }

  /** When all is paid once `count` more have come, however many that are. */
  after(paidAt: number, now: number, count: number): number {
    return Math.max(paidAt, now) + count * this.#cost;
  }

  /** From when on no more is owed than may be. */
  freeAt(paidAt: number): number {
    return paidAt - this.#burst;
  }
}
