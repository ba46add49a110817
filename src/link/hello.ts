/**
 * The first record in both directions: who speaks, in which version, which protocols, by hash, and by which keys it can
 * prove itself. What a later version adds stands behind all this.
 *
 *     magic "FGLK" | version u16 | role u8 | nonce (16) | id | boot epoch | events u32 | bytes u32 |
 *     count u8 | (protocol id | wire hash | schema hash) ... | count u8 | (key name (8)) ...
 */

import type { Protocol } from '../protocol/index.js';
import { FramegateError } from '../protocol/index.js';
import { putString, putU8, putU16, putU32, type Reader } from './bytes.js';
import { KEY_NAME } from './keys.js';
import type { Link } from './link.js';
import { recordTypes } from './records.js';
import { Refusal } from './refusal.js';

/** A peer one version older or newer is understood, too: whoever is newer speaks the older version then. */
export const LINK_VERSION = 1;
/** Milliseconds in which peers must have met. */
export const HELLO_WITHIN = 2000;
const MAGIC = 0x46474c4b;
/** Characters of an id or an epoch. */
const NAME_MOST = 64;

export const linkRoles = { gateway: 1, worker: 2, pusher: 3, reader: 4, register: 5 } as const;
export type LinkRole = keyof typeof linkRoles;

export interface ProtocolMark {
  readonly id: string;
  readonly wireHash: string;
  readonly schemaHash: string;
}

export interface Hello {
  readonly role: LinkRole;
  readonly id: string;
  /** Changes with each start of the process. */
  readonly epoch: string;
  /** What the sender lets the peer have under way: events, and bytes. */
  readonly creditEvents: number;
  readonly creditBytes: number;
  readonly protocols: readonly ProtocolMark[];
  /** Public names of keys: of all that a dialler has, of the one that is used in the answer. */
  readonly keys?: readonly Uint8Array[];
  /** Of the link; default {@link LINK_VERSION}. */
  readonly version?: number;
}

/** A hello as it was read: nothing is left out. */
export type HeardHello = Required<Hello>;

/** Returns the payload, over which proofs are made. */
export function sayHello(link: Link, hello: Hello, nonce: Uint8Array): Uint8Array {
  const w = link.begin(recordTypes.hello);
  const from = w.length;
  putU32(w, MAGIC);
  putU16(w, hello.version ?? LINK_VERSION);
  putU8(w, linkRoles[hello.role]);
  w.append(nonce, 0, 16);
  putString(w, hello.id);
  putString(w, hello.epoch);
  putU32(w, hello.creditEvents);
  putU32(w, hello.creditBytes);
  putU8(w, hello.protocols.length);
  for (const mark of hello.protocols) {
    putString(w, mark.id);
    putString(w, mark.wireHash);
    putString(w, mark.schemaHash);
  }
  const keys = hello.keys ?? [];
  putU8(w, keys.length);
  for (const name of keys) w.append(name, 0, KEY_NAME);
  const said = w.slice(from);
  link.commit();
  return said;
}

/**
 * @param version of this side
 * @throws FramegateError `FG_LINK` when the peer is no Framegate peer; a `Refusal` when it is one of another version or role.
 */
export function readHello(r: Reader, type: number, wanted: readonly LinkRole[], version = LINK_VERSION): HeardHello {
  if (type !== recordTypes.hello || r.left < 4 || r.u32() !== MAGIC) {
    throw new FramegateError('FG_LINK', 'the peer does not speak the link protocol');
  }
  const theirs = r.u16();
  if (theirs === 0 || Math.abs(theirs - version) > 1) {
    throw new Refusal('version', `the peer speaks link version ${theirs}, this side ${version}`);
  }
  const code = r.u8();
  const role = wanted.find(name => linkRoles[name] === code);
  if (role === undefined) throw new Refusal('role', `the peer is no ${wanted.join(' or ')}`);
  r.take(16);
  const id = r.string();
  const epoch = r.string();
  if (id.length > NAME_MOST || epoch.length > NAME_MOST) throw new FramegateError('FG_LINK', 'an id is too long');
  const creditEvents = r.u32();
  const creditBytes = r.u32();
  const protocols: ProtocolMark[] = [];
  for (let count = r.u8(); count > 0; count--) {
    protocols.push({ id: r.string(), wireHash: r.string(), schemaHash: r.string() });
  }
  const keys: Uint8Array[] = [];
  for (let count = r.u8(); count > 0; count--) {
    const at = r.take(KEY_NAME);
    keys.push(r.b.slice(at, at + KEY_NAME));
  }
  return { role, id, epoch, creditEvents, creditBytes, protocols, keys, version: theirs };
}

export function marksOf(protocols: Iterable<Protocol>): ProtocolMark[] {
  return [...protocols].map(({ id, wireHash, schemaHash }) => ({ id, wireHash, schemaHash }));
}

export interface Comparison {
  /** Ids of the protocols that both have with the same wire hash. */
  readonly shared: ReadonlySet<string>;
  /** Ids of those that both have with different ones; `undefined`: none. */
  readonly foreign: ReadonlySet<string> | undefined;
  /** A sentence for each that keeps the peer from its work. */
  readonly complaints: readonly string[];
}

/** What a gateway and a peer of it can do together, protocol by protocol. Schema hashes may differ. */
export function compareMarks(gateway: Hello, peer: Hello): Comparison {
  const shared = new Set<string>();
  const foreign = new Set<string>();
  const complaints: string[] = [];
  const who = `${peer.role} ${peer.id}`;
  for (const mark of gateway.protocols) {
    const other = peer.protocols.find(p => p.id === mark.id);
    if (other?.wireHash === mark.wireHash) {
      shared.add(mark.id);
    } else if (other !== undefined) {
      foreign.add(mark.id);
      const what = peer.role === 'worker' ? 'no clients are bound over this link, and ' : '';
      complaints.push(
        `Protocol "${mark.id}" differs between gateway ${gateway.id} and ${who} (wire hash ${mark.wireHash} and ` +
          `${other.wireHash}): ${what}nothing is sent to its clients; restart gateway ${gateway.id} from the same build`,
      );
    } else if (peer.role === 'worker') {
      complaints.push(`Worker ${peer.id} does not know protocol "${mark.id}": it gets none of its clients`);
    }
  }
  return { shared, foreign: foreign.size === 0 ? undefined : foreign, complaints };
}
