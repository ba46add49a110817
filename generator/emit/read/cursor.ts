/** Where the next field stands, in code: `o`, or so many bytes behind it while a run of fixed fields is read. */
import type { Code } from '../code.js';
import { plus } from '../context.js';
import { plusCode } from '../frame-places.js';

export class Cursor {
  /** Bytes of the current run that stand before the next field. */
  off = 0;
  /** Where the current run begins. */
  base = 'o';
  readonly #code: Code;

  constructor(code: Code) {
    this.#code = code;
  }

  /** `o + 3`. */
  get at(): string {
    return plusCode(this.base, this.off);
  }

  /** `end - o - 3`: the bytes that are left. */
  get left(): string {
    return plus('end - o', -this.off);
  }

  /** Moves `o` itself behind what has been read. */
  flush(): void {
    if (this.off > 0) this.#code.line(`o += ${this.off};`);
    this.off = 0;
  }
}
