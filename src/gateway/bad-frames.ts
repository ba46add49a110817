/** Counts what could not be understood, by code, and keeps the last few with their bytes for whoever wants to look. */
import type { Protocol } from '../codec/index.js';

export interface BadFrame {
  readonly clientId: string;
  readonly protocol: string;
  readonly code: string;
  readonly field: string;
  /** Wall time in milliseconds. */
  readonly at: number;
  /** Bytes of what was refused. */
  readonly size: number;
  /** The first 256 of them; none where the protocol has secrets that clients send, for one may stand in them. */
  readonly bytes: Uint8Array;
}

const KEPT = 16;
const BYTES = 256;

export class BadFrames {
  readonly counts = new Map<string, number>();
  readonly #last: BadFrame[] = [];

  add(
    clientId: string,
    { id: protocol, secrets }: Protocol,
    code: string,
    field: string,
    at: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    if (this.#last.length === KEPT) this.#last.shift();
    const kept = secrets.up.length > 0 ? 0 : BYTES;
    const bytes = b.slice(start, Math.min(end, start + kept));
    this.#last.push({ clientId, protocol, code, field, at, size: end - start, bytes });
  }

  /** Oldest first. */
  get last(): readonly BadFrame[] {
    return this.#last;
  }
}
