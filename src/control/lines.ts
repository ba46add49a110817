/** Cuts a stream into lines of UTF-8, none longer than a bound: whoever sends more is no peer. */

const NEW_LINE = 0x0a;

export class Lines {
  readonly #most: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param most bytes of a line, without its end. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The lines that are complete with these bytes, which are borrowed; `undefined` when one is too long: the stream is of no
   * use then.
   */
  push(b: Uint8Array, start: number, end: number): string[] | undefined {
    const lines: string[] = [];
    let from = start;
    for (;;) {
      const at = b.indexOf(NEW_LINE, from);
      const to = at < 0 || at >= end ? end : at;
      if (this.#length + to - from > this.#most) return undefined;
      this.#parts.push(b.slice(from, to));
      this.#length += to - from;
      if (to === end) return lines;
      lines.push(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      this.#length = 0;
      from = to + 1;
    }
  }
}
