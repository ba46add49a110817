/** The network of a simulated world: who listens where, which connections there are, and what befalls them. */
import {
  type Address,
  type Connection,
  type ConnectionHandler,
  type Endpoint,
  hostPort,
  type Listener,
  listenError,
  type Net,
} from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import { SimConnection } from './connection.js';
import type { Death, SimProcess } from './process.js';
import type { SimRandom } from './random.js';
import { Way } from './way.js';
import type { World } from './world.js';

export interface Weather {
  /** Milliseconds that a piece travels: at least, at most. */
  readonly latency: readonly [least: number, most: number];
  /** Probability that a write is cut into pieces, anywhere. */
  readonly shreds: number;
  /** Bytes that one direction of a connection holds between the processes. */
  readonly room: number;
  /** Milliseconds after which a system gives up on a peer that is silent. */
  readonly patience: number;
}

const calm: Weather = { latency: [0, 0], shreds: 0, room: 256 * 1024, patience: 40_000 };

/** Bytes that a read gives at most. */
export const READ_MOST = 64 * 1024;

interface Open {
  readonly process: SimProcess;
  readonly accept: (connection: Connection) => ConnectionHandler;
}

export class SimNetwork {
  readonly world: World;
  weather: Weather;
  /** What is read stands here until the call has returned: one buffer for all, as in a real process. */
  readonly lent: Uint8Array = new Uint8Array(READ_MOST);
  readonly #random: SimRandom;
  readonly #listeners = new Map<string, Open>();
  readonly #connections = new Set<SimConnection>();
  /** `from>to` of processes that do not hear from one another. */
  readonly #silences = new Set<string>();
  #lastPort = 20_000;
  #count = 0;

  constructor(world: World, weather: Partial<Weather>) {
    this.world = world;
    this.weather = { ...calm, ...weather };
    this.#random = world.random('network');
  }

  /** Connections between two processes, seen from the first. */
  between(a: SimProcess, b: SimProcess): SimConnection[] {
    return [...this.#connections].filter(c => c.process === a && c.other?.process === b);
  }

  /** Ends that are open. */
  get open(): number {
    return this.#connections.size;
  }

  /** Both ends of each connection between the two learn that it is broken. */
  cut(a: SimProcess, b: SimProcess): void {
    this.world.note(`cut ${a.name} ${b.name}`);
    for (const connection of this.between(a, b)) {
      const { other } = connection;
      connection.fail('ECONNRESET');
      other?.fail('ECONNRESET');
    }
  }

  /** What `from` sends does not reach `to` until {@link heal}; after a while the system gives up on it. */
  silence(from: SimProcess, to: SimProcess): void {
    this.world.note(`silence ${from.name} ${to.name}`);
    this.#silences.add(`${from.name}>${to.name}`);
    for (const connection of this.between(from, to)) this.#silence(connection);
  }

  heal(from: SimProcess, to: SimProcess): void {
    this.world.note(`heal ${from.name} ${to.name}`);
    this.#silences.delete(`${from.name}>${to.name}`);
    for (const connection of this.between(from, to)) connection.way.resume();
  }

  died(process: SimProcess, how: Death): void {
    for (const [key, listener] of this.#listeners) {
      // Nobody answers for a machine that is gone, not even with a refusal.
      if (listener.process === process && how === 'exit') this.#listeners.delete(key);
    }
    for (const connection of [...this.#connections]) {
      if (connection.process !== process) continue;
      if (how === 'exit') {
        connection.leave();
        continue;
      }
      const { other } = connection;
      connection.vanish();
      this.world.after(this.weather.patience, () => other?.fail('ETIMEDOUT'));
    }
  }

  closed(connection: SimConnection): void {
    this.#connections.delete(connection);
  }

  /** Where the system cuts the next piece of a write. */
  piece(): number {
    if (this.weather.shreds === 0 || !this.#random.chance(this.weather.shreds)) return Number.POSITIVE_INFINITY;
    return this.#random.chance(0.3) ? 1 : this.#random.integer(1, 400);
  }

  /** Whether a read ends where a piece does. */
  parts(): boolean {
    return this.weather.shreds > 0 && this.#random.chance(this.weather.shreds);
  }

  listen(process: SimProcess, where: Address, accept: Open['accept']): Listener<Address> {
    const address = { host: where.host, port: where.port === 0 ? ++this.#lastPort : where.port };
    const key = hostPort(address.host, address.port);
    if (this.#listeners.get(key)?.process.alive) throw listenError(where, 'EADDRINUSE');
    const listener: Open = { process, accept };
    this.#listeners.set(key, listener);
    const close = (): Promise<void> => {
      if (this.#listeners.get(key) === listener) this.#listeners.delete(key);
      return Promise.resolve();
    };
    return { address, close };
  }

  connect(process: SimProcess, to: Address, handler: ConnectionHandler): SimConnection {
    const number = ++this.#count;
    const target = hostPort(to.host, to.port);
    const [there, back] = [this.#way(), this.#way()];
    const from = hostPort(process.host, 40_000 + number);
    const dialled = new SimConnection(this, process, number, from, target, there);
    dialled.serve(handler);
    this.#connections.add(dialled);
    const server = this.#listeners.get(target)?.process;
    if (server !== undefined && this.#silences.has(`${process.name}>${server.name}`)) this.#silence(dialled);
    there.send(() => {
      const listener = this.#listeners.get(target);
      if (!dialled.open) return;
      if (listener?.process.alive === false) {
        this.world.after(this.weather.patience, () => dialled.fail('ETIMEDOUT'));
        return;
      }
      if (listener === undefined) {
        back.send(() => dialled.fail('ECONNREFUSED'));
        return;
      }
      const accepted = new SimConnection(this, listener.process, number, target, from, back);
      dialled.other = accepted;
      accepted.other = dialled;
      this.#connections.add(accepted);
      if (this.#silences.has(`${listener.process.name}>${process.name}`)) this.#silence(accepted);
      accepted.accepted();
      listener.process.call(() => accepted.serve(listener.accept(accepted)));
      back.send(() => dialled.opened());
    });
    return dialled;
  }

  #silence(connection: SimConnection): void {
    connection.way.silence();
    const { patience } = this.weather;
    this.world.after(patience, () => {
      if (connection.way.silentFor < patience - 1) return;
      connection.fail('ETIMEDOUT');
      connection.other?.fail('ETIMEDOUT');
    });
  }

  #way(): Way {
    return new Way(this.world, () => this.#random.between(...this.weather.latency));
  }
}

/** The network as one process reaches it. */
export class SimNet implements Net {
  readonly #network: SimNetwork;
  readonly #process: SimProcess;

  constructor(network: SimNetwork, process: SimProcess) {
    this.#network = network;
    this.#process = process;
  }

  async listen<A extends Endpoint>(where: A | { readonly fd: number }, accept: Open['accept']): Promise<Listener<A>> {
    if (!('port' in where)) throw listenError(where, 'EAFNOSUPPORT');
    return this.#network.listen(this.#process, where, accept) as Listener<Endpoint> as Listener<A>;
  }

  tls(): never {
    throw new FramegateError('FG_TLS', 'Cannot speak TLS on a simulated network; test such a listener on a real one');
  }

  connect(address: Endpoint, handler: ConnectionHandler): Connection {
    if ('path' in address)
      throw new FramegateError('FG_ADDRESS', 'A simulated network has no sockets in a file system');
    return this.#network.connect(this.#process, address, handler);
  }
}
