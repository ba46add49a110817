/** Slots of singleton timers: the first worker that claims one runs it. */

/** Names beyond which the one that was claimed longest ago is forgotten. */
const NAMES = 10_000;

export class Slots {
  /** Name -> the last slot that was claimed. */
  readonly #last = new Map<string, number>();

  /** @returns `true`: nobody had claimed this slot, or a later one. */
  claim(name: string, slot: number): boolean {
    const last = this.#last.get(name);
    if (last !== undefined && slot <= last) return false;
    this.#last.delete(name);
    this.#last.set(name, slot);
    if (this.#last.size > NAMES) this.#last.delete(this.#last.keys().next().value!);
    return true;
  }
}
