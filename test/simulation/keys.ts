/** The keys of a simulated cluster: what each place has been given, and their exchange while all runs. */
import type { RoleOptions } from '../../src/index.js';
import type { SimRandom } from '../../src/testing/sim/index.js';
import type { Place } from './cluster.js';

export class Keys {
  readonly #random: SimRandom;
  readonly #held = new Map<string, readonly string[]>();
  #current: string;
  #exchanging = false;

  constructor(random: SimRandom) {
    this.#random = random;
    this.#current = this.make();
  }

  make(): string {
    return `fgk-cluster-${Buffer.from(this.#random.bytes(32)).toString('base64url')}`;
  }

  /** The options get the key that the place has whenever it is asked for. */
  give(place: string, options: RoleOptions): void {
    Object.defineProperty(options, 'key', { get: () => this.#held.get(place) ?? [this.#current], enumerable: true });
  }

  /** As an operator does it: all learn the new key, then all prefer it, then all forget the old one. */
  async exchange(places: readonly Place[], pause: () => Promise<void>): Promise<boolean> {
    if (this.#exchanging) return false;
    this.#exchanging = true;
    const [old, fresh] = [this.#current, this.make()];
    for (const keys of [[old, fresh], [fresh, old], [fresh]]) {
      for (const place of places) {
        this.#held.set(place.name, keys);
        await place.running?.reloadKeys();
        await pause();
      }
    }
    this.#current = fresh;
    this.#exchanging = false;
    return true;
  }
}
