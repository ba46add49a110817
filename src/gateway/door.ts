/** Where connections come in: who is let in becomes a client, everybody else is counted and sent away. */
import { type Connection, type ConnectionHandler, hostOf, type TimerWheel } from '../net/index.js';
import type { CloseReasonCode } from '../protocol/index.js';
import { Admission, type Inadmissible } from './admission.js';
import type { DenyList } from './deny-list.js';
import { Entrance } from './entrance.js';
import type { Gateway, GatewaySettings } from './gateway.js';
import type { ListenerRuntime } from './listener.js';

/** Why connections did not become clients. */
export type Refusal =
  | Inadmissible
  | Full
  | 'listener-rate'
  | 'untrusted'
  | 'proxy-header'
  | 'tls'
  | 'handshake-timeout'
  | 'broken-off';

/** There is no place: of the listener, of the process, or of the system, whose files are used up. */
export type Full = 'listener-full' | 'gateway-full' | 'files-used-up';

/** For connections that are sent away. */
const nobody: ConnectionHandler = { data() {}, ended() {}, closed() {} };

export class Door {
  readonly admission: Admission;
  readonly refusals: { [R in Refusal]?: number } = {};
  readonly #gateway: Gateway;
  readonly #listeners: readonly ListenerRuntime[];
  readonly #most: number;
  readonly #mostSockets: number;
  #saidUsedUp = false;
  /** Connections of clients, those included that are closed and not gone. */
  sockets = 0;

  /** @throws FramegateError `FG_CONFIG` */
  constructor(
    gateway: Gateway,
    listeners: readonly ListenerRuntime[],
    settings: GatewaySettings,
    mostSockets = Number.POSITIVE_INFINITY,
    denied?: DenyList,
  ) {
    this.#gateway = gateway;
    this.#listeners = listeners;
    this.#most = settings.clients ?? Number.POSITIVE_INFINITY;
    this.#mostSockets = mostSockets;
    this.admission = new Admission(settings, denied);
  }

  get now(): number {
    return this.#gateway.now;
  }

  get wheel(): TimerWheel {
    return this.#gateway.wheel;
  }

  /** Connections that are about to become clients. */
  get entering(): number {
    return this.#listeners.reduce((sum, { entering }) => sum + entering.size, 0);
  }

  /** Somebody has connected. */
  open(listener: ListenerRuntime, connection: Connection): ConnectionHandler {
    this.#gateway.look();
    const full = this.#full(listener);
    if (full !== undefined) {
      this.#gateway.count('too-many-clients');
      return this.#turnAway(listener, connection, full);
    }
    if (!listener.connects.takes(listener.comers, this.now)) {
      return this.#turnAway(listener, connection, 'listener-rate');
    }
    if (listener.proxy !== undefined || listener.tls !== undefined)
      return new Entrance(this, listener, connection).begin();
    const inadmissible = this.admit(connection);
    if (inadmissible === undefined) return this.enter(listener, connection);
    return this.#turnAway(listener, connection, inadmissible);
  }

  #full(listener: ListenerRuntime): Full | undefined {
    if (listener.clients + listener.entering.size >= listener.limits.clients) return 'listener-full';
    const { entering } = this;
    if (entering + this.#listeners.reduce((sum, { clients }) => sum + clients, 0) >= this.#most) return 'gateway-full';
    if (this.sockets + entering < this.#mostSockets) return undefined;
    if (!this.#saidUsedUp) {
      this.#gateway.logger.warn(
        `This process may open no more files: connections beyond ${this.#mostSockets} are refused. Let it have more: ` +
          'ulimit -n, or LimitNOFILE= in a unit of systemd',
      );
    }
    this.#saidUsedUp = true;
    return 'files-used-up';
  }

  /** At once: somebody whose end is waited for would take a place that others need. */
  #turnAway(listener: ListenerRuntime, connection: Connection, why: Refusal): ConnectionHandler {
    this.refused(listener, connection.peer, why, '');
    connection.destroy();
    return nobody;
  }

  /** Counts a connection whose address is known now; who is let in has {@link left} one day. */
  admit({ peer }: Connection): Inadmissible | undefined {
    return this.admission.enter(hostOf(peer), this.#gateway.clock.now());
  }

  enter(listener: ListenerRuntime, connection: Connection): ConnectionHandler {
    return this.#gateway.enter(listener, connection);
  }

  refused({ name }: ListenerRuntime, peer: string, why: Refusal, detail: string): void {
    this.refusals[why] = (this.refusals[why] ?? 0) + 1;
    const { logger } = this.#gateway;
    if (logger.debugs === false) return;
    const more = detail === '' ? '' : ` (${detail})`;
    const text = `${peer === '' ? 'Somebody' : peer} did not become a client of ${name}: ${why}${more}`;
    logger.debug(text, { peer, protocol: name, reason: why });
  }

  /** A connection that was admitted is gone. */
  left({ peer }: Connection): void {
    this.admission.leave(hostOf(peer), this.#gateway.clock.now());
  }

  /** A client is. */
  closed(connection: Connection, reason: CloseReasonCode): void {
    if (reason === 'bad-input' || reason === 'flood' || reason === 'auth-failed') {
      const host = hostOf(connection.peer);
      const time = this.admission.misbehaved(host, this.#gateway.clock.now());
      if (time !== undefined) this.#gateway.logger.warn(`${host} is banned for ${time / 1000} s: too much bad input`);
    }
    this.left(connection);
  }
}
