/**
 * The gateway: owns the clients' connections, answers heartbeats, enforces time limits and passes everything else to
 * workers. It moves bytes; what they mean is known to the protocol and to the workers.
 */
import { Writer } from '../codec/index.js';
import {
  eventKinds,
  type Hello,
  KeyRing,
  type Link,
  MAX_FRAME,
  marksOf,
  putString,
  putU8,
  putU32,
  putU48,
  Reception,
  type Side,
  SocketLink,
} from '../link/index.js';
import {
  type Address,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type Endpoint,
  hostOf,
  type Listener,
  type Platform,
  TimerWheel,
  type Tls,
  type Where,
} from '../net/index.js';
import {
  type CloseReasonCode,
  closeReasons,
  FramegateError,
  type Logger,
  type Protocol,
  ProtocolTable,
} from '../protocol/index.js';
import type { AdmissionSettings } from './admission.js';
import { BadFrames } from './bad-frames.js';
import { Buffers } from './buffers.js';
import { GatewayClient } from './client.js';
import type { DenyList } from './deny-list.js';
import { Door } from './door.js';
import { Downstream } from './downstream.js';
import { Drain, type Drained, type DrainOptions } from './drain.js';
import { Dropped } from './dropped.js';
import type { ProxyPolicy } from './entrance.js';
import { FragmentCounts } from './fragments.js';
import { GuestPeer } from './guest-peer.js';
import { BUFFERS, type ListenerLimits, withDefaults } from './limits.js';
import { type Delivery, flagsOf, type ListenerRuntime } from './listener.js';
import { Outbox } from './outbox.js';
import { ratesOf } from './pace.js';
import { Presence } from './presence.js';
import { Quarantine } from './quarantine.js';
import { Rate } from './rate.js';
import { type Route, Router } from './route.js';
import { Slots } from './slots.js';
import { slowPolicy } from './slow-policy.js';
import { Stamps } from './stamps.js';
import { Tables } from './tables.js';
import { Upstream } from './upstream.js';
import { WorkerPeer } from './worker-peer.js';

export interface GatewayListener {
  readonly where: Where;
  readonly protocol: Protocol;
  readonly limits?: ListenerLimits | undefined;
  readonly delivery?: Delivery | undefined;
  readonly proxy?: ProxyPolicy | undefined;
  readonly tls?: Tls | undefined;
}

export interface GatewayOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly listeners: readonly GatewayListener[];
  /** Its name among gateways, the same after a restart. Default: a new one each time. */
  readonly name?: string | undefined;
  readonly settings?: GatewaySettings | undefined;
  /** Folder for messages that have killed their workers; without it they are kept in memory only. */
  readonly quarantine?: string | undefined;
  /** Default: none; then whoever dials in is believed. */
  readonly keys?: KeyRing | undefined;
  /** Connections of clients that the system has room for. Default `Infinity`. */
  readonly sockets?: number | undefined;
  /** Whom the file of its settings denies. */
  readonly denied?: DenyList | undefined;
}

/** What concerns gateways. */
export interface GatewaySettings extends AdmissionSettings {
  /** Clients of all listeners together; more are closed with `too-many-clients`. Default `Infinity`. */
  readonly clients?: number;
  /** How the worker of a client is chosen. Default `least-connections`. */
  readonly route?: Route;
  /**
   * Bytes that may wait for workers, for logins and for clients that read slowly, of all clients together. Beyond it clients
   * that send are read no further; at twice as much the one that holds most is closed with `overloaded`. Default 256 MiB; as `gw` starts it, a fifth of the memory
   * that its container or unit may have, where that is less.
   */
  readonly buffers?: number;
}

/** A listener, as operators see it. */
export interface ListenerState {
  /** The protocol's id. */
  readonly protocol: string;
  readonly address: Endpoint;
  /** Connected now. */
  readonly clients: number;
  readonly most: number;
  readonly open: boolean;
}

/** Milliseconds in which closing clients may still deliver their last events to workers. */
const STOP_WITHIN = 5000;
/** Workers and other programs that are linked at the same time. */
const MOST_LINKS = 4096;
/** Seconds' worth of connections to a listener that may come at once. */
const CONNECTS_BURST = 2;
const NOTHING = new Uint8Array(0);

