/**
 * Events of one client that no worker has acknowledged, in order: first those that were sent, then those that wait. Bytes
 * are kept as they stand in an event record, so that sending again is a copy.
 *
 *     entry:  size u32 | seq u32 | kind u8 | flags u8 | index i16 | received u48 | payload
 */
import { copy } from '../codec/index.js';
import { EVENT_KEPT } from '../link/index.js';

const SIZE = 4;
const SMALL = 512;
/** Grown buffers above this are not kept for others. */
const KEEP = 4096;

export class Backlog {
  bytes: Uint8Array = new Uint8Array(SMALL);
  #view = new DataView(this.bytes.buffer);
  readonly #meter: Meter;
  /** Start of the oldest entry. */
  head = 0;
  /** Start of the first entry that was not sent. */
  next = 0;
  tail = 0;

  constructor(meter: Meter = { bytes: 0 }) {
    this.#meter = meter;
  }

  /** Bytes that were not sent. */
  get waitingSize(): number {
    return this.tail - this.next;
  }

  get size(): number {
    return this.tail - this.head;
  }

  get empty(): boolean {
    return this.head === this.tail;
  }

  /** Entries wait to be sent. */
  get waiting(): boolean {
    return this.next < this.tail;
  }

  append(
    seq: number,
    kind: number,
    flags: number,
    index: number,
    received: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    const size = SIZE + EVENT_KEPT + end - start;
    this.#room(size);
    const at = this.tail;
    const view = this.#view;
    view.setUint32(at, size);
    view.setUint32(at + 4, seq);
    view.setUint8(at + 8, kind);
    view.setUint8(at + 9, flags);
    view.setInt16(at + 10, index);
    view.setUint16(at + 12, received / 2 ** 32);
    view.setUint32(at + 14, received);
    copy(b, start, end, this.bytes, view, at + SIZE + EVENT_KEPT);
    this.tail = at + size;
  }

  /** Bytes of the entry at `at`, its size field included. */
  sizeAt(at: number): number {
    return this.#view.getUint32(at);
  }

  seqAt(at: number): number {
    return this.#view.getUint32(at + 4);
  }

  kindAt(at: number): number {
    return this.bytes[at + 8]!;
  }

  /** How many entries were sent. */
  get sent(): number {
    let count = 0;
    for (let at = this.head; at < this.next; at += this.sizeAt(at)) count++;
    return count;
  }

  /** There are entries of other kinds than this one. */
  hasMore(kind: number): boolean {
    for (let at = this.head; at < this.tail; at += this.sizeAt(at)) if (this.kindAt(at) !== kind) return true;
    return false;
  }

  /** Number of the first entry that was not sent; 0 when nothing was, `Infinity` when all were. */
  get unsent(): number {
    if (this.head === this.next) return 0;
    return this.waiting ? this.seqAt(this.next) : Number.POSITIVE_INFINITY;
  }

  /** All that was appended counts as sent. */
  sentAll(): void {
    this.next = this.tail;
  }

  /** Forgets sent entries up to `seq`. */
  acknowledge(seq: number): void {
    while (this.head < this.next && this.seqAt(this.head) <= seq) this.head += this.sizeAt(this.head);
    if (this.head === this.tail) this.clear();
  }

  /** Forgets one sent entry among others. Few stand in front of it: those that were begun before and are still under way. */
  settle(seq: number): void {
    const at = this.#sent(seq);
    if (at < 0) return;
    const size = this.sizeAt(at);
    this.bytes.copyWithin(this.head + size, this.head, at);
    this.head += size;
    if (this.empty) this.clear();
  }

  /** Whether a sent entry has a flag; `undefined`: there is no such entry. */
  has(seq: number, flag: number): boolean | undefined {
    const at = this.#sent(seq);
    return at < 0 ? undefined : (this.bytes[at + 9]! & flag) !== 0;
  }

  /** Marks a sent entry, if it is there. */
  flag(seq: number, flag: number): void {
    const at = this.#sent(seq);
    if (at >= 0) this.bytes[at + 9]! |= flag;
  }

