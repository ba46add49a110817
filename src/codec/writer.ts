import { copy } from './copy.js';

/**
 * A growing output buffer that many frames share. Encoders reserve room, fill it, and patch lengths and checks behind
 * themselves; a batch of frames leaves as one `taken()` slice.
 */
export class Writer {
  /** Replaced when it grows: read it again after anything that may have reserved more. */
  bytes: Uint8Array;
  /** The same bytes; replaced with them. */
  view: DataView;
  /** Bytes written so far. */
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `size` more bytes behind `length` and counts them as written. Returns where they start. */
  reserve(size: number): number {
    const start = this.length;
    const end = start + size;
    if (end > this.bytes.length) this.#grow(end);
    this.length = end;
    return start;
  }

  /** Appends `[start, end)` of `b`. */
  append(b: Uint8Array, start = 0, end = b.length): void {
    const at = this.reserve(end - start);
    copy(b, start, end, this.bytes, this.view, at);
  }

  /** A copy of the bytes from `start` on. */
  slice(start = 0): Uint8Array {
    return this.bytes.slice(start, this.length);
  }

  /** Moves the bytes from `at` to the end by `by` places, opening a gap. */
  shift(at: number, by: number): void {
    const end = this.length;
    this.reserve(by);
    this.bytes.copyWithin(at + by, at, end);
  }

  #grow(needed: number): void {
    const next = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    next.set(this.bytes.subarray(0, this.length));
    this.bytes = next;
    this.view = new DataView(next.buffer);
  }
}
