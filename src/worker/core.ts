/**
 * A worker: runs the events modules of all protocols, over links to any number of gateways.
 *
 * created -> started -> draining -> stopped
 */

import type { ProtocolTypes } from '../codec/index.js';
import { BARRIER, calls, type Hello, KeyRing, type Link, marksOf, type Side } from '../link/index.js';
import type { Platform, Timer } from '../net/index.js';
import { FramegateError, type Logger, loggable, type Protocol, ProtocolTable, place } from '../protocol/index.js';
import type { Events, Worker } from './api.js';
import type { WorkerClient } from './client.js';
import { Dispatcher } from './dispatcher.js';
import { type BoundEvents, bindEvents } from './events.js';
import { GatewayPeer } from './gateway-peer.js';
import { Gateways, type KnownGateway } from './gateways.js';
import { type Lookout, Orphans } from './orphans.js';
import { Timers } from './timers.js';
import { UidPresence } from './uid-presence.js';
import { type HandlerLimits, handlerLimits } from './watch.js';
import { OwnWorkerHandle } from './worker-handle.js';

export interface WorkerModule {
  readonly protocol: Protocol;
  readonly events: Events<ProtocolTypes>;
  /** Handlers of one client at the same time; default 1. */
  readonly concurrent?: number | undefined;
}

export interface WorkerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly modules: readonly WorkerModule[];
  /** Default: none; then only gateways without keys are linked. */
  readonly keys?: KeyRing | undefined;
  readonly limits?: HandlerLimits;
}

/** What a worker lets each gateway have under way. */
const CREDIT_EVENTS = 8192;
const CREDIT_BYTES = 8 * 1024 * 1024;
/** Milliseconds after the start in which sends wait for links that are still being made. */
const STARTING = 5000;
/** Milliseconds that gateways get to read what a worker has said that stops. */
const LAST_WORDS = 3000;

const unhandledTexts = {
  uncaughtException: 'Uncaught exception',
  unhandledRejection: 'Unhandled rejection',
} as const;

export class WorkerCore {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly id: string;
  readonly dispatcher: Dispatcher;
  readonly gateways: Gateways<GatewayPeer>;
  /** Where an events module asks for it. */
  readonly presence: UidPresence | undefined;
  readonly #epoch: string;
  readonly #modules = new Map<string, BoundEvents>();
  readonly #handles = new Map<string, OwnWorkerHandle>();
  readonly #timers: Timers;
  readonly #protocols: Protocol[];
  readonly #orphans: Orphans<WorkerClient>;
  #stage: 'created' | 'started' | 'draining' | 'stopped' = 'created';
  #sayingStop = false;
  #starting: Timer | undefined;
  /** Events that are done, as far as gateways have been told. */
  settled = 0;
  /** Exceptions and rejections outside of any handler. */
  unhandledErrors = 0;
  /** Told whenever a link became ready. */
  onLinked: (() => void) | undefined;
  /** Told whenever one was lost. */
  onLost: (() => void) | undefined;

