/**
 * The names that are taken in an emitted function: those of the file, which all functions share and none copies, and its own.
 * What is walked and copied is its own.
 */
export class Locals implements Iterable<string> {
  readonly #file: ReadonlySet<string>;
  readonly #own: Set<string>;

  constructor(file: ReadonlySet<string>, own: Iterable<string>) {
    this.#file = file;
    this.#own = new Set(own);
  }

  has(name: string): boolean {
    return this.#own.has(name) || this.#file.has(name);
  }

  add(name: string): this {
    this.#own.add(name);
    return this;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#own.values();
  }
}
