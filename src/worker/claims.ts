/**
 * One login for each uid, over all gateways: the client's gateway gives a stamp that is later than what the others have, and
 * the others are told it. Those that cannot be reached are told when they are linked again; until then two may live.
 */
import { calls, type Value } from '../link/index.js';
import type { Bound } from './cluster.js';
import type { GatewayLink } from './gateway-link.js';
import type { Gateways } from './gateways.js';

/** Claims that are kept for a gateway that cannot be reached; the oldest are forgotten first. */
const OWED = 10_000;

/** What the client's gateway answers: stamp, how many it has closed; or that the client is gone, or has another uid by now. */
type Stamped = readonly [stamp: number, closed: number] | false;

export class Claims {
  readonly #gateways: Gateways;
  /** By the epoch that stands for the gateway, then by uid: the last claim is all that counts. */
  readonly #owed = new Map<string, Map<string, readonly Value[]>>();

  constructor(gateways: Gateways) {
    this.#gateways = gateways;
  }

  /**
   * The client, which has the uid already, becomes the only one.
   * @param farewell detail and last messages for those that go.
   * @param claim asks the client's own gateway.
   */
  async make(
    uid: string,
    clientId: string,
    farewell: readonly Value[],
    claim: (args: readonly Value[]) => Promise<unknown>,
  ): Promise<Bound> {
    const latest = await this.#gateways.ask(calls.latestStamp, [uid]);
    const after = Math.max(0, ...(latest.answers as number[]));
    const stamped = (await claim([uid, after, ...farewell])) as Stamped;
    if (stamped === false) return { bound: false, value: 0, complete: true, missing: [] };
    return this.#spread(uid, stamped, clientId, farewell);
  }

  /** Tells all other gateways what the client's own has answered. */
  async #spread(
    uid: string,
    [stamp, closed]: Exclude<Stamped, false>,
    id: string,
    farewell: readonly Value[],
  ): Promise<Bound> {
    const claim = [uid, stamp, id, ...farewell];
    const own = this.#gateways.peerOf(id);
    for (const { epoch, peer } of this.#gateways.epochs()) if (peer === undefined) this.#owe(epoch, uid, claim);
    const { answers, complete, missing } = await this.#gateways.gather(async peer => {
      if (peer === own) return closed;
      // Until it has answered: the link may be lost before.
      const epoch = this.#gateways.epochWithoutLink(peer);
      this.#owe(epoch, uid, claim);
      const more = (await peer.call(calls.claimed, claim)) as number;
      this.#settle(epoch, uid, claim);
      return more;
    });
    return { bound: true, value: answers.reduce((sum, n) => sum + n, 0), complete, missing };
  }

  /** A gateway is linked, perhaps again. */
  linked(peer: GatewayLink): void {
    const epoch = this.#gateways.epochWithoutLink(peer);
    for (const [uid, claim] of this.#owed.get(epoch) ?? []) {
      peer.call(calls.claimed, claim).then(() => this.#settle(epoch, uid, claim), ignored);
    }
  }

  /** A gateway is gone for good, and its clients with it. */
  gone(epoch: string): void {
    this.#owed.delete(epoch);
  }

  #owe(epoch: string, uid: string, claim: readonly Value[]): void {
    let owed = this.#owed.get(epoch);
    if (owed === undefined) {
      owed = new Map();
      this.#owed.set(epoch, owed);
    }
    owed.delete(uid);
    owed.set(uid, claim);
    if (owed.size > OWED) owed.delete(owed.keys().next().value!);
  }

  #settle(epoch: string, uid: string, claim: readonly Value[]): void {
    const owed = this.#owed.get(epoch);
    if (owed?.get(uid) === claim) owed.delete(uid);
    if (owed?.size === 0) this.#owed.delete(epoch);
  }
}

function ignored(): void {}
