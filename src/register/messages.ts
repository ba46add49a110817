/**
 * What peers and register say to one another: records of a socket link that carry one JSON-like value each. The register
 * answers every announcement, so that a renewal brings the news, and a register that hangs is noticed.
 *
 *     peer -> register    announce  { magic, version, role, id, epoch, seq, state, link, moved: [{ worker, upTo }] }
 *     register -> peer    view      { version, lease, settled, workers,
 *                                     gateways: [{ id, epoch, seq, state, link, moved, lease }] }
 */
import { type Link, MOVED_MOST, type Moved, putValue, type Reader, readValue, type Value } from '../link/index.js';
import { parseAddress } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';

export const registerRecords = { announce: 33, view: 34 } as const;

const MAGIC = 'framegate-register';
export const REGISTER_VERSION = 1;
/** Milliseconds for which a record holds without renewal. */
export const LEASE = 5000;
/** Longest lease, in milliseconds, that a peer believes. */
const LEASE_MOST = 3_600_000;

const roles = ['gateway', 'worker', 'client'] as const;
const states = ['up', 'draining', 'gone'] as const;
export type PeerRole = (typeof roles)[number];
export type PeerState = (typeof states)[number];

/** Where a gateway is; of two records of one id the one with the greater epoch, then the greater seq, holds. */
export interface PeerRecord {
  readonly id: string;
  /** Sorts by time of boot. */
  readonly epoch: string;
  /** Goes up with each announcement. */
  readonly seq: number;
  readonly state: PeerState;
  /** Where workers dial in; empty for those who are not dialled. */
  readonly link: string;
  /** The latest, of a gateway. */
  readonly moved?: readonly Moved[];
}

/** What a peer says about itself; only the peer writes it. A `client` only asks: nobody is told of it. */
export interface Announcement extends PeerRecord {
  readonly role: PeerRole;
}

/** A record as others hear of it. */
export interface LeasedRecord extends PeerRecord {
  /** Milliseconds for which it still holds: no clock but the reader's own is needed. */
  readonly lease: number;
}

export interface View {
  /** Goes up with each change. */
  readonly version: number;
  /** Milliseconds of a fresh lease. */
  readonly lease: number;
  /** `false` in the register's first lease: what is missing may just not have come back yet. */
  readonly settled: boolean;
  /** How many workers are up. */
  readonly workers: number;
  readonly gateways: readonly LeasedRecord[];
}

export function announce(link: Link, announcement: Announcement): void {
  say(link, registerRecords.announce, { magic: MAGIC, version: REGISTER_VERSION, ...announcement } as unknown as Value);
}

export function publish(link: Link, view: View): void {
  say(link, registerRecords.view, view as unknown as Value);
}

function say(link: Link, type: number, value: Value): void {
  const w = link.begin(type);
  putValue(w, value);
  link.commit();
}

/** @throws FramegateError `FG_LINK` */
export function readAnnouncement(type: number, r: Reader): Announcement {
  const value = type === registerRecords.announce ? fieldsOf(readValue(r)) : {};
  if (value.magic !== MAGIC) throw new FramegateError('FG_LINK', 'the peer does not speak the register protocol');
  if (value.version !== REGISTER_VERSION) {
    throw new FramegateError('FG_LINK', `the peer speaks register version ${String(value.version)}`);
  }
  const role = oneOf(roles, value.role);
  // Workers dial it.
  if (role === 'gateway' && !isAddress(value.link))
    throw new FramegateError('FG_LINK', 'the announced link is no address');
  return { role, ...recordOf(value) };
}

/** @throws FramegateError `FG_LINK` */
export function readView(type: number, r: Reader): View {
  if (type !== registerRecords.view) throw new FramegateError('FG_LINK', 'the peer is no register');
  const value = fieldsOf(readValue(r));
  const list = Array.isArray(value.gateways) ? (value.gateways as Value[]) : [];
  // One that cannot be dialled costs nobody the others.
  const gateways = list
    .map(fieldsOf)
    .filter(({ link }) => isAddress(link))
    .map(fields => ({ ...recordOf(fields), lease: number(fields.lease, 2 * LEASE_MOST) }));
  return {
    version: number(value.version, Number.MAX_SAFE_INTEGER),
    lease: Math.max(1, number(value.lease, LEASE_MOST)),
    settled: value.settled === true,
    workers: number(value.workers, Number.MAX_SAFE_INTEGER),
    gateways,
  };
}

function recordOf(fields: Fields): PeerRecord {
  return {
    id: text(fields.id),
    epoch: text(fields.epoch),
    seq: number(fields.seq, Number.MAX_SAFE_INTEGER),
    state: oneOf(states, fields.state),
    link: text(fields.link, 0),
    ...(Array.isArray(fields.moved) ? { moved: fields.moved.slice(0, MOVED_MOST).map(movedOf) } : {}),
  };
}

function movedOf(value: Value): Moved {
  const { worker, upTo } = fieldsOf(value);
  return { worker: text(worker), upTo: number(upTo, Number.MAX_SAFE_INTEGER) };
}

type Fields = { readonly [key: string]: Value };

function fieldsOf(value: Value): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return value as Fields;
  }
  return {};
}

export function isAddress(value: unknown): value is string {
  try {
    parseAddress(text(value as Value));
    return true;
  } catch {
    return false;
  }
}

function oneOf<const T extends string>(values: readonly T[], value: Value): T {
  const found = values.find(v => v === value);
  if (found === undefined) throw new FramegateError('FG_LINK', 'the record is malformed');
  return found;
}

function text(value: Value, least = 1): string {
  if (typeof value === 'string' && value.length >= least && value.length <= 1024) return value;
  throw new FramegateError('FG_LINK', 'a text is missing or too long');
}

function number(value: Value, most: number): number {
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new FramegateError('FG_LINK', 'a number is missing or out of range');
}
