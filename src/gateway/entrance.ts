/**
 * A connection before it is a client, where a listener has a proxy in front or speaks TLS: header -> handshake -> client. It
 * has no id and no events; who does not get through is counted, and gone.
 */
import {
  type Connection,
  type ConnectionHandler,
  hostOf,
  type Networks,
  readProxyHeader,
  WheelEntry,
} from '../net/index.js';
import type { Door, Refusal } from './door.js';
import type { ListenerRuntime } from './listener.js';

/** A proxy in front of a listener, which says who is behind it. */
export interface ProxyPolicy {
  readonly trusted: Networks;
  /** What happens to those who do not come through it. */
  readonly others: 'refuse' | 'direct';
}

const NOTHING = new Uint8Array(0);

export class Entrance extends WheelEntry implements ConnectionHandler {
  readonly #door: Door;
  readonly #listener: ListenerRuntime;
  readonly #connection: Connection;
  readonly #until: number;
  #stage: 'header' | 'handshake' | 'over' = 'header';
  /** The beginning of a header that has come in pieces. */
  #begun: Uint8Array = NOTHING;
  /** Its address is known, and counts it. */
  #admitted = false;

  constructor(door: Door, listener: ListenerRuntime, connection: Connection) {
    super();
    this.#door = door;
    this.#listener = listener;
    this.#connection = connection;
    this.#until = door.now + listener.limits.handshake;
    listener.entering.add(this);
    door.wheel.add(this, this.#until);
  }

  /** @returns who is to be told of the connection: nobody may wait for a header that does not come. */
  begin(): ConnectionHandler {
    const { proxy } = this.#listener;
    const { peer, fromPath } = this.#connection;
    // Whoever reaches a socket in the file system has been let in by the system.
    if (proxy === undefined || fromPath || proxy.trusted.has(hostOf(peer))) {
      return proxy === undefined ? this.#goOn(NOTHING) : this;
    }
    if (proxy.others === 'direct') return this.#goOn(NOTHING);
    this.#refuse('untrusted', 'it does not come from a trusted proxy');
    return this;
  }

  data(b: Uint8Array, start: number, end: number): void {
    if (this.#stage !== 'header') return;
    const bytes = new Uint8Array(this.#begun.length + end - start);
    bytes.set(this.#begun);
    bytes.set(b.subarray(start, end), this.#begun.length);
    const header = readProxyHeader(bytes);
    if (header === 'more') this.#begun = bytes;
    else if ('problem' in header) this.#refuse('proxy-header', header.problem);
    else {
      if (header.peer !== undefined) this.#connection.peer = header.peer;
      const rest = bytes.subarray(header.length);
      const handler = this.#goOn(rest);
      if (handler === this) return;
      this.#connection.serve(handler);
      if (rest.length > 0) handler.data(rest, 0, rest.length);
    }
  }

  secured(): void {
    if (this.#stage === 'handshake') this.#connection.serve(this.#enter());
  }

  ended(): void {
    this.#refuse('broken-off', 'the peer has ended it');
  }

  closed(code: string | undefined): void {
    if (this.#stage === 'over') return;
    // A peer that has gone has not failed at anything.
    const isGone = code === undefined || code === 'ECONNRESET' || code === 'EPIPE';
    this.#refuse(this.#stage === 'handshake' && !isGone ? 'tls' : 'broken-off', code ?? 'the peer has ended it');
  }

  expire(now: number): number {
    if (now < this.#until) return this.#until;
    const missing = this.#stage === 'header' ? 'PROXY header' : 'TLS handshake';
    this.#refuse('handshake-timeout', `no ${missing} within ${this.#listener.limits.handshake} ms`);
    return Number.POSITIVE_INFINITY;
  }

  /** The gateway ends. */
  leave(): void {
    this.#over();
    if (this.#admitted) this.#door.left(this.#connection);
    this.#connection.destroy();
  }

  /** Behind the header, if there was to be one. */
  #goOn(rest: Uint8Array): ConnectionHandler {
    const { tls } = this.#listener;
    const inadmissible = this.#door.admit(this.#connection);
    if (inadmissible !== undefined) {
      this.#refuse(inadmissible, '');
      return this;
    }
    this.#admitted = true;
    if (tls === undefined) return this.#enter();
    this.#stage = 'handshake';
    this.#begun = NOTHING;
    this.#connection.secure(tls, rest);
    return this;
  }

  #enter(): ConnectionHandler {
    this.#over();
    return this.#door.enter(this.#listener, this.#connection);
  }

  #refuse(why: Refusal, detail: string): void {
    if (this.#stage === 'over') return;
    this.leave();
    this.#door.refused(this.#listener, this.#connection.peer, why, detail);
  }

  #over(): void {
    this.#stage = 'over';
    this.#listener.entering.delete(this);
    this.#door.wheel.remove(this);
  }
}
