/** Who may come in, by address: who is denied or banned, and how many and how fast the others may. Kept only where it matters. */
import { neighbourhood } from '../net/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';
import { DenyList } from './deny-list.js';
import { checkAmount } from './limits.js';
import { type Payer, Rate } from './rate.js';

/** Why an address is not let in. */
export type Inadmissible = 'denied' | 'banned' | 'address-full' | 'address-rate';

/** When an address is kept out for a while. */
export interface BanPolicy {
  /** Clients of the address that were closed with `bad-input`, `flood` or `auth-failed`. */
  readonly after: number;
  /** Milliseconds in which they were. Default 60,000. */
  readonly within?: number;
  /** Milliseconds for which it is kept out. Default 600,000. */
  readonly for?: number;
}

/** What one address gets of a gateway. An IPv6 address stands for its network of 64 bits. */
export interface AddressLimits {
  /** Clients at the same time, connections that are about to be clients included. Default `Infinity`. */
  readonly clients?: number;
  /** Connections in a second; ten times as many at once. Default `Infinity`. */
  readonly connects?: number;
}

export interface AdmissionSettings {
  /** More connections of one address than this are refused. */
  readonly perAddress?: AddressLimits;
  /** Addresses and networks whose connections are refused. */
  readonly deny?: readonly string[];
  /** Uids that no client is bound to: whoever logs in as one of them is closed with `auth-failed`. */
  readonly denyUids?: readonly string[];
  /**
   * A file with more of both: an address or a network in a line, or `uid` and a uid. It can be read again while all runs; then
   * those go who are in it and here.
   */
  readonly denyFile?: string;
  /** Default: nobody is banned. Many devices behind one address share its fate. */
  readonly ban?: BanPolicy;
}

/** Seconds' worth of connections that may come at once. */
const BURST = 10;
/** Addresses that are remembered before those that no longer matter are looked for. */
const SWEEP_AT = 1024;

/** Its connections are what is paid for. */
interface Visitor extends Payer {
  here: number;
  bad: number;
  badSince: number;
  bannedUntil: number;
}

export class Admission {
  readonly #denied: DenyList;
  /** Those of the file. */
  #filed: DenyList;
  readonly #ban: Required<BanPolicy> | undefined;
  readonly #limits: Required<AddressLimits>;
  readonly #rate: Rate;
  #counts: boolean;
  readonly #visitors = new Map<string, Visitor>();
  #sweepAt = SWEEP_AT;
  /** Until when nobody gets these. */
  readonly #bannedUids = new Map<string, number>();
  #sweepUidsAt = SWEEP_AT;
  /** Bans so far. */
  bans = 0;

  /** @throws FramegateError `FG_CONFIG` */
  constructor({ deny, denyUids, denyFile, ban, perAddress }: AdmissionSettings = {}, filed = new DenyList()) {
    this.#limits = addressLimits(perAddress);
    this.#rate = new Rate(this.#limits.connects, BURST);
    this.#counts = ban !== undefined || this.#limits.clients < Infinity || this.#limits.connects < Infinity;
    this.#denied = DenyList.of(deny, denyUids);
    this.#filed = filed;
    if (denyFile !== undefined && (typeof denyFile !== 'string' || denyFile === ''))
      throw new FramegateError('FG_CONFIG', `"denyFile" of a gateway is the path of a file; write './denied.txt'`);
    this.#ban = ban === undefined ? undefined : banPolicy(ban);
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#visitors.size;
  }

