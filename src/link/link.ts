/**
 * The one connection between a gateway and a worker: ordered, multiplexed over all their clients, and batched. A record
 * is written straight into the batch, which leaves at the end of the event-loop turn or when it has 64 KiB.
 *
 *     record:  size u32 | type u8 | payload      (size counts the payload only, big-endian)
 */
import { Writer } from '../codec/index.js';
import type { Turn, TurnJob } from '../net/index.js';

export const RECORD_HEADER = 5;
/** Bytes after which a batch leaves before the end of the turn. */
export const BATCH_SIZE = 64 * 1024;
/**
 * Payload bytes of the longest record. Listeners accept frame limits up to {@link MAX_FRAME} only, so whatever a client
 * may send fits its record: a client can never break a link.
 */
export const MAX_RECORD = 16 * 1024 * 1024;
export const MAX_FRAME = 8 * 1024 * 1024;
/** Before the handshake a peer is a stranger. */
export const MAX_HELLO = 64 * 1024;

export interface LinkHandler {
  /** One record; the payload `[start, end)` is borrowed. What it throws ends the link. */
  record(type: number, b: Uint8Array, start: number, end: number): void;
  /** The batch is about to leave: the last chance to add to it. */
  flushing(): void;
  /** Nothing has come for so many milliseconds, at least, and a beat was due twice. Once until something is heard again. */
  silent?(ms: number): void;
  /** Exactly once, with a few words on why. */
  closed(why: string): void;
}

export interface Link {
  /** Address of the peer, or `memory`. */
  readonly peer: string;
  /** The peer is another process that may die alone: what it has not acknowledged must be kept. */
  readonly remote: boolean;
  /** Bytes on their way out. */
  readonly queued: number;
  readonly open: boolean;
  /** Something has come since this was set to `false`. */
  heard: boolean;
  readonly handler: LinkHandler | undefined;
  /** Must be called before any record can arrive. */
  attach(handler: LinkHandler): void;
  /** The peer has shown what it is: records may now have their full size. */
  trust(): void;
  /** Starts a record and returns the batch to write its payload to. */
  begin(type: number): Writer;
  /** Completes the record. @throws RangeError when it is larger than {@link MAX_RECORD}; it is taken back then. */
  commit(): void;
  /** Takes the started record back. */
  cancel(): void;
  /** Makes sure that `flushing` is called at the end of this turn. */
  wake(): void;
  /** Sends what is written, then ends. */
  close(): void;
  destroy(why: string): void;
}

const FREE_BATCHES = 4;

/** What both kinds of link share: the batch and when it leaves. */
export abstract class BatchedLink implements TurnJob {
  protected out = new Writer(BATCH_SIZE + 4096);
  handler: LinkHandler | undefined;
  /** Payload bytes of the longest record that is taken. */
  limit = MAX_RECORD;
  heard = false;
  protected isOpen = true;
  readonly #turn: Turn;
  readonly #free: Writer[] = [];
  #start = 0;
  #scheduled = false;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Takes a full batch away; it comes back through {@link recycle}. */
  protected abstract leave(batch: Writer): void;

  get open(): boolean {
    return this.isOpen;
  }

  attach(handler: LinkHandler): void {
    this.handler = handler;
  }

  begin(type: number): Writer {
    const w = this.out;
    const at = w.reserve(RECORD_HEADER);
    w.bytes[at + 4] = type;
    this.#start = at;
    return w;
  }

  commit(): void {
    const w = this.out;
    const at = this.#start;
    const size = w.length - at - RECORD_HEADER;
    if (size > MAX_RECORD) {
      w.length = at;
      throw new RangeError(`A record of ${size} bytes is more than a link takes`);
    }
    w.view.setUint32(at, size);
    if (!this.isOpen) w.length = at;
    else if (w.length >= BATCH_SIZE) this.#swap();
    this.wake();
  }

  cancel(): void {
    this.out.length = this.#start;
  }

  wake(): void {
    if (this.#scheduled || !this.isOpen) return;
    this.#scheduled = true;
    this.#turn.schedule(this);
  }

  endOfTurn(): void {
    this.#scheduled = false;
    if (!this.isOpen) return;
    this.handler?.flushing();
    this.flush();
  }

  protected flush(): void {
    if (this.out.length > 0) this.#swap();
  }

  protected recycle(batch: Writer): void {
    // A batch that one large record has blown up is not worth keeping.
    if (this.#free.length >= FREE_BATCHES || batch.bytes.length > 2 * BATCH_SIZE) return;
    batch.length = 0;
    this.#free.push(batch);
  }

  /** The batch's bytes stay untouched until they have left, so the next records go to another one. */
  #swap(): void {
    const batch = this.out;
    this.out = this.#free.pop() ?? new Writer(BATCH_SIZE + 4096);
    this.leave(batch);
  }
}

/**
 * Walks the whole records in `[start, end)`; returns the start of the rest, or -1 when a size is beyond the limit. A record
 * may change limit and handler for those behind it: the end of the handshake does.
 */
export function walk(b: Uint8Array, start: number, end: number, link: BatchedLink): number {
  let at = start;
  while (end - at >= RECORD_HEADER && link.open) {
    const size = ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
    if (size > link.limit) return -1;
    const next = at + RECORD_HEADER + size;
    if (next > end) break;
    link.handler!.record(b[at + 4]!, b, at + RECORD_HEADER, next);
    at = next;
  }
  return at;
}
