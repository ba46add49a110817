/** A whole cluster in a simulated world: registers, gateways and workers as processes that can die and come again. */
import { isDeepStrictEqual } from 'node:util';
import { ConnContext } from '../../src/codec/index.js';
import type { GatewayClient } from '../../src/gateway/client.js';
import type { QuarantinedMessage } from '../../src/gateway/quarantine.js';
import {
  type App,
  accept,
  defineApp,
  type Events,
  type Logger,
  type Running,
  startGateway,
  startRegister,
  startWorker,
} from '../../src/index.js';
import { SILENT } from '../../src/link/pulse.js';
import { MemoryDisk } from '../../src/net/index.js';
import type { Death, SimProcess, World } from '../../src/testing/sim/index.js';
import { HANDLER_TIMEOUT, ON_PURPOSE, StoryEvents } from './events.js';
import { story } from './generated/story/codec.js';
import type { Story } from './generated/story/types.js';
import type { History, Life, Visit } from './history.js';
import type { Keys } from './keys.js';

export interface Shape {
  readonly registers: number;
  readonly gateways: number;
  readonly workers: number;
  /** How many messages of one client are handled side by side; default 1. */
  readonly concurrent?: number;
}

/** Small, so that a slow reader is one soon. */
const SEND_BUFFER = 128 * 1024;
/** What a gateway may hold for one client: 256 KiB by probing, as much again for the sake of requests, and its last reads; small messages take more than their bytes. */
const HELD_MOST = 1024 * 1024;
/** Milliseconds after which a link breaks at the latest of what has befallen it. */
const LINK_BREAKS = 30_000;
/** Milliseconds between two looks at what gateways know. */
const LOOK = 250;
/** Errors that handlers are meant to make, and what comes of them. */
const EXPECTED = new RegExp(`${ON_PURPOSE}|The handler of "hang"|is quarantined|is kept in memory only`);
/** Length of a gateway's boot epoch in front of each client id. */
const EPOCH = 22;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A place in the cluster, and whoever lives there now. */
export class Place {
  readonly name: string;
  readonly role: Life['role'];
  readonly host: string;
  /** Of its machine: it outlives the processes. */
  readonly disk = new MemoryDisk();
  lives = 0;
  life: Life | undefined;
  process: SimProcess | undefined;
  running: Running | undefined;

  constructor(name: string, role: Life['role'], host: string) {
    this.name = name;
    this.role = role;
    this.host = host;
  }

  get alive(): boolean {
    return this.process?.alive === true;
  }
}

type Gateway = NonNullable<Running['gateway']>;

export class Cluster {
  readonly world: World;
  readonly history: History;
  readonly registers: Place[];
  readonly gateways: Place[];
  readonly workers: Place[];
  readonly concurrent: number;
  #intruders = 0;
  /** Workers whose machines are gone, and since when. */
  readonly #vanished = new Map<string, number>();
  /** What waited for clients at the last look, and what had left. */
  readonly #output = new WeakMap<GatewayClient, { readonly queued: number; readonly left: number }>();
  /** Since when all have found one another again, and nothing else happens to them but what they do to themselves. */
  wholeSince = Number.POSITIVE_INFINITY;
  /** Of all links; `undefined`: without. */
  keys: Keys | undefined;

  constructor(world: World, history: History, shape: Shape) {
    this.world = world;
    this.history = history;
    this.concurrent = shape.concurrent ?? 1;
    const places = (role: Life['role'], net: number, count: number): Place[] =>
      Array.from({ length: count }, (_, i) => new Place(`${role}${i + 1}`, role, `127.0.${net}.${i + 1}`));
    this.registers = places('register', 0, shape.registers);
    this.gateways = places('gateway', 1, shape.gateways);
    this.workers = places('worker', 2, shape.workers);
  }

  get places(): Place[] {
    return [...this.registers, ...this.gateways, ...this.workers];
  }

  /** Where clients of a gateway dial. */
  clientAddress(gateway: Place): { readonly host: string; readonly port: number } {
    return { host: gateway.host, port: 9000 };
  }

  /** Every worker has found every gateway. */
  get isLinked(): boolean {
    return this.workers.every(w => w.running?.worker?.links === this.gateways.length);
  }

  /** And no gateway counts on anybody else: of a machine that is gone it has to notice that it is silent. */
  get isWhole(): boolean {
    const living = this.workers.map(w => w.running?.worker?.id).sort();
    return (
      this.isLinked &&
      this.gateways.every(({ running }) => {
        const linked = Array.from(running?.gateway?.peers ?? []).filter(({ stage }) => stage === 'ready');
        return isDeepStrictEqual(linked.map(({ id }) => id).sort(), living);
      })
    );
  }

