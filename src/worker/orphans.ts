/**
 * The clients of gateways that this worker has lost the link to. Whose they are shows later: their gateway may be linked
 * again, may have another worker for them, or be gone; only in that last case does this worker have to say that they are
 * closed, once.
 */
import type { Clock, Timer } from '../net/index.js';

/** What the registers know, or `undefined` where there are none. */
export interface Lookout {
  /** Milliseconds for which a gateway counts as there without renewal. */
  readonly lease: number;
  /** A register answers. */
  readonly reached: boolean;
  /** A register answers whose silence about a gateway means something. */
  readonly informed: boolean;
  /** Workers besides this one. */
  readonly otherWorkers: number;
  about(id: string, epoch: string): Sighting;
  /** Binding epoch up to which this boot of a gateway has given the clients of a worker to others; 0: none. */
  movedFrom(id: string, epoch: string, worker: string): number;
}

/** What is known of one boot of a gateway. */
export interface Sighting {
  /** `left`: it has said that it goes, or a later boot has its place. `silent`: its lease has run out. */
  readonly state: 'up' | 'left' | 'silent';
  /** Monotonic time at which it was last heard of. */
  readonly renewed: number | undefined;
}

/**
 * - `wait`: it cannot be told yet.
 * - `elsewhere`: the gateway has said that other workers have them.
 * - `lost`: the gateway is gone.
 * - `uncertain`: it is probably gone, and there is nobody to ask.
 */
export type Verdict = 'wait' | 'elsewhere' | 'lost' | 'uncertain';

/** Milliseconds of a lease where no register says another. */
const LEASE = 5000;
/** Leases without renewal after which a gateway is given up. */
const PATIENCE = 2;
/** Leases after which nobody waits any longer for a register to settle. */
const PATIENCE_MOST = 6;
/** Clients that are remembered as given up; the oldest are forgotten first. */
const REMEMBERED = 100_000;
/**
 * @param lostAt monotonic time at which the link was lost
 * @param moved other workers have the clients
 */
export function judge(
  now: number,
  lostAt: number,
  lookout: Lookout | undefined,
  sighting: Sighting,
  moved = false,
): Verdict {
  const { lease } = lookout ?? { lease: LEASE };
  const { state, renewed = Number.NEGATIVE_INFINITY } = sighting;
  if (moved) return 'elsewhere';
  if (state === 'left') return 'lost';
  if (now < lostAt + PATIENCE * lease) return 'wait';
  if (state === 'up' || now < renewed + PATIENCE * lease) return 'wait';
  if (lookout?.informed === true) return 'lost';
  // A register that has just started may yet hear of it.
  return lookout?.reached === true && now < lostAt + PATIENCE_MOST * lease ? 'wait' : 'uncertain';
}

interface Orphan {
  readonly id: string;
  /** Of its binding; they go up. */
  readonly epoch: number;
}

interface Group<C extends Orphan> {
  readonly id: string;
  readonly epoch: string;
  /** `host:port` at which it was linked. */
  readonly address: string;
  readonly clients: readonly C[];
  /** The last binding epoch among them. */
  readonly last: number;
  readonly lostAt: number;
}

export class Orphans<C extends Orphan> {
  lookout: Lookout | undefined;
  readonly #clock: Clock;
  /** Boot epoch of this worker. */
  readonly #own: string;
  readonly #close: (clients: readonly C[], uncertain: boolean) => void;
  readonly #groups = new Map<string, Group<C>>();
  /** Clients that were said to be closed, by their gateway's boot epoch. */
  readonly #givenUp = new Map<string, Set<string>>();
  #remembered = 0;
  #timer: Timer | undefined;
  #ended = false;

  constructor(clock: Clock, own: string, close: (clients: readonly C[], uncertain: boolean) => void) {
    this.#clock = clock;
    this.#own = own;
    this.#close = close;
  }

  /** The link to a gateway is lost that had these clients bound here. */
  add(gateway: { readonly id: string; readonly epoch: string; readonly address: string }, clients: readonly C[]): void {
    if (clients.length === 0) return;
    const { id, epoch, address } = gateway;
    const last = clients.reduce((most, client) => Math.max(most, client.epoch), 0);
    this.#groups.set(epoch, { id, epoch, address, clients, last, lostAt: this.#clock.now() });
    if (this.#ended) this.end();
    else this.check();
  }

  /**
   * A gateway is linked: it has bound its clients anew, here or elsewhere. Whoever was at its address before is gone.
   * @returns ids of its clients that were said to be closed while it was away: they must not live on.
   */
  linked(gateway: { readonly epoch: string; readonly address: string }): ReadonlySet<string> | undefined {
    this.#groups.delete(gateway.epoch);
    for (const group of [...this.#groups.values()]) {
      if (group.address === gateway.address) this.#settle(group, 'lost');
    }
    this.check();
    return this.#givenUp.get(gateway.epoch);
  }

  /** Settles what can be settled by now. */
  check(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const group of [...this.#groups.values()]) this.#settle(group, this.#judge(group));
    if (this.#groups.size === 0) return;
    this.#timer = this.#clock.setTimer((this.lookout?.lease ?? LEASE) / 5, () => this.check());
  }

  /** The worker ends, and says now what nobody else will. */
  end(): void {
    this.#ended = true;
    for (const group of [...this.#groups.values()]) {
      const { state } = this.#sighting(group);
      const handsOver = state === 'up' && this.lookout !== undefined && this.lookout.otherWorkers > 0;
      const elsewhere = handsOver || this.#isMoved(group);
      this.#settle(group, elsewhere ? 'elsewhere' : state === 'left' ? 'lost' : 'uncertain');
    }
    this.#timer?.cancel();
  }

  #judge(group: Group<C>): Verdict {
    return judge(this.#clock.now(), group.lostAt, this.lookout, this.#sighting(group), this.#isMoved(group));
  }

  #isMoved({ id, epoch, last }: Group<C>): boolean {
    return this.lookout !== undefined && this.lookout.movedFrom(id, epoch, this.#own) >= last;
  }

  #sighting({ id, epoch }: Group<C>): Sighting {
    return this.lookout?.about(id, epoch) ?? { state: 'silent', renewed: undefined };
  }

  #settle(group: Group<C>, verdict: Verdict): void {
    if (verdict === 'wait') return;
    this.#groups.delete(group.epoch);
    if (verdict === 'elsewhere') return;
    this.#remember(group);
    this.#close(group.clients, verdict === 'uncertain');
  }

  #remember({ epoch, clients }: Group<C>): void {
    const ids = new Set([...(this.#givenUp.get(epoch) ?? []), ...clients.map(({ id }) => id)]);
    this.#remembered += ids.size - (this.#givenUp.get(epoch)?.size ?? 0);
    this.#givenUp.set(epoch, ids);
    for (const [oldest, ids] of this.#givenUp) {
      if (this.#remembered <= REMEMBERED) break;
      this.#givenUp.delete(oldest);
      this.#remembered -= ids.size;
    }
  }
}
