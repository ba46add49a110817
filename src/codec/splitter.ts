/**
 * Cuts a stream of chunks into frames.
 *
 * The generated cut function looks at contiguous bytes and says: a frame, more bytes needed, or skip. This class feeds it:
 * frames that lie inside a chunk are handed out in place, and only a frame that spans chunks is gathered in a scratch
 * buffer of its own. Nothing is looked at twice: a cut function keeps in its {@link Cut} how far it has looked.
 */
import type { ConnContext } from './conn-context.js';
import type { ProblemCode } from './problem.js';

/** More bytes are needed: at least up to `cut.need`, counted from the frame's start (0: unknown). */
export const MORE = 0;
/** A frame: `[cut.start, cut.end)` without what only delimits it, and `cut.next`, where the rest begins. */
export const FRAME = 1;
/** The bytes up to `cut.next` are no frame; `cut.code` says why. An empty code skips in silence. */
export const SKIP = 2;
export type CutResult = typeof MORE | typeof FRAME | typeof SKIP;

/** What a cut function answers with, and what it remembers from one call to the next. */
export class Cut {
  start = 0;
  end = 0;
  next = 0;
  need = 0;
  code: ProblemCode | '' = '';
  /** How many bytes from the frame's start have been looked at in vain. The splitter sets it to 0 after each cut. */
  scanned = 0;
  /** The cut function's own: bytes of an over-long frame still to be discarded, a line end seen half, ... */
  pending = 0;
  /** Bytes were skipped since the last frame: the next start must prove itself by more than its marker. */
  lost = false;
  /** No more bytes will come. */
  ended = false;
  /** With {@link FRAME}: where `[start, end)` stands, if not in the stream itself: a copy without escapes. */
  bytes: Uint8Array | undefined = undefined;
  /** With {@link MORE}: milliseconds of silence that end the frame; 0: silence means nothing. */
  quiet = 0;
  /** That silence has come. */
  silent = false;
  /** Among several shapes of frames: the one that has been chosen for the frame at hand, from 1; 0 while it is open. */
  shape = 0;
}

export type CutFunction = (cut: Cut, b: Uint8Array, o: number, end: number, conn: ConnContext) => CutResult;

/** Takes what a splitter finds. Bytes are borrowed: valid only until the call returns. */
export interface FrameSink {
  /**
   * One frame. Return `false` to stop: the splitter then drops what it holds.
   * @param size bytes that it took on the wire, with what delimits it
   */
  frame(b: Uint8Array, start: number, end: number, size: number): boolean;
  /** Bytes that belong to no frame. */
  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void;
}

/** A transformation of the stream before it is cut, such as the removal of telnet commands. */
export interface StreamFilter {
  /** Returns the chunk itself when there is nothing to do, else a filtered copy; `this` remembers what was cut in two. */
  push(b: Uint8Array, start: number, end: number): { b: Uint8Array; start: number; end: number };
}

export class Splitter {
  readonly #cutFunction: CutFunction;
  readonly #conn: ConnContext;
  readonly #limit: number;
  readonly #filter: StreamFilter | undefined;
  readonly #cut = new Cut();
  #scratch: Uint8Array | undefined;
  #length = 0;
  #stopped = false;

  /** @param limit bytes of the longest frame, delimiters included: never more than this is held. */
  constructor(cutFunction: CutFunction, conn: ConnContext, limit: number, filter?: StreamFilter) {
    this.#cutFunction = cutFunction;
    this.#conn = conn;
    this.#limit = limit;
    this.#filter = filter;
  }

  /** Bytes of an unfinished frame. */
  get buffered(): number {
    return this.#length;
  }

  /**
   * Milliseconds of silence that end the unfinished frame: when nothing has come for so long, {@link Splitter.silence} is
   * to be called. 0: silence means nothing.
   */
  get quiet(): number {
    return this.#length > 0 ? this.#cut.quiet : 0;
  }

