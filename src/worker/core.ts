/**
 * A worker: runs the events modules of all protocols, over links to any number of gateways.
 *
 * created -> started -> draining -> stopped
 */

import type { ProtocolTypes } from '../codec/index.js';
import { type CallKind, dialLink, type Hello, type Link, marksOf, type Value } from '../link/index.js';
import { type Address, formatAddress, type Platform, type Timer } from '../net/index.js';
import { FramegateError, type Logger, loggable, type Protocol, ProtocolTable, place } from '../protocol/index.js';
import type { Events, Worker } from './api.js';
import type { WorkerClient } from './client.js';
import { Dispatcher } from './dispatcher.js';
import { type BoundEvents, bindEvents } from './events.js';
import { GatewayPeer } from './gateway-peer.js';
import { type EncodedSend, WorkerHandle, writeSend } from './handle.js';

export interface WorkerModule {
  readonly protocol: Protocol;
  readonly events: Events<ProtocolTypes>;
}

export interface WorkerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly modules: readonly WorkerModule[];
}

/** A gateway that a register names. */
export interface KnownGateway {
  readonly id: string;
  readonly epoch: string;
  readonly link: Address;
}

/** What a worker lets each gateway have under way. */
const CREDIT_EVENTS = 8192;
const CREDIT_BYTES = 8 * 1024 * 1024;
/** Milliseconds after the start in which sends wait for links that are still being made. */
const STARTING = 5000;
const EARLY_BYTES = 1024 * 1024;
/** Milliseconds that clients of a lost gateway may come back; two leases of a register. */
const ORPHANED = 10_000;
const BACK_OFF_FIRST = 100;
const BACK_OFF_MOST = 5000;
/** Length of the boot epoch in front of each client id. */
const EPOCH_LENGTH = 22;

const unhandledTexts = {
  uncaughtException: 'Uncaught exception',
  unhandledRejection: 'Unhandled rejection',
} as const;

interface Dialled {
  gateway: KnownGateway;
  /** The register still names it. */
  named: boolean;
  /** It has said that it goes. */
  leaving: boolean;
  peer: GatewayPeer | undefined;
  timer: Timer | undefined;
  attempts: number;
}

interface Orphans {
  readonly clients: readonly WorkerClient[];
  readonly timer: Timer;
}

export class WorkerCore {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly id: string;
  readonly dispatcher: Dispatcher;
  readonly #epoch: string;
  readonly #modules = new Map<string, BoundEvents>();
  readonly #handles = new Map<string, WorkerHandle>();
  readonly #protocols: Protocol[];
  /** Ready links, by the gateway's boot epoch. */
  readonly #peers = new Map<string, GatewayPeer>();
  readonly #all = new Set<GatewayPeer>();
  readonly #dialled = new Map<string, Dialled>();
  readonly #orphans = new Map<string, Orphans>();
  #stage: 'created' | 'started' | 'draining' | 'stopped' = 'created';
  #sayingStop = false;
  #early: EncodedSend[] | undefined = [];
  #earlyBytes = 0;
  #starting: Timer | undefined;
  /** Told whenever a link became ready. */
  onLinked: (() => void) | undefined;
  /** Told whenever one was lost. */
  onLost: (() => void) | undefined;

  /** @throws FramegateError `FG_EVENTS` */
  constructor(options: WorkerOptions) {
    this.platform = options.platform;
    this.logger = options.logger;
    this.dispatcher = new Dispatcher(options.logger);
    this.#epoch = Buffer.from(options.platform.random.bytes(8)).toString('hex');
    this.id = `w${this.#epoch.slice(0, 6)}`;
    for (const { protocol, events } of options.modules) {
      const table = new ProtocolTable(protocol);
      this.#modules.set(protocol.id, bindEvents(table, events));
      this.#handles.set(protocol.id, new WorkerHandle(this, table));
    }
    this.#protocols = options.modules.map(m => m.protocol);
  }

  /** Ready links. */
  get links(): number {
    return this.#peers.size;
  }

  /** Runs `onWorkerStart` of all modules; links are made afterwards. */
  async start(): Promise<void> {
    for (const [id, events] of this.#modules) {
      try {
        await events.onWorkerStart?.(this.handleFor(id));
      } catch (error) {
        throw new FramegateError('FG_EVENTS', `onWorkerStart of protocol "${id}" failed: ${loggable(error)}`, {
          cause: error,
        });
      }
    }
    this.#stage = 'started';
    this.#starting = this.platform.clock.setTimer(STARTING, () => this.#started());
  }

