/**
 * What waits for a client that does not read as fast as it is sent to, where its listener does not close it for that. One
 * write is on its way; behind it frames wait as frames, in order, so that some can still be left out.
 *
 * What somebody waits for (replies, verdicts, requests, last messages) is needed and never left out; the client is closed
 * when it takes more than `high` by itself. What may be left out takes `high` at most.
 */
import type { Decoded } from '../codec/index.js';
import type { GatewayClient } from './client.js';
import { readFrame, type SlowPolicy } from './slow-policy.js';

/** What keeping a frame takes besides its bytes, about. */
const KEEPING = 96;
/** Places that are of no use any more before the others move up. */
const EMPTY = 1024;
const NOTHING = new Uint8Array(0);

/** One copy for all clients that it waits for; what it is is looked at when somebody has to know. */
export class KeptFrame {
  /** Where it stood in the outbox's slab. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  #read: Partial<Decoded> | undefined | null = null;

  constructor(start: number, end: number, bytes: Uint8Array) {
    this.start = start;
    this.end = end;
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length + KEEPING;
  }

  /** Which message it is, as one of the clients that get it reads it. */
  read(policy: SlowPolicy, { context }: GatewayClient): Partial<Decoded> | undefined {
    if (this.#read === null) this.#read = readFrame(policy, this.bytes, context);
    return this.#read;
  }
}

interface Waiting {
  /** `undefined`: it was left out. */
  frame: KeptFrame | undefined;
  readonly isNeeded: boolean;
  readonly key: string | undefined;
}

export class Behind {
  readonly #client: GatewayClient;
  readonly #policy: SlowPolicy;
  /** In order. */
  #frames: Waiting[] = [];
  /** How many of them have been written. */
  #head = 0;
  #leftOut = 0;
  /** No frame before this one may be left out. */
  #oldest = 0;
  /** Of what is replaced: the waiting one. */
  readonly #byKey = new Map<string, Waiting>();
  #needed = 0;
  #spare = 0;

  constructor(client: GatewayClient, policy: SlowPolicy) {
    this.#client = client;
    this.#policy = policy;
    // Told when all that was written before has left.
    client.connection.write(NOTHING, () => this.#written());
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#needed + this.#spare;
  }

  /** A frame that must not be left out. */
  add(frame: KeptFrame): void {
    this.#push({ frame, isNeeded: true, key: undefined }, frame);
    if (this.#needed > this.#policy.high) this.#tooMuch();
    else this.#counted();
  }

  offer(frame: KeptFrame): void {
    const { drop, high } = this.#policy;
    if (drop === 'replaced') {
      this.#replace(frame);
      return;
    }
    if (drop === 'oldest') while (this.#spare > 0 && this.#spare + frame.size > high) this.#dropOldest();
    if (this.#spare + frame.size > high) this.#miss(frame);
    else this.#push({ frame, isNeeded: false, key: undefined }, frame);
    this.#counted();
  }

  /** The client is to be closed: all that waits leaves before. */
  flush(): void {
    this.#write(Number.POSITIVE_INFINITY, undefined);
    this.#client.behind = undefined;
  }

  #replace(frame: KeptFrame): void {
    const key = this.#policy.keyOf(frame.read(this.#policy, this.#client));
    if (key === undefined) {
      this.add(frame);
      return;
    }
    const older = this.#byKey.get(key);
    if (older !== undefined) this.#drop(older);
    const waiting: Waiting = { frame, isNeeded: false, key };
    this.#byKey.set(key, waiting);
    this.#push(waiting, frame);
    if (this.#spare > this.#policy.high) this.#tooMuch();
    else this.#counted();
  }

  #push(waiting: Waiting, { size }: KeptFrame): void {
    this.#frames.push(waiting);
    if (waiting.isNeeded) this.#needed += size;
    else this.#spare += size;
  }

  #dropOldest(): void {
    let at = Math.max(this.#oldest, this.#head);
    while (this.#frames[at]!.isNeeded || this.#frames[at]!.frame === undefined) at++;
    this.#oldest = at + 1;
    this.#drop(this.#frames[at]!);
  }

  #drop(waiting: Waiting): void {
    const frame = waiting.frame!;
    waiting.frame = undefined;
    this.#leftOut++;
    this.#spare -= frame.size;
    this.#miss(frame);
    this.#moveUp();
  }

  #miss(frame: KeptFrame): void {
    const client = this.#client;
    const name = frame.read(this.#policy, client)?.name ?? 'unknown';
    const { dropped } = client.gateway;
    client.missed = dropped.add(client.id, client.missed, client.listener.name, name, frame.bytes.length);
  }

  #tooMuch(): void {
    this.#client.gateway.slow(this.#client, this.#client.unread);
  }

  #counted(): void {
    this.#client.gateway.buffers.jam(this.#client, this.#client.unread);
  }

  /** All that was written has left. */
  #written(): void {
    const client = this.#client;
    if (client.behind !== this || client.stage !== 'live') return;
    if (this.bytes === 0) client.behind = undefined;
    else this.#write(this.#policy.low, () => this.#written());
    this.#counted();
  }

  /** Frames of about so many bytes, in one write. */
  #write(most: number, written: (() => void) | undefined): void {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (; this.#head < this.#frames.length && size < most; this.#head++) {
      const { frame, isNeeded, key } = this.#frames[this.#head]!;
      if (frame === undefined) {
        this.#leftOut--;
        continue;
      }
      pieces.push(frame.bytes);
      size += frame.bytes.length;
      if (isNeeded) this.#needed -= frame.size;
      else this.#spare -= frame.size;
      if (key !== undefined) this.#byKey.delete(key);
    }
    this.#moveUp();
    if (pieces.length === 0) return;
    this.#client.framesOut += pieces.length;
    this.#client.bytesOut += size;
    this.#client.connection.write(Buffer.concat(pieces, size), written);
  }

  /** However long the client does not read, what is gone takes no more room than what waits. */
  #moveUp(): void {
    const gone = this.#head + this.#leftOut;
    if (gone < EMPTY || 2 * gone < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head).filter(({ frame }) => frame !== undefined);
    this.#head = 0;
    this.#leftOut = 0;
    this.#oldest = 0;
  }
}
