/**
 * One end of a simulated connection. What is written waits in the process until the system takes it, travels in pieces, and
 * waits in the peer's system until it is read; a reader that is slow is felt by the writer.
 */
import type { Connection, ConnectionHandler, Timer } from '../../net/index.js';
import { READ_MOST, type SimNetwork } from './network.js';
import type { SimProcess } from './process.js';
import { hashBytes } from './random.js';
import type { Way } from './way.js';

/** How long an ended connection may still send before it is destroyed, and how many times as long with bytes to send. */
const LINGER = 1000;
const LINGERS = 10;

interface Write {
  readonly bytes: Uint8Array;
  taken: number;
  readonly written: (() => void) | undefined;
}

export class SimConnection implements Connection {
  /** `host:port` of this end. */
  readonly local: string;
  peer: string;
  readonly fromPath = false;
  readonly process: SimProcess;
  readonly label: string;
  /** Towards the other end. */
  readonly way: Way;
  other: SimConnection | undefined;
  readonly #network: SimNetwork;
  #handler: ConnectionHandler | undefined;
  #stage: 'dialling' | 'open' | 'ending' | 'closed' = 'dialling';
  /** Both ends know of one another. */
  #up = false;
  #paused = false;

  #writes: Write[] = [];
  #queued = 0;
  /** Bytes that were written and had not been taken when it closed. */
  dropped = 0;
  #taking = false;
  /** Bytes on the way to the other end, or unread there. */
  #under = 0;
  #finSent = false;

  #arrived: Uint8Array[] = [];
  #reading = false;
  #fin: 'none' | 'arrived' | 'told' = 'none';
  #linger: Timer | undefined;

  constructor(network: SimNetwork, process: SimProcess, number: number, local: string, peer: string, way: Way) {
    this.#network = network;
    this.process = process;
    this.label = `${process.name}#${number}`;
    this.local = local;
    this.peer = peer;
    this.way = way;
  }

