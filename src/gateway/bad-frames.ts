/** Counts what could not be understood, by code, and keeps the last few with their bytes for whoever wants to look. */

export interface BadFrame {
  readonly clientId: string;
  readonly protocol: string;
  readonly code: string;
  readonly field: string;
  /** Wall time in milliseconds. */
  readonly at: number;
  /** The first 256 bytes. */
  readonly bytes: Uint8Array;
}

const KEPT = 16;
const BYTES = 256;

export class BadFrames {
  readonly counts = new Map<string, number>();
  readonly #last: BadFrame[] = [];

  add(
    clientId: string,
    protocol: string,
    code: string,
    field: string,
    at: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    if (this.#last.length === KEPT) this.#last.shift();
    const bytes = b.slice(start, Math.min(end, start + BYTES));
    this.#last.push({ clientId, protocol, code, field, at, bytes });
  }

  /** Oldest first. */
  get last(): readonly BadFrame[] {
    return this.#last;
  }
}
