/**
 * What goes to clients in this turn. Frames are gathered in one slab and remembered as pieces of it, so that a broadcast
 * costs one copy and a number for each receiver; at the end of the turn each client gets one write.
 */
import { copy, Writer } from '../codec/index.js';
import type { Turn, TurnJob } from '../net/index.js';
import type { GatewayClient } from './client.js';

/** The slab is written out before the turn ends when it holds more. */
const SLAB = 1024 * 1024;
/** Likewise, for many small frames to many clients. */
const PIECES = 250_000;

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
  /** The memory of which the last bytes to be written are a part: it serves several. */
  #memory = new Uint8Array(0);
  #view = new DataView(this.#memory.buffer);
  /** The last piece that was all that a client got, and its bytes: those of a broadcast serve everybody. */
  #start = 0;
  #end = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Where the next frame will start. Call it before writing to the slab: it makes room. */
  begin(): number {
    if (this.slab.length > SLAB || this.#pieces > PIECES) this.#flush();
    return this.slab.length;
  }

  add(client: GatewayClient, start: number, end: number): void {
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

  #joined(client: GatewayClient): Uint8Array {
    const { outHead: head, outTail: tail } = client;
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

  /** The slab is filled again in the next turn, while a write keeps its bytes until they have left. */
  #copied(client: GatewayClient): Uint8Array {
    const bytes = Buffer.allocUnsafe(client.outBytes);
    if (bytes.buffer !== this.#memory.buffer) {
      this.#memory = new Uint8Array(bytes.buffer);
      this.#view = new DataView(bytes.buffer);
    }
    let at = bytes.byteOffset;
    for (let piece = client.outHead; piece >= 0; piece = this.#nexts[piece]!) {
      const start = this.#starts[piece]!;
      const end = this.#ends[piece]!;
      copy(this.slab.bytes, start, end, this.#memory, this.#view, at);
      at += end - start;
    }
    return bytes;
  }
}
