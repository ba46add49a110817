/** Randomness from a seed: the same seed gives the same numbers. Not for secrets. */
import type { Random } from '../../net/index.js';

export class SimRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** @param stream streams of one seed have nothing to do with one another. */
  constructor(seed: number, stream = '') {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = hashText(stream);
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** An integer below 2^32. */
  u32(): number {
    // sfc32: small, fast, and passes the usual batteries.
    const sum = (this.#a + this.#b + this.#d++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  fraction(): number {
    return this.u32() / 2 ** 32;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.u32() >>> 24);
  }

  /** A number in `[least, most)`. */
  between(least: number, most: number): number {
    return least + this.fraction() * (most - least);
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** @param probability from 0 to 1. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the list, which must not be empty. */
  pick<V>(list: readonly V[]): V {
    return list[this.integer(0, list.length - 1)]!;
  }
}

/** FNV-1a. */
export function hashText(text: string, hash = 0x811c9dc5): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function hashBytes(b: Uint8Array, hash = 0x811c9dc5): number {
  for (let i = 0; i < b.length; i++) hash = Math.imul(hash ^ b[i]!, 0x01000193);
  return hash >>> 0;
}
