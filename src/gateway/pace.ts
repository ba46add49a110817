/**
 * How fast one client may speak, where its listener says so. What it says beyond that is kept, a chunk at most and what short
 * reads bring, until it is paid for; meanwhile the client is not read, and feels it as it feels any slow reader.
 */
import { Rate } from './rate.js';

/** Seconds' worth that may come at once. */
const BURST = 2;
/** Bytes that are cut before it is looked whether they were too many. */
const PIECE = 256;
const NOTHING = new Uint8Array(0);

/** What a listener allows. */
export interface PaceLimits {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** Whose pace it is. */
export interface Paced {
  /** Frames so far. */
  readonly framesIn: number;
  /** It is live, and not held up. */
  readonly isRead: boolean;
  cut(b: Uint8Array, start: number, end: number): void;
  /** It owes more than it may. */
  flooded(): void;
}

/** The rates of a listener's clients; `undefined` where they may speak as fast as they can. */
export function ratesOf({ framesPerSecond, bytesPerSecond }: PaceLimits): Rates | undefined {
  if (framesPerSecond === Infinity && bytesPerSecond === Infinity) return undefined;
  return { frames: new Rate(framesPerSecond, BURST), bytes: new Rate(bytesPerSecond, BURST) };
}

export interface Rates {
  readonly frames: Rate;
  readonly bytes: Rate;
}

export class Pace {
  /** The client was held up because of this, and not because of others. */
  holds = false;
  /** Its peer has said, behind what is kept, that it will say no more. */
  ended = false;
  readonly #owner: Paced;
  readonly #rates: Rates;
  #framesPaid = 0;
  #bytesPaid = 0;
  #kept: Uint8Array = NOTHING;
  /** What of it has been cut. */
  #at = 0;
  #cutting = false;

  constructor(owner: Paced, rates: Rates) {
    this.#owner = owner;
    this.#rates = rates;
  }

  /** Bytes that are kept. */
  get held(): number {
    return this.#kept.length - this.#at;
  }

  /** When the client may say more. */
  get freeAt(): number {
    const { frames, bytes } = this.#rates;
    return Math.max(frames.freeAt(this.#framesPaid), bytes.freeAt(this.#bytesPaid));
  }

  owes(now: number): boolean {
    return this.freeAt > now;
  }

  /** More has been read; the bytes are borrowed. */
  take(b: Uint8Array, start: number, end: number, now: number): void {
    const at = this.held === 0 && this.#owner.isRead ? this.#cut(b, start, end, now) : start;
    if (at === end) return;
    const kept = new Uint8Array(this.held + end - at);
    kept.set(this.#kept.subarray(this.#at));
    kept.set(b.subarray(at, end), this.held);
    this.#kept = kept;
    this.#at = 0;
  }

  /** Goes on with what is kept, as far as that goes; somebody up the stack may be about to anyway. */
  goOn(now: number): void {
    if (this.#cutting || this.held === 0) return;
    const b = this.#kept;
    this.#at = this.#cut(b, this.#at, b.length, now);
    if (this.held === 0) this.drop();
  }

  drop(): void {
    this.#kept = NOTHING;
    this.#at = 0;
  }

  /** @returns where it had to stop. */
  #cut(b: Uint8Array, start: number, end: number, now: number): number {
    const { frames, bytes } = this.#rates;
    this.#cutting = true;
    while (start < end && this.#owner.isRead) {
      const to = Math.min(end, start + PIECE);
      const before = this.#owner.framesIn;
      this.#owner.cut(b, start, to);
      this.#framesPaid = frames.after(this.#framesPaid, now, this.#owner.framesIn - before);
      this.#bytesPaid = bytes.after(this.#bytesPaid, now, to - start);
      start = to;
      if (this.owes(now)) this.#owner.flooded();
    }
    this.#cutting = false;
    return start;
  }
}
