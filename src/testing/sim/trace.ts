/** What has happened in a simulated world, line by line: its hash tells whether two runs were the same. */
import { hashText } from './random.js';

export class Trace {
  /** The last lines, the oldest first. */
  readonly #lines: string[] = [];
  readonly #keep: number;
  #hash = hashText('');
  #count = 0;

  /** @param keep how many lines are kept; hashing needs none. */
  constructor(keep = 0) {
    this.#keep = keep;
  }

  note(line: string): void {
    this.#hash = hashText(line, this.#hash);
    this.#count++;
    if (this.#keep === 0) return;
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#keep) this.#lines.splice(0, this.#keep);
  }

  /** Of all lines so far, and their number. */
  get hash(): string {
    return `${this.#hash.toString(16).padStart(8, '0')}-${this.#count}`;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#keep);
  }
}