  serve(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  // What its owner does.

  get queued(): number {
    return this.#queued;
  }

  get open(): boolean {
    return this.#stage !== 'closed';
  }

  write(bytes: Uint8Array, written?: () => void): void {
    if (this.#stage === 'ending' || this.#stage === 'closed' || !this.process.alive) return;
    this.#writes.push({ bytes, taken: 0, written });
    this.#queued += bytes.length;
    // As a system does: what it has room for is out of the process's hands at once.
    if (this.#up && this.#writes.length === 1) this.#take();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readSoon();
  }

  end(): void {
    if (this.#stage === 'ending' || this.#stage === 'closed' || !this.process.alive) return;
    this.#stage = 'ending';
    this.#paused = false;
    this.#takeSoon();
    this.#readSoon();
    this.#lingerOn(LINGERS);
  }

  destroy(): void {
    if (this.#stage === 'closed' || !this.process.alive) return;
    this.leave();
    this.process.after(0, () => this.#handler?.closed(undefined));
  }

  #lingerOn(rounds: number): void {
    this.#linger = this.process.after(LINGER, () => {
      if (rounds > 1 && this.#queued > 0) this.#lingerOn(rounds - 1);
      else this.destroy();
    });
  }

  /** Nobody has got a `Tls` from this network. */
  secure(): never {
    throw new Error('A simulated network has no TLS');
  }

  // Bytes out.

  #takeSoon(): void {
    if (this.#taking || !this.#up) return;
    this.#taking = true;
    this.process.after(0, () => {
      this.#taking = false;
      this.#take();
    });
  }

  /** The system takes what has room, piece by piece. */
  #take(): void {
    if (this.#stage === 'closed') return;
    while (this.#writes.length > 0) {
      const write = this.#writes[0]!;
      const left = write.bytes.length - write.taken;
      const room = this.#network.weather.room - this.#under;
      if (left > 0 && room <= 0) return;
      const size = Math.min(left, room, READ_MOST, this.#network.piece());
      if (size > 0) this.#carry(write.bytes.slice(write.taken, write.taken + size));
      write.taken += size;
      this.#queued -= size;
      if (write.taken < write.bytes.length) continue;
      this.#writes.shift();
      if (write.written !== undefined) this.process.after(0, write.written);
    }
    if (this.#stage === 'ending') this.#sendFin();
  }

  #carry(piece: Uint8Array): void {
    this.#under += piece.length;
    this.way.send(() => this.other!.#receive(piece));
  }

  #sendFin(): void {
    if (this.#finSent) return;
    this.#finSent = true;
    this.way.send(() => this.other!.#receiveFin());
    if (this.#fin === 'told') this.destroy();
  }

  /** The other end has read. */
  #freed(size: number): void {
    this.#under -= size;
    if (this.#writes.length > 0) this.#takeSoon();
  }

  // Bytes in.

  #receive(piece: Uint8Array): void {
    if (!this.open) {
      this.#reject();
      return;
    }
    this.#arrived.push(piece);
    this.#read();
  }

  #receiveFin(): void {
    if (this.#stage === 'closed') return;
    if (this.#fin === 'none') this.#fin = 'arrived';
    this.#read();
  }

  #readSoon(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.process.after(0, () => {
      this.#reading = false;
      this.#read();
    });
  }

  /** Gives the owner what has arrived, one read at a time. */
  #read(): void {
    if (this.#stage === 'dialling' || this.#stage === 'closed' || this.#paused || !this.process.alive) return;
    if (this.process.frozen) {
      this.#readSoon();
      return;
    }
    const size = this.#gather();
    if (size > 0) {
      this.other!.#freed(size);
      if (this.#stage !== 'ending') {
        this.#network.world.note(`${this.label} reads ${size} ${hashBytes(this.#network.lent.subarray(0, size))}`);
        this.process.call(() => this.#handler?.data(this.#network.lent, 0, size));
        // The bytes were lent: whoever has kept them shall notice.
        this.#network.lent.fill(0xdb, 0, size);
      }
      if (this.#arrived.length > 0 || this.#fin === 'arrived') this.#readSoon();
      return;
    }
    if (this.#fin !== 'arrived') return;
    this.#fin = 'told';
    if (this.#stage === 'ending') this.destroy();
    else this.process.call(() => this.#handler?.ended());
  }

  #gather(): number {
    let size = 0;
    let first = this.#arrived[0];
    while (first !== undefined && size + first.length <= READ_MOST) {
      this.#network.lent.set(first, size);
      size += first.length;
      this.#arrived.shift();
      first = this.#arrived[0];
      if (this.#network.parts()) break;
    }
    return size;
  }

  // How it begins and ends.

  /** The dialled side: the other end has answered. */
  opened(): void {
    if (this.#stage === 'closed') return;
    this.#up = true;
    if (this.#stage === 'dialling') {
      this.#stage = 'open';
      if (this.#handler?.opened !== undefined) this.process.call(() => this.#handler!.opened!());
    }
    this.#takeSoon();
  }

  accepted(): void {
    this.#up = true;
    this.#stage = 'open';
  }

  /** Ends without a word to the owner: the system sends what it has taken, then its end. */
  leave(): void {
    if (this.#stage === 'closed') return;
    const unread = this.#arrived.length > 0;
    this.#end();
    // Nobody has heard of it yet.
    if (this.other === undefined) return;
    if (unread) this.#reject();
    else if (!this.#finSent) this.way.send(() => this.other!.#receiveFin());
  }

  /** The system reports an error to the owner. */
  fail(code: string): void {
    if (this.#stage === 'closed') return;
    this.#end();
    this.#network.world.note(`${this.label} fails ${code}`);
    this.process.call(() => this.#handler?.closed(code));
  }

  /** Neither the owner nor the other end hears of it. */
  vanish(): void {
    this.#end();
    this.way.silence();
  }

  #reject(): void {
    this.way.send(() => this.other?.fail('ECONNRESET'));
  }

  #end(): void {
    this.#stage = 'closed';
    this.#linger?.cancel();
    this.#writes = [];
    this.dropped = this.#queued;
    this.#queued = 0;
    this.#arrived = [];
    this.#network.closed(this);
  }
}
