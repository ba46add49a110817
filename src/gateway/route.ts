/** Which worker a client is bound to. Once bound it stays there until the worker goes, or its login says otherwise. */
import type { Random } from '../net/index.js';
import { errorText, FramegateError, type Logger } from '../protocol/index.js';
import type { GatewayClient } from './client.js';
import type { WorkerPeer } from './worker-peer.js';

/** A client, as a routing function sees it. */
export interface RoutedClient {
  readonly id: string;
  /** `undefined` until it has logged in. */
  readonly uid: string | undefined;
  readonly protocol: string;
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
}

/** A worker, as a routing function sees it. */
export interface RoutableWorker {
  /** Changes with each start of the process. */
  readonly id: string;
  /** Clients of this gateway that are bound to it. */
  readonly clients: number;
}

/** Chooses one of the workers, of which there is at least one; `undefined` leaves it to `least-connections`. */
export type RouteFunction = (client: RoutedClient, workers: readonly RoutableWorker[]) => RoutableWorker | undefined;

const routes = ['least-connections', 'round-robin', 'random', 'uid'] as const;

/**
 * How a gateway chooses the worker of a client.
 * - `least-connections`: the one with the fewest clients
 * - `round-robin`: one after the other
 * - `random`
 * - `uid`: all connections of a uid have the same worker: when a client has logged in it moves there
 * - a function of your own; it is asked when a client connects, and again when it has logged in
 */
export type Route = (typeof routes)[number] | RouteFunction;

/** @throws FramegateError `FG_CONFIG` */
export function checkRoute(route: unknown): void {
  if (route === undefined || typeof route === 'function' || routes.includes(route as (typeof routes)[number])) return;
  const text = `"route" of a gateway is ${routes.map(r => `"${r}"`).join(', ')} or a function; it is "${String(route)}"`;
  throw new FramegateError('FG_CONFIG', text);
}

export class Router {
  readonly #route: Route;
  readonly #random: Random;
  readonly #logger: Logger;
  #turn = 0;
  #complained = false;

  constructor(route: Route, random: Random, logger: Logger) {
    this.#route = route;
    this.#random = random;
    this.#logger = logger;
  }

  /** A login may change what was chosen. */
  get heedsLogin(): boolean {
    return this.#route === 'uid' || typeof this.#route === 'function';
  }

  /**
   * @param peers all links
   * @param sameUid the client and others with its uid
   */
  choose(
    client: GatewayClient,
    peers: Iterable<WorkerPeer>,
    sameUid: readonly GatewayClient[],
  ): WorkerPeer | undefined {
    const { name } = client.listener;
    const able: WorkerPeer[] = [];
    for (const peer of peers) if (peer.stage === 'ready' && peer.shared.has(name)) able.push(peer);
    if (able.length < 2) return able[0];
    const route = this.#route;
    switch (route) {
      case 'least-connections':
        return least(able);
      case 'round-robin':
        return able[this.#turn++ % able.length];
      case 'random':
        return able[Math.floor(this.#random.fraction() * able.length)];
      case 'uid':
        return byUid(client, able, sameUid) ?? least(able);
      default:
        return this.#own(route, client, able) ?? least(able);
    }
  }

  #own(route: RouteFunction, client: GatewayClient, able: readonly WorkerPeer[]): WorkerPeer | undefined {
    const { id, uid, listener, connection } = client;
    try {
      const workers = able.map(peer => ({ id: peer.id, clients: peer.clients }));
      const chosen = route({ id, uid, protocol: listener.name, remoteAddress: connection.peer }, workers);
      if (chosen === undefined) return undefined;
      const found = able.find(peer => peer.id === chosen.id);
      if (found === undefined) this.#complain(`it gave "${String(chosen.id)}", which is none of the workers`);
      return found;
    } catch (error) {
      this.#complain(errorText(error));
      return undefined;
    }
  }

  /** Once: it is asked for each client. */
  #complain(why: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#logger.error(`The app's own route has failed, so clients go to the worker with the fewest: ${why}`);
  }
}

function least(able: readonly WorkerPeer[]): WorkerPeer {
  let best = able[0]!;
  for (const peer of able) if (peer.clients < best.clients) best = peer;
  return best;
}

/** Where the uid is already; else, by rendezvous hashing, where it would be from any gateway. */
function byUid(
  client: GatewayClient,
  able: readonly WorkerPeer[],
  sameUid: readonly GatewayClient[],
): WorkerPeer | undefined {
  const { uid } = client;
  if (uid === undefined) return undefined;
  for (const other of sameUid) {
    if (other !== client && !other.moving && other.peer !== undefined && able.includes(other.peer)) return other.peer;
  }
  let best: WorkerPeer | undefined;
  let most = -1;
  for (const peer of able) {
    const weight = hash(`${uid}\n${peer.id}`);
    if (weight > most) {
      most = weight;
      best = peer;
    }
  }
  return best;
}

/** FNV-1a with a last stir, which makes the high bits depend on all characters. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}