  /** Start of a sent entry, or -1. */
  #sent(seq: number): number {
    for (let at = this.head; at < this.next; at += this.sizeAt(at)) if (this.seqAt(at) === seq) return at;
    return -1;
  }

  /**
   * Nothing counts as sent any more: what was gets `flag`, or is forgotten if it has one of the flags in `gone`. Returns how
   * many were.
   */
  rewind(flag: number, gone: number): number {
    const b = this.bytes;
    let forgotten = 0;
    let to = this.head;
    for (let at = this.head, size = 0; at < this.next; at += size) {
      size = this.sizeAt(at);
      if ((b[at + 9]! & gone) !== 0) {
        forgotten++;
        continue;
      }
      b[at + 9]! |= flag;
      if (to < at) b.copyWithin(to, at, at + size);
      to += size;
    }
    if (to < this.next) b.copyWithin(to, this.next, this.tail);
    this.tail -= this.next - to;
    this.next = this.head;
    return forgotten;
  }

  /** Whether the oldest entry has a flag. */
  firstHas(flag: number): boolean {
    return !this.empty && (this.bytes[this.head + 9]! & flag) !== 0;
  }

  /** Marks the oldest entries: so many, and none behind number `last`. */
  mark(flag: number, count: number, last: number): void {
    for (let at = this.head; count > 0 && at < this.tail && this.seqAt(at) <= last; at += this.sizeAt(at), count--) {
      this.bytes[at + 9]! |= flag;
    }
  }

  /** The oldest entry, with its payload in place, as long as nothing is appended. */
  first(): { seq: number; kind: number; index: number; received: number; payload: Uint8Array } {
    const { bytes: b, head: at } = this;
    const view = this.#view;
    return {
      seq: this.seqAt(at),
      kind: this.kindAt(at),
      index: view.getInt16(at + 10),
      received: view.getUint16(at + 12) * 2 ** 32 + view.getUint32(at + 14),
      payload: b.subarray(at + SIZE + EVENT_KEPT, at + this.sizeAt(at)),
    };
  }

  /** Forgets the oldest entry, which does not count as sent. */
  dropFirst(): void {
    this.head += this.sizeAt(this.head);
    this.next = this.head;
    if (this.empty) this.clear();
  }

  /**
   * Forgets what was not sent, and gives its room back; but nothing in front of an entry with `seen`, which was sent once.
   * Returns how many entries that were.
   */
  dropUnseen(seen: number): number {
    let dropped = 0;
    let from = this.next;
    for (let at = this.next; at < this.tail; at += this.sizeAt(at)) {
      dropped++;
      if ((this.bytes[at + 9]! & seen) === 0) continue;
      from = at + this.sizeAt(at);
      dropped = 0;
    }
    const kept = this.bytes.slice(this.head, from);
    const to = kept.length < SMALL ? new Uint8Array(SMALL) : kept;
    if (to !== kept) to.set(kept);
    this.#meter.bytes += to.length - this.bytes.length;
    this.#use(to);
    this.next -= this.head;
    this.tail = from - this.head;
    this.head = 0;
    return dropped;
  }

  clear(): void {
    this.head = 0;
    this.next = 0;
    this.tail = 0;
  }

  #room(size: number): void {
    if (this.tail + size <= this.bytes.length) return;
    const held = this.size;
    const sent = this.next - this.head;
    const from = this.bytes;
    const fits = held + size <= from.length && this.head > from.length >> 1;
    const to = fits ? from : new Uint8Array(Math.max(held + size, from.length * 2));
    this.#meter.bytes += to.length - from.length;
    if (fits) from.copyWithin(0, this.head, this.tail);
    else to.set(from.subarray(this.head, this.tail));
    if (!fits) this.#use(to);
    this.head = 0;
    this.next = sent;
    this.tail = held;
  }

  #use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** What backlogs take of the memory. */
export interface Meter {
  bytes: number;
}

/** Most clients have nothing under way most of the time: they share what they need. */
export class BacklogPool implements Meter {
  /** Of all backlogs that are given out. */
  bytes = 0;
  readonly #free: Backlog[] = [];

  take(): Backlog {
    const backlog = this.#free.pop() ?? new Backlog(this);
    this.bytes += backlog.bytes.length;
    return backlog;
  }

  give(backlog: Backlog): void {
    this.bytes -= backlog.bytes.length;
    if (backlog.bytes.length > KEEP || this.#free.length >= 256) return;
    backlog.clear();
    this.#free.push(backlog);
  }
}