  /**
   * Somebody from this address wants to come in; who is let in has to leave.
   * @param host without a port; empty for those who have none, who are always let in
   */
  enter(host: string, now: number): Inadmissible | undefined {
    if (host === '') return undefined;
    if (this.deniesHost(host)) return 'denied';
    if (!this.#counts) return undefined;
    const visitor = this.#visitor(neighbourhood(host), now);
    if (visitor.bannedUntil > now) return 'banned';
    if (!this.#rate.takes(visitor, now)) return 'address-rate';
    if (visitor.here >= this.#limits.clients) return 'address-full';
    visitor.here++;
    return undefined;
  }

  /** The file has been read again. */
  deny(filed: DenyList): void {
    this.#filed = filed;
  }

  deniesHost(host: string): boolean {
    return this.#denied.hasHost(host) || this.#filed.hasHost(host);
  }

  deniesUid(uid: string, now: number): boolean {
    return this.#denied.hasUid(uid) || this.#filed.hasUid(uid) || (this.#bannedUids.get(uid) ?? 0) > now;
  }

  leave(host: string, now: number): void {
    if (!this.#counts || host === '') return;
    const key = neighbourhood(host);
    const visitor = this.#visitors.get(key);
    if (visitor === undefined) return;
    // Who came before anybody was counted is not missed.
    if (visitor.here > 0) visitor.here--;
    if (!matters(visitor, now, this.#ban)) this.#visitors.delete(key);
  }

  /**
   * A client of this address was closed for what it had said.
   * @returns milliseconds for which the address is banned now; `undefined`: it is not, or was before
   */
  misbehaved(host: string, now: number): number | undefined {
    if (this.#ban === undefined || host === '') return undefined;
    const { after, within, for: time } = this.#ban;
    const visitor = this.#visitor(neighbourhood(host), now);
    if (visitor.bad === 0 || now - visitor.badSince > within) {
      visitor.bad = 0;
      visitor.badSince = now;
    }
    if (++visitor.bad < after || visitor.bannedUntil > now) return undefined;
    visitor.bannedUntil = now + time;
    visitor.bad = 0;
    this.bans++;
    return time;
  }

  /**
   * An operator keeps an address out.
   * @param time milliseconds, from now on
   */
  exclude(host: string, now: number, time: number): void {
    if (host === '') return;
    this.#counts = true;
    const visitor = this.#visitor(neighbourhood(host), now);
    if (visitor.bannedUntil <= now) this.bans++;
    visitor.bannedUntil = Math.max(visitor.bannedUntil, now + time);
  }

  /**
   * Nobody gets this uid for a while.
   * @param time milliseconds, from now on
   */
  excludeUid(uid: string, now: number, time: number): void {
    const banned = this.#bannedUids;
    if (banned.size >= this.#sweepUidsAt) {
      for (const [other, until] of banned) if (until <= now) banned.delete(other);
      this.#sweepUidsAt = Math.max(SWEEP_AT, 2 * banned.size);
    }
    banned.set(uid, Math.max(banned.get(uid) ?? 0, now + time));
  }

  #visitor(key: string, now: number): Visitor {
    const known = this.#visitors.get(key);
    if (known !== undefined) return known;
    if (this.#visitors.size >= this.#sweepAt) this.#sweep(now);
    const made = { here: 0, paidAt: now, bad: 0, badSince: now, bannedUntil: 0 };
    this.#visitors.set(key, made);
    return made;
  }

  #sweep(now: number): void {
    for (const [key, visitor] of this.#visitors) if (!matters(visitor, now, this.#ban)) this.#visitors.delete(key);
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#visitors.size);
  }
}

function matters(visitor: Visitor, now: number, ban: Required<BanPolicy> | undefined): boolean {
  return (
    visitor.here > 0 ||
    visitor.bannedUntil > now ||
    (visitor.bad > 0 && ban !== undefined && now - visitor.badSince <= ban.within) ||
    visitor.paidAt > now
  );
}

/** @throws FramegateError `FG_CONFIG` */
export function addressLimits(limits: AddressLimits = {}): Required<AddressLimits> {
  if (typeof limits !== 'object' || limits === null)
    throw new FramegateError('FG_CONFIG', `"perAddress" of a gateway is an object, such as { clients: 100 }`);
  checkKeys(limits, ['clients', 'connects'], '"perAddress" of a gateway');
  const { clients = Number.POSITIVE_INFINITY, connects = Number.POSITIVE_INFINITY } = limits;
  checkAmount(clients, '"clients" in "perAddress" of a gateway');
  checkAmount(connects, '"connects" in "perAddress" of a gateway');
  return { clients, connects };
}

/** @throws FramegateError `FG_CONFIG` */
export function banPolicy(ban: BanPolicy): Required<BanPolicy> {
  if (typeof ban !== 'object' || ban === null)
    throw new FramegateError('FG_CONFIG', `"ban" of a gateway says when; write { after: 10 }`);
  checkKeys(ban, ['after', 'within', 'for'], '"ban" of a gateway');
  const policy = { after: ban.after, within: ban.within ?? 60_000, for: ban.for ?? 600_000 };
  for (const [name, value] of Object.entries(policy)) checkAmount(value, `"${name}" in "ban" of a gateway`);
  return policy;
}
