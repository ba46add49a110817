/** A link over a connection: records are read in place, and only one that spans chunks is gathered. */
import type { Writer } from '../codec/index.js';
import type { Address, Connection, ConnectionHandler, Net, Turn } from '../net/index.js';
import { errorText } from '../protocol/index.js';
import { BatchedLink, type Link, MAX_HELLO, MAX_RECORD, RECORD_HEADER, walk } from './link.js';

export class SocketLink extends BatchedLink implements Link, ConnectionHandler {
  readonly remote = true;
  #connection: Connection | undefined;
  readonly #onOpened: (() => void) | undefined;
  override limit = MAX_HELLO;
  #rest: Uint8Array | undefined;
  #held = 0;
  #why = '';

  constructor(turn: Turn, connection?: Connection, onOpened?: () => void) {
    super(turn);
    this.#connection = connection;
    this.#onOpened = onOpened;
  }

  get peer(): string {
    return this.#connection?.peer ?? '';
  }

  get queued(): number {
    return (this.#connection?.queued ?? 0) + this.out.length;
  }

  over(connection: Connection): void {
    this.#connection = connection;
  }

  trust(): void {
    this.limit = MAX_RECORD;
  }

  close(): void {
    if (!this.isOpen) return;
    this.handler?.flushing();
    this.flush();
    this.#why ||= 'closed';
    this.#connection?.end();
  }

  destroy(why: string): void {
    if (!this.isOpen) return;
    this.#why ||= why;
    this.#connection?.destroy();
    this.#end();
  }

  opened(): void {
    this.#onOpened?.();
  }

  data(b: Uint8Array, start: number, end: number): void {
    if (this.handler === undefined || !this.isOpen) return;
    this.heard = true;
    try {
      let at = start;
      while (this.#held > 0 && at < end) {
        at = this.#gather(b, at, end);
        if (!this.isOpen) return;
      }
      const rest = walk(b, at, end, this);
      if (rest < 0) this.destroy('a record is larger than allowed: the peer does not speak the link protocol');
      else if (rest < end && this.isOpen) this.#keep(b, rest, end);
    } catch (error) {
      this.destroy(errorText(error));
    }
  }

  ended(): void {
    this.#why ||= 'closed by peer';
    this.#connection?.destroy();
  }

  closed(code: string | undefined): void {
    this.#why ||= code ?? 'closed by peer';
    this.#end();
  }

  protected leave(batch: Writer): void {
    this.#connection?.write(batch.bytes.subarray(0, batch.length), () => {
      this.recycle(batch);
      this.wake();
    });
  }

  #end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.handler?.closed(this.#why);
  }

  /** Completes the held record as far as the chunk goes; returns where the chunk goes on. */
  #gather(b: Uint8Array, start: number, end: number): number {
    const wanted = this.#held < RECORD_HEADER ? RECORD_HEADER : this.#wanted();
    const take = Math.min(end - start, wanted - this.#held);
    const held = this.#room(this.#held + take);
    held.set(b.subarray(start, start + take), this.#held);
    this.#held += take;
    if (this.#held >= RECORD_HEADER) {
      const whole = this.#wanted();
      if (whole - RECORD_HEADER > this.limit) {
        this.destroy('a record is larger than allowed: the peer does not speak the link protocol');
      } else if (this.#held === whole) {
        this.#held = 0;
        this.handler?.record(held[4]!, held, RECORD_HEADER, whole);
        if (held.length > 1024 * 1024) this.#rest = undefined;
      }
    }
    return start + take;
  }

  /** Bytes of the held record, known once its header is there. */
  #wanted(): number {
    const b = this.#rest!;
    return (((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 0) + RECORD_HEADER;
  }

  #keep(b: Uint8Array, start: number, end: number): void {
    this.#held = 0;
    this.#room(end - start).set(b.subarray(start, end));
    this.#held = end - start;
  }

  #room(size: number): Uint8Array {
    const rest = this.#rest;
    if (rest !== undefined && rest.length >= size) return rest;
    const next = new Uint8Array(Math.max(size, 1024, (rest?.length ?? 0) * 2));
    if (rest !== undefined) next.set(rest.subarray(0, this.#held));
    this.#rest = next;
    return next;
  }
}

/** Dials; records may be written at once, they leave when the connection is up. */
export function dialLink(net: Net, turn: Turn, address: Address, onOpened?: () => void): SocketLink {
  const link = new SocketLink(turn, undefined, onOpened);
  link.over(net.connect(address, link));
  return link;
}