  boot(place: Place): void {
    if (place.alive) return;
    const name = `${place.name}.${++place.lives}`;
    const process = this.world.process(name, place.host, place.disk);
    const life: Life = {
      name,
      role: place.role,
      place: place.name,
      ended: undefined,
      how: undefined,
      crashed: false,
      stopping: undefined,
    };
    Object.assign(place, { process, life, running: undefined });
    this.world.note(`${name} boots`);
    this.#start(place, process, life).then(
      running => {
        place.running = running;
        if (running.gateway !== undefined) this.#watch(running.gateway, place, life);
      },
      (error: unknown) => {
        if (process.alive) this.history.violate('start', `${name} cannot start: ${String(error)}`);
      },
    );
  }

  #start(place: Place, process: SimProcess, life: Life): Promise<Running> {
    const logger = this.#logger(life);
    const addressOf = ({ host }: Place): string => `tcp://${host}:1236`;
    const register = place.role === 'register' ? [addressOf(place)] : this.registers.map(addressOf);
    const options = { platform: process.platform, logger, register, wait: 1e9 };
    if (this.keys !== undefined) this.keys.give(place.name, options);
    if (place.role === 'register') return startRegister(this.#app({}), options);
    if (place.role === 'worker') return startWorker(this.#app(new StoryEvents(this, life, process).module), options);
    const listen = [`tcp://${place.host}:9000`];
    return startGateway(this.#app({}), Object.assign(options, { listen, link: `tcp://${place.host}:0` }));
  }

  #app(events: Events<Story>): App {
    const { concurrent } = this;
    const limits = { sendBuffer: SEND_BUFFER };
    const listener = { listen: 'tcp://127.0.0.1:9000', protocol: story, limits };
    const worker = { slowHandlerMs: 1000, handlerTimeoutMs: HANDLER_TIMEOUT };
    const listeners = [{ ...listener, events: () => Promise.resolve(events), concurrent }];
    return defineApp({ listeners, worker, state: '/var/story' });
  }

  #logger(life: Life): Logger {
    const note = (level: string, text: string): void => {
      this.world.note(`${life.name} ${level} ${text}`);
    };
    return {
      debug: text => note('debug', text),
      info: text => note('info', text),
      warn: text => note('warn', text),
      error: text => {
        note('error', text);
        if (!EXPECTED.test(text)) this.history.violate('errors', `${life.name} logs: ${text}`);
      },
    };
  }

  /** Notes how the gateway ends its clients, which nobody outside of it can know. */
  #watch(gateway: Gateway, place: Place, life: Life): void {
    const { close, upstream } = gateway;
    const { noWorker, peerClosed } = upstream;
    gateway.close = (client, reason, ...rest) => {
      const visit = this.#visitAt(client.connection.peer, client.id, life);
      if (client.stage === 'live' && visit !== undefined) {
        visit.ended = { at: this.world.now, code: reason };
        this.history.count(`end: ${reason}`);
        this.#checkSession(visit, Number(client.session?.count ?? 0));
        if (reason === 'replaced') this.#checkReplaced(visit, client.uid ?? '');
      }
      close.call(gateway, client, reason, ...rest);
    };
    upstream.noWorker = client => {
      const visit = this.#visitAt(client.connection.peer, client.id, life);
      noWorker.call(upstream, client);
      // Of whom no worker has ever heard, none will; of all others one must.
      const isForgotten = gateway.clients[client.ref] !== client;
      this.history.count(
        isForgotten ? 'clients without a worker, forgotten' : 'clients without a worker, kept for one',
      );
      if (isForgotten && client.epoch === 0 && visit !== undefined) visit.unheard = true;
    };
    const { quarantine } = gateway;
    const { add } = quarantine;
    quarantine.add = message => {
      this.#putAway(message);
      add.call(quarantine, message);
    };
    upstream.peerClosed = (peer, was, ...rest) => {
      if (was === 'ready' && life.stopping === undefined) this.#checkLost(place, peer.id);
      this.history.count('output of the past that was dropped', peer.fenced);
      peerClosed.call(upstream, peer, was, ...rest);
    };
  }

  /** Its bytes say which one it is. */
  #putAway({ remoteAddress, message, bytes }: QuarantinedMessage): void {
    const visit = this.history.visits.get(remoteAddress)!;
    const decoded = story.decode('up', bytes, 0, bytes.length, new ConnContext());
    const n = decoded === undefined ? undefined : Number(decoded.value.n);
    if (decoded !== undefined && decoded.name !== message) {
      this.history.violate('poison', `"${message}" of ${visit.name} was put away with the bytes of "${decoded.name}"`);
    }
    visit.putAway.push({ at: this.world.now, message, n });
    this.history.count(`put away: ${message}`);
  }

  /** Somebody else has claimed the uid since. */
  #checkReplaced(visit: Visit, uid: string): void {
    const { claims } = this.history;
    const own = claims.findLast(c => c.visit === visit && c.uid === uid);
    if (claims.some(c => c.visit !== visit && c.uid === uid && c.ended > (own?.began ?? 0))) return;
    this.history.violate('single', `${visit.name} has lost "${uid}" to nobody who came later`);
  }

  /** Every confirmed write is there, and nothing that was not written. */
  #checkSession({ name, bumps, uncertainBumps }: Visit, count: number): void {
    if (count >= bumps && count <= bumps + uncertainBumps) return;
    this.history.violate('sessions', `${name} ends with ${count} after ${bumps} to ${bumps + uncertainBumps} writes`);
  }

  #visitAt(remote: string, clientId: string, life: Life): Visit | undefined {
    const visit = this.history.visits.get(remote);
    if (visit !== undefined && visit.clientId === '') {
      visit.clientId = clientId;
      visit.gateway = life;
      this.history.byClientId.set(clientId, visit);
    }
    return visit;
  }

  /** Neither has been touched by what breaks links, nor has what lies between them. */
  #checkLost(gateway: Place, workerId: string): void {
    const worker = this.workers.find(w => w.alive && w.running?.worker?.id === workerId);
    if (worker === undefined || !gateway.alive) return;
    const { now } = this.world;
    const [a, b] = [gateway.name, worker.name];
    if (this.history.parted(a, b, now - LINK_BREAKS, now)) return;
    this.history.violate('links', `${a} has lost ${b}, and nothing has come between them`);
  }

  /** That a machine is gone must be noticed, by its silence. */
  #checkSilence({ name }: Place, { peers }: Gateway): void {
    const { now } = this.world;
    for (const { id, stage } of peers) {
      const silent = now - (this.#vanished.get(id) ?? now);
      if (stage === 'closed' || silent < SILENT + LOOK) continue;
      if (this.history.faults.some(f => f.kind === 'frozen' && f.whom.includes(name) && f.until > now - silent))
        continue;
      this.history.violate('recovery', `${name} counts on worker ${id}, whose machine is gone for ${silent} ms`);
    }
  }

  /** What has left since the last look is less than what had to: a slow reader must cost itself. */
  #checkOutput(client: GatewayClient): void {
    const { queued } = client.connection;
    const left = client.bytesOut - queued;
    const before = this.#output.get(client);
    this.#output.set(client, { queued, left });
    if (before === undefined || queued <= SEND_BUFFER) return;
    // As long as nothing leaves nothing beyond the bound may be added.
    if (before.left === left && before.queued > 0 && queued > before.queued) {
      this.history.violate('memory', `${queued} bytes wait for ${client.id}, which reads nothing`);
    }
  }

  /** Looks again and again, to the end of the world. */
  watch(): void {
    this.look();
    this.world.after(LOOK, () => this.watch());
  }

  /** Connects what gateways know of their clients with what devices know. */
  look(): void {
    for (const place of this.gateways) {
      const gateway = place.running?.gateway;
      if (!place.alive || gateway === undefined) continue;
      this.#checkSilence(place, gateway);
      for (const client of gateway.clients) {
        if (client === undefined) continue;
        this.#visitAt(client.connection.peer, client.id, place.life!);
        const held = (client.backlog?.size ?? 0) + client.heldBytes;
        if (held > HELD_MOST) this.history.violate('memory', `${place.name} holds ${held} bytes for ${client.id}`);
        this.#checkOutput(client);
        if (client.pausedSince > 0) this.history.count('clients that were not read');
      }
    }
  }

  /** Somebody tries to be a worker, with a wrong key or with none. */
  intrude(hasKey: boolean): SimProcess {
    const process = this.world.process(`intruder.${++this.#intruders}`, '127.0.9.1');
    const events: Events<Story> = {
      onConnect: () => this.history.violate('keys', 'an intruder is given a client'),
      onHello: () => accept({ name: '' }),
    };
    const gateways = this.gateways.flatMap(({ running }) => (running === undefined ? [] : [running.inner]));
    const key = hasKey ? [this.keys!.make()] : [];
    const options = { platform: process.platform, logger: silent, gateways, key, wait: 1e9 };
    void startWorker(this.#app(events), options);
    return process;
  }

  // Faults.

  /** It is gone at once. */
  kill(place: Place, how: Death): void {
    if (!place.alive) return;
    this.look();
    if (place.role === 'gateway') this.#mourn(place);
    place.life!.ended = this.world.now;
    place.life!.how = how;
    const what = place.life!.crashed ? 'crashed' : how === 'exit' ? 'killed' : 'vanished';
    this.history.fault(`${place.role} ${what}`, [place.name]);
    if (how === 'vanish' && place.running?.worker !== undefined) {
      this.#vanished.set(place.running.worker.id, this.world.now);
    }
    place.process!.die(how);
    place.running = undefined;
  }

  /** A handler takes its worker down; it is started again soon. */
  crash(worker: Life): void {
    const place = this.workers.find(w => w.life === worker);
    if (place === undefined) return;
    this.history.count('crashes');
    worker.crashed = true;
    this.kill(place, 'exit');
    this.world.after(200, () => this.boot(place));
  }

  /** It stops in order; afterwards its place is free. */
  async stop(place: Place): Promise<void> {
    const { running, process, life } = place;
    // Who stands still does not hear that it shall stop.
    if (running === undefined || !place.alive || process!.frozen) return;
    this.look();
    const fault = this.history.fault(`${place.role} stopped`, [place.name], Number.POSITIVE_INFINITY);
    life!.how = 'stop';
    life!.stopping ??= this.world.now;
    // Whoever has no worker when its gateway stops is not told of to anybody.
    for (const client of running.gateway?.clients ?? []) {
      if (client?.peer !== undefined || client === undefined) continue;
      const visit = this.history.visits.get(client.connection.peer);
      if (visit !== undefined) visit.unheard = true;
    }
    let stopped = false;
    void running.stop().then(() => {
      stopped = true;
    });
    // It may be killed meanwhile.
    while (!stopped && process!.alive) await this.#sleep(50);
    fault.until = this.world.now;
    if (!process!.alive) return;
    life!.ended = this.world.now;
    process!.die();
    place.running = undefined;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.world.after(ms, resolve);
    });
  }

  /** Each client of a gateway that dies has a worker that must notice, if there is one. */
  #mourn(place: Place): void {
    for (const client of place.running?.gateway?.clients ?? []) {
      if (client === undefined) continue;
      const visit = this.history.visits.get(client.connection.peer);
      const worker = this.workers.find(w => w.alive && w.running?.worker?.id === client.peer?.id);
      if (visit === undefined || worker === undefined || worker.life?.how === 'stop') continue;
      const peer = worker.running!.worker!.gateways.peerOf(client.id);
      if (peer?.clients.some(c => c?.id === client.id)) visit.mourner = worker.life;
    }
  }

  // The truth, which only the simulation knows.

  /** Ids of the clients that have a uid. */
  holdersOf(uid: string): string[] {
    const gateways = this.gateways.flatMap(p =>
      p.alive && p.running?.gateway !== undefined ? [p.running.gateway] : [],
    );
    return gateways.flatMap(({ tables }) => Array.from(tables.byUid.get(uid) ?? [], client => client.id));
  }

  #gatewayClient(clientId: string) {
    const place = this.gateways.find(p => p.alive && p.running?.gateway?.bootEpoch === clientId.slice(0, EPOCH));
    return place?.running?.gateway?.clients.find(c => c?.id === clientId);
  }

  isOnline(clientId: string): boolean {
    return this.#gatewayClient(clientId)?.stage === 'live';
  }

  isBoundTo(clientId: string, worker: Life): boolean {
    const place = this.workers.find(w => w.life === worker);
    const id = place?.running?.worker?.id;
    return id !== undefined && this.#gatewayClient(clientId)?.peer?.id === id;
  }

  /** Clients of all gateways that live and that the worker knows of; those of a uid, if one is given. */
  onlineFor(worker: Life, uid?: string): Set<string> {
    const core = this.workers.find(w => w.life === worker)?.running?.worker;
    const online = new Set<string>();
    for (const place of this.gateways) {
      const gateway = place.running?.gateway;
      if (!place.alive || gateway === undefined || core?.gateways.knows(gateway.bootEpoch) !== true) continue;
      const { byId, byUid } = gateway.tables;
      const clients = uid === undefined ? byId.values() : (byUid.get(uid) ?? []);
      for (const { id } of clients) online.add(id);
    }
    return online;
  }
}