  /** Nothing has come for {@link Splitter.quiet} milliseconds: cuts what silence ends. */
  silence(sink: FrameSink): void {
    const end = this.#length;
    if (this.#stopped || end === 0) return;
    const b = this.#scratch!;
    this.#cut.silent = true;
    const rest = this.#run(b, 0, end, sink);
    this.#cut.silent = false;
    if (this.#stopped) return;
    if (rest === end) this.#drop();
    else if (rest > 0) {
      b.copyWithin(0, rest, end);
      this.#length = end - rest;
    }
  }

  /** Takes the bytes `[start, end)` of a chunk, which may be reused after the call. */
  push(chunk: Uint8Array, start: number, end: number, sink: FrameSink): void {
    if (this.#stopped) return;
    if (this.#filter !== undefined) {
      const filtered = this.#filter.push(chunk, start, end);
      chunk = filtered.b;
      start = filtered.start;
      end = filtered.end;
    }
    while (this.#length > 0 && start < end) start = this.#pushScratch(chunk, start, end, sink);
    if (start >= end || this.#stopped) return;
    const rest = this.#run(chunk, start, end, sink);
    if (rest < end && !this.#stopped) this.#keep(chunk, rest, end);
  }

  /** The stream has ended: cuts what still can be cut and reports the rest. */
  end(sink: FrameSink): void {
    this.#cut.ended = true;
    if (this.#stopped || this.#length === 0) return;
    const b = this.#scratch!;
    const end = this.#length;
    const rest = this.#run(b, 0, end, sink);
    this.#drop();
    if (rest < end && !this.#stopped) sink.skipped('TRUNCATED', b, rest, end);
  }

  /** Gathers chunk bytes behind the unfinished frame. Returns where in the chunk to go on. */
  #pushScratch(chunk: Uint8Array, start: number, end: number, sink: FrameSink): number {
    const held = this.#length;
    const missing = this.#cut.need > held ? this.#cut.need - held : Math.max(1, this.#limit - held);
    const take = Math.min(end - start, missing);
    const b = this.#room(held + take);
    b.set(chunk.subarray(start, start + take), held);
    this.#length = held + take;
    const rest = this.#run(b, 0, this.#length, sink);
    if (this.#stopped) return end;
    if (rest >= held) {
      // What is left, if anything, stands in the chunk as well: go on in place.
      this.#drop();
      return start + (rest - held);
    }
    if (rest > 0) {
      b.copyWithin(0, rest, this.#length);
      this.#length -= rest;
    }
    return start + take;
  }

  /** Cuts `[o, end)`; returns the start of the unfinished rest. */
  #run(b: Uint8Array, o: number, end: number, sink: FrameSink): number {
    const cut = this.#cut;
    while (o < end) {
      cut.bytes = undefined;
      cut.quiet = 0;
      const result = this.#cutFunction(cut, b, o, end, this.#conn);
      if (result === MORE) {
        if (end - o < this.#limit || cut.ended) return o;
        // A cut function that asks for more than the limit has been fooled: never hold it.
        cut.next = end;
        cut.code = 'OVERSIZE';
        cut.lost = true;
      }
      const from = o;
      o = cut.next;
      cut.scanned = 0;
      cut.need = 0;
      if (cut.pending === 0) cut.shape = 0;
      if (result === FRAME) {
        cut.lost = false;
        if (!sink.frame(cut.bytes ?? b, cut.start, cut.end, o - from)) {
          this.#stopped = true;
          this.#drop();
          return end;
        }
      } else if (cut.code !== '') {
        sink.skipped(cut.code, b, from, o);
      }
    }
    return o;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.#room(size).set(chunk.subarray(start, end), 0);
    this.#length = size;
  }

  #room(size: number): Uint8Array {
    const held = this.#scratch;
    if (held !== undefined && held.length >= size) return held;
    // What a frame claims to need is not believed at once: three bytes could claim the limit.
    const claimed = Math.min(this.#cut.need, this.#limit, 1024);
    const wanted = Math.max(size, claimed, held === undefined ? 64 : held.length * 2);
    const next = new Uint8Array(wanted);
    if (held !== undefined) next.set(held.subarray(0, this.#length));
    this.#scratch = next;
    return next;
  }

  #drop(): void {
    this.#scratch = undefined;
    this.#length = 0;
  }
}