  hello(): Hello {
    const protocols = marksOf(this.#protocols);
    const credit = { creditEvents: CREDIT_EVENTS, creditBytes: CREDIT_BYTES };
    return { role: 'worker', id: this.id, epoch: this.#epoch, ...credit, protocols };
  }

  eventsOf(protocol: string): BoundEvents | undefined {
    return this.#modules.get(protocol);
  }

  handleFor(protocol: string): Worker {
    return this.#handles.get(protocol) as unknown as Worker;
  }

  // Links.

  /** Takes a link whose other end is a gateway. */
  addGateway(link: Link): GatewayPeer {
    const peer = new GatewayPeer(this, link);
    this.#all.add(peer);
    return peer;
  }

  /**
   * What the register knows: new gateways are dialled, departed ones are dialled no more.
   * @param gone boot epochs of those that have said that they go.
   */
  setView(gateways: readonly KnownGateway[], gone: readonly string[] = []): void {
    if (this.#stage !== 'started') return;
    for (const epoch of gone) {
      const leaving = this.#dialled.get(epoch);
      if (leaving !== undefined) leaving.leaving = true;
    }
    const named = new Set<string>();
    for (const gateway of gateways) {
      named.add(gateway.epoch);
      const known = this.#dialled.get(gateway.epoch);
      if (known !== undefined) {
        known.gateway = gateway;
        known.named = true;
        continue;
      }
      const dialled: Dialled = { gateway, named: true, leaving: false, peer: undefined, timer: undefined, attempts: 0 };
      this.#dialled.set(gateway.epoch, dialled);
      this.#dial(dialled);
    }
    for (const [epoch, dialled] of this.#dialled) {
      if (named.has(epoch)) continue;
      dialled.named = false;
      // A link that stands says more than a register that has forgotten.
      if (this.#peers.has(epoch)) continue;
      dialled.timer?.cancel();
      this.#dialled.delete(epoch);
      this.#gatewayGone(epoch, false);
    }
  }

  #dial(dialled: Dialled): void {
    dialled.timer = undefined;
    const peer = this.addGateway(dialLink(this.platform.net, this.platform.turn, dialled.gateway.link));
    dialled.peer = peer;
  }

  #redial(dialled: Dialled, why: string): void {
    if (this.#stage !== 'started') return;
    dialled.peer = undefined;
    const longest = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** dialled.attempts++);
    const pause = longest * (0.5 + this.platform.random.fraction() / 2);
    if (dialled.attempts === 1) {
      this.logger.debug(`No link to gateway ${formatAddress(dialled.gateway.link)} (${why}); trying again`);
    }
    dialled.timer = this.platform.clock.setTimer(pause, () => this.#dial(dialled));
  }

  peerReady(peer: GatewayPeer): void {
    this.#peers.set(peer.epoch, peer);
    const dialled = this.#dialled.get(peer.epoch);
    if (dialled !== undefined) dialled.attempts = 0;
    // The gateway lives and has bound its clients anew, here or elsewhere.
    const orphans = this.#orphans.get(peer.epoch);
    orphans?.timer.cancel();
    this.#orphans.delete(peer.epoch);
    this.logger.debug(`Linked to gateway ${peer.id} at ${peer.link.peer}`);
    for (const send of this.#early ?? []) writeSend(peer.link, send);
    this.onLinked?.();
  }

  peerClosed(peer: GatewayPeer, wasReady: boolean, why: string): void {
    this.#all.delete(peer);
    if (this.#peers.get(peer.epoch) === peer) this.#peers.delete(peer.epoch);
    const dialled = [...this.#dialled.values()].find(d => d.peer === peer);
    if (dialled !== undefined && !dialled.named) this.#dialled.delete(dialled.gateway.epoch);
    if (wasReady) this.#keepOrphans(peer, why, dialled?.leaving === true);
    if (dialled?.named === true) this.#redial(dialled, why);
  }

  #keepOrphans(peer: GatewayPeer, why: string, expected: boolean): void {
    const clients = peer.clients.filter(c => c !== undefined);
    peer.clients = [];
    for (const client of clients) {
      client.current?.abort();
      // What has not begun is delivered again, here or elsewhere.
      client.queue = undefined;
    }
    if (this.#stage !== 'started') return;
    const lost = expected ? `Gateway ${peer.id} has left` : `Lost gateway ${peer.id} (${why})`;
    const text = `${lost}; ${clients.length} clients were bound here`;
    if (clients.length > 0) this.logger[expected ? 'info' : 'warn'](text);
    else this.logger.debug(text);
    const timer = this.platform.clock.setTimer(ORPHANED, () => this.#gatewayGone(peer.epoch, true));
    this.#orphans.set(peer.epoch, { clients, timer });
    if (peer.link.remote && !this.#dialled.has(peer.epoch)) this.#gatewayGone(peer.epoch, false);
    this.onLost?.();
  }

  #gatewayGone(epoch: string, uncertain: boolean): void {
    const orphans = this.#orphans.get(epoch);
    if (orphans === undefined) return;
    this.#orphans.delete(epoch);
    orphans.timer.cancel();
    for (const client of orphans.clients) if (!client.closed) this.dispatcher.lost(client, uncertain);
  }

  // Sends and questions.

  /** The link to the gateway that made a client id. */
  peerOf(clientId: string): GatewayPeer | undefined {
    return this.#peers.get(clientId.slice(0, EPOCH_LENGTH));
  }

  /** Id of the gateway that made a client id, if it is known but not linked. */
  unlinked(clientId: string): string | undefined {
    const epoch = clientId.slice(0, EPOCH_LENGTH);
    return this.#peers.has(epoch) ? undefined : this.#dialled.get(epoch)?.gateway.id;
  }

  /** To every gateway; during the start also to those that are linked a little later. */
  spread(send: EncodedSend): void {
    for (const peer of this.#peers.values()) writeSend(peer.link, send);
    if (this.#early === undefined) return;
    this.#earlyBytes += send.frame.length + 64;
    if (this.#earlyBytes > EARLY_BYTES) {
      this.logger.warn('More was sent before the first link than is kept; the rest goes to linked gateways only');
      this.#early = undefined;
      return;
    }
    this.#early.push({ ...send, frame: send.frame.slice() });
  }

  #started(): void {
    this.#early = undefined;
  }

  /** Ids of gateways that are known and not linked. */
  missing(): string[] {
    const missing: string[] = [];
    for (const [epoch, { gateway }] of this.#dialled) if (!this.#peers.has(epoch)) missing.push(gateway.id);
    return missing;
  }

  /** The same question to every gateway. */
  async ask(kind: CallKind, args: readonly Value[]): Promise<{ values: unknown[]; missing: string[] }> {
    const missing = this.missing();
    const values: unknown[] = [];
    const asked = [...this.#peers.values()].map(async peer => {
      try {
        values.push(await peer.call(kind, args));
      } catch {
        missing.push(peer.id);
      }
    });
    await Promise.all(asked);
    return { values, missing };
  }

  // The end.

  /**
   * Takes no more events, lets handlers settle within `within` milliseconds, runs `onWorkerStop`, and leaves.
   */
  async stop(within = 10_000): Promise<void> {
    if (this.#stage === 'stopped' || this.#stage === 'draining') return;
    this.#stage = 'draining';
    this.#starting?.cancel();
    for (const dialled of this.#dialled.values()) dialled.timer?.cancel();
    for (const orphans of this.#orphans.values()) orphans.timer.cancel();
    // The answer comes behind the last event that was on its way.
    for (const peer of this.#peers.values()) peer.drain();
    const settled = this.ask(0 as CallKind, []).then(() => this.dispatcher.idle());
    if (!(await this.#inTime(settled, within))) {
      this.logger.warn(`Some handlers have not settled within ${within} ms; stopping without them`);
    }
    if (!(await this.#inTime(this.#sayStop(), within))) {
      this.logger.warn(`onWorkerStop has not settled within ${within} ms; stopping without it`);
    }
    this.#stage = 'stopped';
    for (const peer of [...this.#all]) peer.link.close();
  }

  /** Names of what a stop waits for. */
  handling(): string[] {
    return this.#sayingStop ? ['onWorkerStop'] : this.dispatcher.handling();
  }

  async #sayStop(): Promise<void> {
    this.#sayingStop = true;
    for (const [id, events] of this.#modules) {
      try {
        await events.onWorkerStop?.(this.handleFor(id));
      } catch (error) {
        this.logger.error(`onWorkerStop failed: ${loggable(error)}`);
      }
    }
  }

  #inTime(work: Promise<void>, within: number): Promise<boolean> {
    return new Promise(resolve => {
      const timer = this.platform.clock.setTimer(within, () => resolve(false));
      work.then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }

  /** An error outside of any handler, such as a rejected promise that nobody awaited. */
  unhandled(error: unknown, what: keyof typeof unhandledTexts): void {
    this.logger.error(`${unhandledTexts[what]}: ${loggable(error)}${place(error)}`);
    for (const events of this.#modules.values()) this.dispatcher.report(events.onError, error, { message: what });
  }
}
