/** One direction of a connection, outside of the processes: what is sent arrives later, in order, or not while it is silent. */
import type { World } from './world.js';

export class Way {
  readonly #world: World;
  readonly #latency: () => number;
  #waiting: (() => void)[] = [];
  #clear = 0;
  #silentSince = Number.POSITIVE_INFINITY;
  /** Arrivals that fell into the silence. */
  #missed = 0;

  constructor(world: World, latency: () => number) {
    this.#world = world;
    this.#latency = latency;
  }

  /** Calls `arrive` at the other end. */
  send(arrive: () => void): void {
    this.#waiting.push(arrive);
    this.#clear = Math.max(this.#clear, this.#world.now + this.#latency());
    this.#world.after(this.#clear - this.#world.now, () => this.#arrive());
  }

  /** Nothing arrives until {@link resume}; then all of it does, as a system that sends again would have it. */
  silence(): void {
    if (!this.silent) this.#silentSince = this.#world.now;
  }

  resume(): void {
    this.#silentSince = Number.POSITIVE_INFINITY;
    for (; this.#missed > 0; this.#missed--) this.#world.after(0, () => this.#arrive());
  }

  get silent(): boolean {
    return this.#silentSince < Number.POSITIVE_INFINITY;
  }

  /** Milliseconds for which nothing has arrived. */
  get silentFor(): number {
    return Math.max(0, this.#world.now - this.#silentSince);
  }

  #arrive(): void {
    if (this.silent) this.#missed++;
    else this.#waiting.shift()?.();
  }
}
