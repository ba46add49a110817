/**
 * What peers and register say to one another: records of a socket link that carry one JSON-like value each.
 *
 *     peer -> register    announce  { magic, version, role, id, epoch, seq, state, link }
 *     register -> peer    view      { version, lease, settled, gateways: [{ id, epoch, link }],
 *                                   gone: [epoch] }
 */
import { type Link, putValue, type Reader, readValue, type Value } from '../link/index.js';
import { parseAddress } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';

export const registerRecords = { announce: 33, view: 34 } as const;

const MAGIC = 'framegate-register';
export const REGISTER_VERSION = 1;
/** Milliseconds for which a record holds without renewal. */
export const LEASE = 5000;

export type PeerState = 'up' | 'draining' | 'gone';

/** What a peer says about itself; only the peer writes it. */
export interface Announcement {
  readonly role: 'gateway' | 'worker';
  readonly id: string;
  /** Sorts by time of boot. */
  readonly epoch: string;
  readonly seq: number;
  readonly state: PeerState;
  /** Where workers dial in; empty for workers. */
  readonly link: string;
}

export interface GatewayRecord {
  readonly id: string;
  readonly epoch: string;
  readonly link: string;
}

export interface View {
  readonly version: number;
  readonly lease: number;
  /** `false` in the register's first lease: what is missing may just not have come back yet. */
  readonly settled: boolean;
  readonly gateways: readonly GatewayRecord[];
  /** Boot epochs of gateways that have said that they go. */
  readonly gone: readonly string[];
}

export function announce(link: Link, announcement: Announcement): void {
  say(link, registerRecords.announce, { magic: MAGIC, version: REGISTER_VERSION, ...announcement });
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
  const { role, state, seq } = value;
  if ((role !== 'gateway' && role !== 'worker') || !(state === 'up' || state === 'draining' || state === 'gone')) {
    throw new FramegateError('FG_LINK', 'the announcement is malformed');
  }
  // Workers dial it.
  if (role === 'gateway' && !isAddress(value.link))
    throw new FramegateError('FG_LINK', 'the announced link is no address');
  return {
    role,
    state,
    seq: Number(seq),
    id: text(value.id),
    epoch: text(value.epoch),
    link: text(value.link),
  };
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
    .map(({ id, epoch, link }) => ({ id: text(id), epoch: text(epoch), link: text(link) }));
  const gone = (Array.isArray(value.gone) ? (value.gone as Value[]) : []).map(text);
  const { version, lease, settled } = value;
  return { version: Number(version), lease: Number(lease), settled: settled === true, gateways, gone };
}

function fieldsOf(value: Value): { readonly [key: string]: Value } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return value as { readonly [key: string]: Value };
  }
  return {};
}

function isAddress(value: Value): boolean {
  try {
    parseAddress(text(value));
    return true;
  } catch {
    return false;
  }
}

function text(value: Value): string {
  if (typeof value === 'string' && value.length <= 1024) return value;
  throw new FramegateError('FG_LINK', 'a text is missing or too long');
}
