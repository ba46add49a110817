/** What happened in a simulated cluster, as devices, handlers and gateways saw it: what the checker judges. */
import type { CloseReason, CloseReasonCode } from '../../src/index.js';
import type { Death, World } from '../../src/testing/sim/index.js';
import type { Rule } from './rules.js';

/** One life of a process. */
export interface Life {
  readonly name: string;
  readonly role: 'register' | 'gateway' | 'worker';
  /** Where in the cluster it stands; another life may follow in its place. */
  readonly place: string;
  ended: number | undefined;
  how: Death | 'stop' | undefined;
  /** One of its handlers has taken it down. */
  crashed: boolean;
  /** When it has begun to stop. */
  stopping: number | undefined;
}

/** A handler's run. */
export interface Start {
  readonly at: number;
  readonly worker: Life;
  /** Counts the bindings that handlers have seen, over all clients. */
  readonly binding: number;
  /** Of the binding, as the client's gateway counts them. */
  readonly epoch: number;
  /** Number of the message in its visit. */
  readonly n: number;
  readonly redelivered: boolean;
  settled: number | undefined;
}

export interface CloseSeen {
  readonly at: number;
  readonly worker: Life;
  readonly binding: number;
  readonly reason: CloseReason;
  settled: number | undefined;
}

/** A message that a device has sent. */
export interface Sent {
  readonly kind: string;
  /** Its declared reply, if it must have one. */
  readonly reply: 'noted' | 'answer' | 'shelved' | undefined;
}

/** A message that was put away because its workers died of it. */
export interface PutAway {
  readonly at: number;
  /** Its name, or `connect` or `close`. */
  readonly message: string;
  /** Its number, of a message. */
  readonly n: number | undefined;
}

/** A part of a message, by what its device has seen of it. */
export interface SentPart {
  /** How often it has been sent. */
  times: number;
  replies: number;
  /** Number of the message, if this part came last. */
  n: number | undefined;
}

/** Something that was sent to many. */
export interface Sending {
  readonly id: number;
  readonly at: number;
  readonly to: 'uid' | 'group' | 'all';
  readonly names: readonly string[];
  /** Who was not to get it. */
  readonly without: Visit | undefined;
}

/** A client wants to be the only one of a uid. */
export interface Claim {
  readonly visit: Visit;
  readonly uid: string;
  readonly began: number;
  /** When it was answered, or given up. */
  ended: number;
}

/** How a device has left; `left` is the orderly way: what it had sent arrives. */
export type Departure = 'left' | 'broke off' | 'vanished';

/** One connection of a device, from all sides. */
export class Visit {
  readonly name: string;
  readonly uid: string;
  /** `host:port` of the device's end: how workers know it. */
  readonly remote: string;

  // As the device sees it.
  readonly began: number;
  readonly sent: Sent[] = [];
  readonly replies = new Map<number, number>();
  /** Sends to many that it got. */
  readonly heard = new Set<number>();
  readonly groups = new Set<string>();
  /** By key and index. */
  readonly parts = new Map<string, SentPart>();
  welcomed = false;
  departure: Departure | undefined;
  /** It was there when the storm was over, until all that it was owed had come. */
  stayed = false;
  /** Time at which the device's connection was over, by whomever. */
  over: number | undefined;
  lastBinding = 0;
  /** When the storm was over for it, and it reads all that comes. */
  calmSince = Number.POSITIVE_INFINITY;

  // As its gateway sees it.
  clientId = '';
  gateway: Life | undefined;
  ended: { readonly at: number; readonly code: CloseReasonCode } | undefined;
  /** No worker was there in time to hear of it. */
  unheard = false;
  /** One client may have more than one: what it has said before it was closed is handled all the same. */
  readonly putAway: PutAway[] = [];

  // As workers see it.
  /** Groups that it has joined, and when that was confirmed. */
  readonly joined = new Map<string, number>();
  /** When it was confirmed that it has the uid of those who have come through the storm. */
  renamed = Number.POSITIVE_INFINITY;
  /** Numbers of what it was asked, and when. */
  readonly asked = new Map<number, number>();
  readonly connects: { readonly at: number; readonly worker: Life }[] = [];
  readonly starts: Start[] = [];
  readonly closes: CloseSeen[] = [];
  /** The worker that had to notice the death of the gateway. */
  mourner: Life | undefined;
  /** Confirmed writes with compare-and-set, and those of which nobody knows. */
  bumps = 0;
  /** Those among them that its own handlers have made. */
  ownBumps = 0;
  uncertainBumps = 0;
  readonly bumpVersions = new Set<number>();
  sessionVersion = 0;

  constructor(name: string, uid: string, remote: string, began: number) {
    this.name = name;
    this.began = began;
    this.uid = uid;
    this.remote = remote;
  }
}

/** Something that was done to the cluster. */
export interface Fault {
  readonly at: number;
  readonly kind: string;
  /** Places, or lives, that it concerns. */
  readonly whom: readonly string[];
  /** Until it was undone. */
  until: number;
}

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

export class History {
  readonly world: World;
  readonly visits = new Map<string, Visit>();
  readonly byClientId = new Map<string, Visit>();
  readonly faults: Fault[] = [];
  readonly claims: Claim[] = [];
  readonly sendings = new Map<number, Sending>();
  /** What was said about the uid that nobody had before the storm was over: online, or not. */
  readonly said: boolean[] = [];
  readonly violations: Violation[] = [];
  readonly counts: { [what: string]: number } = {};
  #sends = 0;
  #bindings = 0;

  constructor(world: World) {
    this.world = world;
  }

  violate(rule: Rule, text: string): void {
    this.world.note(`VIOLATION ${rule}: ${text}`);
    this.violations.push({ rule, text: `at ${this.world.now.toFixed(0)} ms: ${text}` });
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** How often one of these kinds of faults has touched a worker in that time. */
  strikes(places: readonly string[], kinds: readonly string[], from: number, to: number): number {
    const isOne = (f: Fault): boolean => kinds.includes(f.kind) && f.whom.some(place => places.includes(place));
    return this.faults.filter(f => f.at <= to && f.until >= from && isOne(f)).length;
  }

  /** A number for something that is sent to many: nobody may get it twice. */
  nextSend(): number {
    return ++this.#sends;
  }

  nextBinding(): number {
    return ++this.#bindings;
  }

  fault(kind: string, whom: readonly string[], until = this.world.now): Fault {
    const fault = { at: this.world.now, kind, whom, until };
    this.faults.push(fault);
    this.count(`fault: ${kind}`);
    return fault;
  }

  /** In that time something, besides faults of one kind, has befallen one of two places, or come between them. */
  parted(a: string, b: string, from: number, to: number, besides = ''): boolean {
    return this.faults.some(({ at, until, kind, whom }) => {
      if (at > to || until < from || kind === besides) return false;
      if (kind === 'keys exchanged') return true;
      return whom.length > 1 ? whom.includes(a) && whom.includes(b) : whom.includes(a) || whom.includes(b);
    });
  }

  /** A fault has touched one of the places in that time. */
  disturbed(places: readonly (string | undefined)[], from: number, to: number): boolean {
    return this.faults.some(f => f.at <= to && f.until >= from && f.whom.some(place => places.includes(place)));
  }
}
