/**
 * What goes to clients in this turn. Frames are gathered in one slab and remembered as pieces of it, so that a broadcast
 * costs one copy and a number for each receiver; at the end of the turn each client gets one write.
 */
import { copy, Writer } from '../codec/index.js';
import type { Turn, TurnJob } from '../net/index.js';
import { KeptFrame } from './behind.js';
import type { GatewayClient } from './client.js';

/** The slab is written out before the turn ends when it holds more. */
const SLAB = 1024 * 1024;
/** Likewise, for many small frames to many clients. */
const PIECES = 250_000;
/** Bytes of memory of which several writes have parts. */
const SHARED = 16 * 1024;

export class Outbox implements TurnJob {
  /** Append a frame here, then {@link add} it for whom it is. */
  slab = new Writer(64 * 1024);
  readonly #turn: Turn;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #nexts: number[] = [];
  #pieces = 0;
  #dirty: GatewayClient[] = [];
  #scheduled = false;
  #memory = new Uint8Array(SHARED);
  #view = new DataView(this.#memory.buffer);
  /** What writes already have of it. */
  #used = 0;
  /** The last piece that was all that a client got, and its bytes: those of a broadcast serve everybody. */
  #start = 0;
  #end = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The last frame that was kept for somebody, likewise. */
  #kept = new KeptFrame(0, 0, new Uint8Array(0));

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Where the next frame will start. Call it before writing to the slab: it makes room. */
  begin(): number {
    if (this.slab.length > SLAB || this.#pieces > PIECES) this.#flush();
    return this.slab.length;
  }

  /** May be left out where the client does not read. */
  offer(client: GatewayClient, start: number, end: number): void {
    if (client.behind === undefined) this.add(client, start, end);
    else client.behind.offer(this.#keep(start, end));
  }

  add(client: GatewayClient, start: number, end: number): void {
    if (client.behind !== undefined) {
      client.behind.add(this.#keep(start, end));
      return;
    }
    const last = client.outTail;
    client.outBytes += end - start;
    client.framesOut++;
    if (last >= 0 && this.#ends[last] === start) {
      this.#ends[last] = end;
      return;
    }
    const piece = this.#pieces++;
    this.#starts[piece] = start;
    this.#ends[piece] = end;
    this.#nexts[piece] = -1;
    client.outTail = piece;
    if (last >= 0) {
      this.#nexts[last] = piece;
      return;
    }
    client.outHead = piece;
    this.touch(client);
  }

  /** The client is looked at when the turn ends. */
  touch(client: GatewayClient): void {
    if (client.dirty) return;
    client.dirty = true;
    this.#dirty.push(client);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.schedule(this);
  }

  endOfTurn(): void {
    this.#scheduled = false;
    this.#flush();
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    // What stood in the slab before has left.
    this.#end = 0;
    this.#kept = new KeptFrame(0, 0, new Uint8Array(0));
    for (let i = 0; i < dirty.length; i++) this.#write(dirty[i]!);
    this.#pieces = 0;
    if (this.slab.bytes.length > 2 * SLAB) this.slab = new Writer(64 * 1024);
    else this.slab.length = 0;
  }

  #write(client: GatewayClient): void {
    client.dirty = false;
    if (client.outBytes > 0) {
      const bytes = this.#joined(client);
      client.outHead = -1;
      client.outTail = -1;
      client.outBytes = 0;
      client.write(bytes);
    }
    client.flushed();
  }

  /** One copy for all who do not read. */
  #keep(start: number, end: number): KeptFrame {
    if (start !== this.#kept.start || end !== this.#kept.end)
      this.#kept = new KeptFrame(start, end, this.slab.bytes.slice(start, end));
    return this.#kept;
  }

  /** What a client gets, as bytes of its own: the slab is filled again while a write keeps its bytes until they have left. */
  #joined(client: GatewayClient): Uint8Array {
    const { outHead: head, outTail: tail } = client;
    // Whoever does not read shall not keep memory that others have had a part of.
    if (client.outWaiting > 0) return this.#alone(client);
    if (head !== tail) return this.#copied(client);
    const start = this.#starts[head]!;
    const end = this.#ends[head]!;
    if (start !== this.#start || end !== this.#end) {
      this.#bytes = this.#copied(client);
      this.#start = start;
      this.#end = end;
    }
    return this.#bytes;
  }

  #copied(client: GatewayClient): Uint8Array {
    const size = client.outBytes;
    if (size > SHARED / 4) return this.#alone(client);
    if (this.#used + size > SHARED) {
      this.#memory = new Uint8Array(SHARED);
      this.#view = new DataView(this.#memory.buffer);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += size;
    this.#gather(client, this.#memory, this.#view, at);
    return Buffer.from(this.#view.buffer, at, size);
  }

  #alone(client: GatewayClient): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(client.outBytes);
    this.#gather(client, bytes, new DataView(bytes.buffer), 0);
    return bytes;
  }

  #gather(client: GatewayClient, to: Uint8Array, view: DataView, at: number): void {
    const from = this.slab.bytes;
    for (let piece = client.outHead; piece >= 0; piece = this.#nexts[piece]!) {
      const start = this.#starts[piece]!;
      const end = this.#ends[piece]!;
      copy(from, start, end, to, view, at);
      at += end - start;
    }
  }
}
