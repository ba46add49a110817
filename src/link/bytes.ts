/** Reading and writing of the link's own records: big-endian numbers and length-prefixed strings. */
import type { Writer } from '../codec/index.js';
import { FramegateError } from '../protocol/index.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function putU8(w: Writer, value: number): void {
  const at = w.reserve(1);
  w.bytes[at] = value;
}

export function putU16(w: Writer, value: number): void {
  const at = w.reserve(2);
  w.bytes[at] = value >>> 8;
  w.bytes[at + 1] = value;
}

export function putU32(w: Writer, value: number): void {
  const at = w.reserve(4);
  const b = w.bytes;
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}

/** Milliseconds since 1970 and byte counts: more than 32 bits, less than 48. */
export function putU48(w: Writer, value: number): void {
  putU16(w, Math.floor(value / 2 ** 32));
  putU32(w, value >>> 0);
}

export function putBytes(w: Writer, value: Uint8Array): void {
  putU32(w, value.length);
  w.append(value);
}

export function putString(w: Writer, value: string): void {
  if (value.length > 64 || !isAscii(value)) {
    putBytes(w, encoder.encode(value));
    return;
  }
  putU32(w, value.length);
  const at = w.reserve(value.length);
  for (let i = 0; i < value.length; i++) w.bytes[at + i] = value.charCodeAt(i);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** A cursor over one record. Whatever runs past the end throws, and so ends the link. */
export class Reader {
  b: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;

  over(b: Uint8Array, start: number, end: number): this {
    this.b = b;
    this.at = start;
    this.end = end;
    return this;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.b[this.take(1)]!;
  }

  u16(): number {
    const at = this.take(2);
    return (this.b[at]! << 8) | this.b[at + 1]!;
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  u32(): number {
    const at = this.take(4);
    const b = this.b;
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  }

  u48(): number {
    return this.u16() * 2 ** 32 + this.u32();
  }

  /** A copy. */
  bytes(): Uint8Array {
    const size = this.u32();
    const at = this.take(size);
    return this.b.slice(at, at + size);
  }

  string(): string {
    const size = this.u32();
    const at = this.take(size);
    return decoder.decode(this.b.subarray(at, at + size));
  }

  /** Moves past `size` bytes and returns where they start. */
  take(size: number): number {
    const at = this.at;
    if (size > this.end - at) throw new FramegateError('FG_LINK', 'A record ends too early');
    this.at = at + size;
    return at;
  }
}