export class Gateway {
  readonly platform: Platform;
  /** Of what others have time for: it does not count against them when this process stands still. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wheel: TimerWheel;
  readonly stamps: Stamps;
  readonly tables: Tables;
  readonly presence: Presence;
  readonly slots = new Slots();
  readonly outbox: Outbox;
  readonly downstream: Downstream;
  readonly upstream: Upstream;
  readonly badFrames = new BadFrames();
  readonly buffers: Buffers;
  readonly quarantine: Quarantine;
  /** By reference; slots of the departed are used again, with another epoch. */
  readonly clients: (GatewayClient | undefined)[] = [];
  readonly peers = new Set<WorkerPeer>();
  /** Part of every client id. */
  readonly bootEpoch: string;
  readonly id: string;
  /** Counts by close reason. */
  readonly closes: { [R in CloseReasonCode]?: number } = {};
  readonly door: Door;
  /** Answers to requests that were over: to one that was not answered in time, and to one that was answered before. */
  readonly answers = { late: 0, duplicate: 0 };
  readonly fragments = new FragmentCounts();
  /** What clients did not get because they did not read. */
  readonly dropped: Dropped;
  /** Of clients that are closed, and of workers that are gone. */
  readonly past = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0, fenced: 0 };

  /** Monotonic time of the current look at the world: one clock reading for a whole chunk. */
  now: number;
  /** Wall clock of the same look, in milliseconds since 1970: when what came then was received. */
  received: number;
  readonly #listeners: ListenerRuntime[];
  readonly #protocols: Protocol[];
  readonly #freeSlots: number[] = [];
  /** Where clients connect, in the order of the listeners. */
  readonly #open: Listener[] = [];
  /** Where workers dial in. */
  readonly #linkPorts: Listener[] = [];
  readonly #reception: Reception;
  #whenEmpty: (() => void) | undefined;
  #drain: Drain | undefined;
  stopping = false;

  constructor(options: GatewayOptions) {
    const { platform } = options;
    this.platform = platform;
    this.wheel = new TimerWheel(platform.clock, platform.turn);
    this.clock = this.wheel;
    this.logger = options.logger;
    const { route = 'least-connections', buffers = BUFFERS } = options.settings ?? {};
    this.buffers = new Buffers(this, buffers);
    this.quarantine = new Quarantine(platform.disk, options.logger, options.quarantine);
    this.now = this.clock.now();
    this.received = this.clock.wallNow();
    this.stamps = new Stamps(this.clock);
    this.tables = new Tables(this.stamps);
    this.presence = new Presence(this.tables);
    this.outbox = new Outbox(platform.turn);
    this.downstream = new Downstream(this, this.outbox);
    this.upstream = new Upstream(this, new Router(route, platform.random, options.logger), this.quarantine);
    this.dropped = new Dropped(options.logger);
    const noise = Buffer.from(platform.random.bytes(5)).toString('hex');
    // Sorts by time of boot, as views of a register need it, and is not met twice.
    this.bootEpoch = Math.floor(this.received).toString(16).padStart(12, '0') + noise;
    this.id = options.name ?? `g${noise.slice(0, 6)}`;
    this.#reception = new Reception({
      platform,
      logger: options.logger,
      what: 'a link',
      wanted: ['worker', 'pusher', 'reader'],
      keys: options.keys ?? new KeyRing(),
      own: () => this.hello(),
      met: (link, peer) => this.#met(link, peer),
    });
    this.#listeners = options.listeners.map(runtimeOf);
    this.door = new Door(this, this.#listeners, options.settings ?? {}, options.sockets, options.denied);
    this.#protocols = [...new Map(options.listeners.map(l => [l.protocol.id, l.protocol])).values()];
  }

  /** Opens all listeners, or none. @throws FramegateError `FG_LISTEN`. */
  async listen(): Promise<void> {
    try {
      for (const listener of this.#listeners) {
        const accept = (connection: Connection): ConnectionHandler => this.door.open(listener, connection);
        const missed = (): void => this.door.refused(listener, '', 'broken-off', 'gone before it was accepted');
        this.#open.push(
          await this.platform.net.listen(listener.where, accept, { secure: listener.tls !== undefined, missed }),
        );
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Protocol and real address of each listener, in order. */
  addresses(): { readonly name: string; readonly address: Endpoint }[] {
    return this.#open.map(({ address }, i) => {
      const { name, tls } = this.#listeners[i]!;
      return { name, address: 'path' in address ? address : { ...address, tls: tls !== undefined } };
    });
  }

  /** Each listener with how many clients it has and may have; `open`: it accepts them. */
  listenerStates(): ListenerState[] {
    return this.addresses().map(({ name, address }, i) => {
      const { clients, limits } = this.#listeners[i]!;
      return { protocol: name, address, clients, most: limits.clients, open: this.#drain === undefined };
    });
  }

  /** Opens the port where workers dial in. */
  async listenForWorkers(where: Address): Promise<Listener<Address>> {
    const listener = await this.platform.net.listen(where, connection => {
      const link = new SocketLink(this.platform.turn, connection);
      this.addWorker(link);
      return link;
    });
    this.#linkPorts.push(listener);
    return listener;
  }

  /** Takes a link whose other end is a worker, or a program beside them. */
  addWorker(link: Link, side: Side = 'accepted'): void {
    if (this.peers.size < MOST_LINKS) this.#reception.admit(link, side);
    else link.destroy('too many links');
  }

  #met(link: Link, hello: Hello): void {
    const isWorker = hello.role === 'worker';
    const peer = isWorker ? new WorkerPeer(this, link, hello) : new GuestPeer(this, link, hello);
    this.peers.add(peer);
    this.logger.debug(`The ${hello.role} ${peer.id} is linked from ${link.peer}`);
    if (isWorker) this.upstream.bindWaiting(peer);
  }

  /** It accepts nobody any more. */
  get draining(): boolean {
    return this.#drain !== undefined;
  }

  /**
   * Accepts nobody any more, and closes its clients with reason `shutdown`, so many in a second; links to workers stay. Others
   * that listen on the same ports get whoever calls now. {@link stop} is what comes next. Asked again, it goes on as it was told first.
   * @throws FramegateError `FG_VALUE`, `FG_UNKNOWN_MESSAGE` for what clients cannot be told; nothing has changed then.
   * @example await gateway.drain({ rate: 100, deadline: 60_000, last: { message: 'bye' } });
   */
  async drain(options: DrainOptions = {}): Promise<Drained> {
    if (this.#drain === undefined) {
      this.#drain = new Drain(this, this.#listeners, options);
      // A port is closed at once; what is waited for there are its connections.
      this.#closePorts();
      this.#drain.begin();
    }
    return this.#drain.done;
  }

  #closePorts(): Promise<void>[] {
    for (const { entering } of this.#listeners) for (const entrance of entering) entrance.leave();
    return this.#open.map(listener => listener.close());
  }

  /**
   * Accepts no more clients, closes those that are there with reason `shutdown`, lets workers see it, and ends.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    const listening = [...this.#closePorts(), ...this.#linkPorts.map(l => l.close())];
    for (const client of this.clients) {
      if (client === undefined) continue;
      this.close(client, 'shutdown', '');
      // Nobody is there to be told.
      if (client.peer === undefined) this.forget(client);
    }
    if (this.#clientCount() > 0) {
      await new Promise<void>(resolve => {
        const timer = this.clock.setTimer(STOP_WITHIN, resolve);
        this.#whenEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#reception.close();
    for (const peer of this.peers) peer.link.close();
    this.wheel.stop();
    this.buffers.stop();
    // Without wrapped sockets a server waits for all its connections.
    await new Promise<void>(resolve => {
      const timer = this.clock.setTimer(1000, resolve);
      Promise.all(listening).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  hello(): Hello {
    const protocols = marksOf(this.#protocols);
    return { role: 'gateway', id: this.id, epoch: this.bootEpoch, creditEvents: 0, creditBytes: 0, protocols };
  }

  protocolIndex(name: string): number {
    return this.#protocols.findIndex(p => p.id === name);
  }

  /** Reads the clocks anew. */
  look(): void {
    this.now = this.clock.now();
    this.received = this.clock.wallNow();
  }

  // Clients come and go.

  /** Makes a client of a connection. */
  enter(listener: ListenerRuntime, connection: Connection): ConnectionHandler {
    this.look();
    const id = this.bootEpoch + Buffer.from(this.platform.random.bytes(12)).toString('base64url');
    const ref = this.#freeSlots.pop() ?? this.clients.length;
    const client = new GatewayClient(this, listener, connection, id, ref);
    this.clients[ref] = client;
    listener.clients++;
    this.door.sockets++;
    this.tables.byId.set(id, client);
    if (listener.table.knownByPeer && connection.peer !== '') {
      if (!this.bindUid(client, hostOf(connection.peer))) return client;
    }
    this.wheel.add(client, client.due());
    this.upstream.enter(client);
    this.upstream.forward(client, eventKinds.connect, 0, 0, NOTHING, 0, 0);
    return client;
  }

  /** Gives a client its uid, unless that is denied. @returns whether it stays. */
  bindUid(client: GatewayClient, uid: string): boolean {
    if (this.door.admission.deniesUid(uid, this.clock.now())) {
      this.close(client, 'auth-failed', 'denied');
      return false;
    }
    this.tables.bindUid(client, uid);
    return true;
  }

  /** From now on these are denied too; those who are here go. */
  deny(list: DenyList): void {
    const { admission } = this.door;
    admission.deny(list);
    let gone = 0;
    for (const client of [...this.tables.byId.values()]) {
      const { uid, connection } = client;
      if (uid !== undefined && admission.deniesUid(uid, this.clock.now())) this.close(client, 'auth-failed', 'denied');
      else if (admission.deniesHost(hostOf(connection.peer))) this.close(client, 'server-closed', 'denied');
      else continue;
      gone++;
    }
    if (gone > 0) this.logger.info(`${gone} clients that were here are denied now: closed`);
  }

  /** Ends a client: its last bytes leave, and its worker is told behind its last message. */
  close(client: GatewayClient, reason: CloseReasonCode, detail: string, lost = false): void {
    if (client.stage !== 'live') return;
    this.look();
    if (!lost) client.behind?.flush();
    client.stage = lost ? 'gone' : 'closing';
    client.reason = reason;
    client.detail = detail;
    client.listener.clients--;
    this.count(reason);
    this.past.bytesIn += client.bytesIn;
    this.past.bytesOut += client.bytesOut + client.outBytes;
    this.past.framesIn += client.framesIn;
    this.past.framesOut += client.framesOut;
    if (this.logger.debugs !== false) {
      const text = `Client ${client.id} closed: ${reason}${detail === '' ? '' : ` (${detail})`}`;
      this.logger.debug(text, { client: client.id, protocol: client.listener.name, reason });
    }
    if (client.missed !== undefined) this.dropped.sum(client.id, client.missed);
    this.tables.remove(client);
    this.door.closed(client.connection, reason);
    this.wheel.remove(client);
    this.buffers.closed(client);
    client.requests?.fail('FG_CLOSED', `the client is gone (${reason})`);
    if (!lost) this.outbox.touch(client);
    this.#tellClosed(client);
  }

  /** Ends a client at once: what has not left is dropped. */
  destroy(client: GatewayClient, detail: string, reason: CloseReasonCode = 'server-closed'): void {
    this.close(client, reason, detail, true);
    client.connection.destroy();
  }

  #tellClosed(client: GatewayClient): void {
    // No worker has been told that it is there, nor will be.
    if ((client.epoch === 0 && client.waitingSince === 0) || client.seq === 0) {
      this.forget(client);
      return;
    }
    const w = new Writer(64);
    putU8(w, closeReasons.indexOf(client.reason));
    putString(w, client.detail);
    putU48(w, client.bytesIn);
    putU48(w, client.bytesOut + client.outBytes);
    putU32(w, client.framesIn);
    putU32(w, client.framesOut);
    if (this.stopping && client.peer === undefined) {
      this.forget(client);
      return;
    }
    client.closeSeq = client.seq + 1;
    this.upstream.forward(client, eventKinds.close, 0, 0, w.bytes, 0, w.length);
    this.wheel.add(client, client.due());
  }

  /** Nothing about the client is left to tell: its slot is free. */
  forget(client: GatewayClient): void {
    if (this.clients[client.ref] !== client) return;
    this.wheel.remove(client);
    this.upstream.forget(client);
    this.clients[client.ref] = undefined;
    this.#freeSlots.push(client.ref);
    if (this.#whenEmpty !== undefined && this.#clientCount() === 0) this.#whenEmpty();
  }

  #clientCount(): number {
    return this.clients.length - this.#freeSlots.length;
  }

  count(reason: CloseReasonCode): void {
    this.closes[reason] = (this.closes[reason] ?? 0) + 1;
  }

  slow(client: GatewayClient, waiting: number): void {
    const facts = { client: client.id, protocol: client.listener.name, reason: 'slow-client', bytes: waiting };
    this.logger.info(`Client ${client.id} reads too slowly: closed with ${waiting} bytes waiting`, facts);
    this.destroy(client, `${waiting} bytes waiting`, 'slow-client');
  }

  bad(client: GatewayClient, code: string, field: string, b: Uint8Array, start: number, end: number): void {
    this.badFrames.add(client.id, client.listener.table.protocol, code, field, this.received, b, start, end);
    if (this.logger.debugs === false) return;
    const text = `Bad frame of ${end - start} bytes from ${client.id}: ${code}${field === '' ? '' : ` in ${field}`}`;
    const { name: protocol } = client.listener;
    this.logger.debug(text, { client: client.id, protocol, reason: code, field, bytes: end - start });
  }
}

function runtimeOf(listener: GatewayListener): ListenerRuntime {
  const { protocol } = listener;
  if (protocol.limits.frame > MAX_FRAME) {
    throw new FramegateError(
      'FG_CONFIG',
      `Protocol "${protocol.id}" allows frames of ${protocol.limits.frame} bytes; at most ${MAX_FRAME} fit a link`,
    );
  }
  const limits = withDefaults(listener.limits);
  const table = new ProtocolTable(protocol);
  const flags = flagsOf(table, listener.delivery);
  const { where, proxy, tls } = listener;
  const slow = slowPolicy(limits, protocol);
  return {
    name: protocol.id,
    table,
    limits,
    flags,
    where,
    proxy,
    tls,
    slow,
    mostQueued: slow === undefined ? limits.sendBuffer : Number.POSITIVE_INFINITY,
    rates: ratesOf(limits),
    connects: new Rate(limits.connects, CONNECTS_BURST),
    comers: { paidAt: 0 },
    clients: 0,
    entering: new Set(),
  };
}