  /** @throws FramegateError `FG_EVENTS` */
  constructor(options: WorkerOptions) {
    this.platform = options.platform;
    this.logger = options.logger;
    this.dispatcher = new Dispatcher(options.platform, options.logger, handlerLimits(options.limits ?? {}));
    this.#epoch = Buffer.from(options.platform.random.bytes(8)).toString('hex');
    const lost = (clients: readonly WorkerClient[], uncertain: boolean): void => this.#gatewayLost(clients, uncertain);
    this.#orphans = new Orphans(this.platform.clock, this.#epoch, lost);
    this.id = `w${this.#epoch.slice(0, 6)}`;
    this.gateways = new Gateways<GatewayPeer>({
      platform: this.platform,
      logger: this.logger,
      id: this.id,
      keys: options.keys ?? new KeyRing(),
      hello: () => this.hello(),
      create: (owner, link, side) => new GatewayPeer(this, owner, link, side),
      onReady: peer => this.#linked(peer),
      onLost: (peer, why, leaving) => this.#lost(peer, why, leaving),
      onGone: () => {
        this.#orphans.check();
        this.presence?.recheck();
      },
    });
    this.#timers = new Timers(this.platform.clock, this.gateways);
    for (const { protocol, events, concurrent } of options.modules) {
      const table = new ProtocolTable(protocol);
      const bound = bindEvents(table, events, concurrent);
      const failed = (error: unknown): void => this.#failed(bound, 'timer', error);
      this.#modules.set(protocol.id, bound);
      this.#handles.set(protocol.id, new OwnWorkerHandle(this.gateways, table, this.#timers, failed));
    }
    const watches = [...this.#modules.values()].some(m => m.onUidOnline !== undefined || m.onUidOffline !== undefined);
    this.presence = watches
      ? new UidPresence(this.gateways, (uid, online) => this.#sayPresence(uid, online))
      : undefined;
    this.#protocols = options.modules.map(m => m.protocol);
  }

  /** Ready links. */
  get links(): number {
    return this.gateways.links;
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
    this.#starting = this.platform.clock.setTimer(STARTING, () => this.gateways.started());
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
  addGateway(link: Link, side: Side = 'dialled'): GatewayPeer {
    return this.gateways.add(link, side);
  }

  /** What the register knows; see {@link Gateways.setView}. */
  setView(gateways: readonly KnownGateway[], gone: readonly string[] = [], certain = true): void {
    if (this.#stage !== 'started') return;
    this.gateways.setView(gateways, gone, certain);
    this.#orphans.check();
  }

  /** Who can say what became of gateways that are lost: the registers. */
  set lookout(lookout: Lookout) {
    this.#orphans.lookout = lookout;
  }

  #linked(peer: GatewayPeer): void {
    peer.address = peer.link.peer;
    peer.givenUp = this.#orphans.linked(peer);
    if (peer.givenUp !== undefined) {
      const ended = peer.call(calls.each, [calls.destroyClient, [...peer.givenUp], 'its gateway was given up']);
      ended.catch(() => {});
    }
    if (this.presence !== undefined) {
      peer.watch();
      this.presence.recheck();
    }
    this.onLinked?.();
  }

  #lost(peer: GatewayPeer, why: string, leaving: boolean): void {
    const clients = peer.clients.filter(c => c !== undefined);
    peer.clients = [];
    for (const client of clients) {
      client.abort();
      // What has not begun is delivered again, here or elsewhere.
      client.queue = undefined;
    }
    if (this.#stage === 'stopped') return;
    const lost = leaving ? `Gateway ${peer.id} has left` : `Lost gateway ${peer.id} (${why})`;
    const text = `${lost}; ${clients.length} clients were bound here`;
    if (clients.length > 0) this.logger[leaving ? 'info' : 'warn'](text);
    else this.logger.debug(text);
    // Of whose `onConnect` nobody has heard, nobody need hear that they are gone.
    const met = clients.filter(client => client.met);
    this.#orphans.add(peer, met);
    if (!this.gateways.knows(peer.epoch)) this.presence?.recheck();
    this.onLost?.();
  }

  #gatewayLost(clients: readonly WorkerClient[], uncertain: boolean): void {
    for (const client of clients) if (!client.closed) this.dispatcher.lost(client, uncertain);
  }

  #sayPresence(uid: string, online: boolean): void {
    if (this.#stage !== 'started') return;
    for (const [id, events] of this.#modules) {
      const handler = online ? events.onUidOnline : events.onUidOffline;
      const message = online ? 'uidOnline' : 'uidOffline';
      const failed = (error: unknown): void => this.#failed(events, message, error);
      try {
        Promise.resolve(handler?.(uid, this.handleFor(id))).catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Something of an events module that is no handler of a client's event has thrown. */
  #failed(events: BoundEvents, message: string, error: unknown): void {
    this.logger.error(`The handler of "${message}" failed: ${loggable(error)}${place(error)}`);
    this.dispatcher.report(events.onError, error, { message });
  }

  // The end.

  /**
   * Takes no more events, lets handlers settle within `within` milliseconds, runs `onWorkerStop`, and leaves.
   * @returns the names of the messages whose handlers had not settled by then.
   */
  async stop(within = 10_000): Promise<readonly string[]> {
    if (this.#stage === 'stopped' || this.#stage === 'draining') return [];
    const unsettled: string[] = [];
    this.#stage = 'draining';
    this.#starting?.cancel();
    this.gateways.dialNoMore();
    // The answer comes behind the last event that was on its way.
    for (const peer of this.gateways.ready()) peer.drain();
    const settled = this.gateways.ask(BARRIER, []).then(async () => {
      this.#orphans.end();
      await Promise.all([this.dispatcher.idle(), this.#timers.stop()]);
    });
    if (!(await this.#inTime(settled, within))) {
      unsettled.push(...this.dispatcher.watch.names());
      this.logger.warn(`Some handlers have not settled within ${within} ms; stopping without them`);
    }
    if (!(await this.#inTime(this.#sayStop(), within))) {
      unsettled.push('onWorkerStop');
      this.logger.warn(`onWorkerStop has not settled within ${within} ms; stopping without it`);
    }
    // With the process goes what it has said and its system has not taken: replies, and what is done and not to be done again.
    await this.#inTime(this.#heard(), LAST_WORDS);
    this.#stage = 'stopped';
    this.dispatcher.watch.stop();
    this.gateways.close();
    return unsettled;
  }

  /** Names of what a stop waits for. */
  handling(): string[] {
    return this.#sayingStop ? ['onWorkerStop'] : this.dispatcher.watch.names();
  }

  async #heard(): Promise<void> {
    await Promise.all(Array.from(this.gateways.ready(), peer => peer.heard()));
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
    this.unhandledErrors++;
    this.logger.error(`${unhandledTexts[what]}: ${loggable(error)}${place(error)}`);
    for (const events of this.#modules.values()) this.dispatcher.report(events.onError, error, { message: what });
  }
}
