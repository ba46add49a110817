/** Randomness, passed in: ids, nonces and jitter come from here, so that a run can be repeated. */
import { randomFillSync } from 'node:crypto';

export interface Random {
  /** Fresh unguessable bytes, owned by the caller. */
  bytes(size: number): Uint8Array;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
}

/** Asking the system costs microseconds, so ids are cut from a pool. */
class RealRandom implements Random {
  readonly #pool = new Uint8Array(4096);
  #at = 4096;

  bytes(size: number): Uint8Array {
    if (size > this.#pool.length) return randomFillSync(new Uint8Array(size));
    if (this.#at + size > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const from = this.#at;
    this.#at += size;
    const out = this.#pool.slice(from, this.#at);
    this.#pool.fill(0, from, this.#at);
    return out;
  }

  fraction(): number {
    return Math.random();
  }
}

export const realRandom: Random = new RealRandom();
