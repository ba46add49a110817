/**
 * The first record in both directions: who speaks, in which version, and which protocols, by hash. The nonce and the mode
 * leave room for a mutual challenge; until keys exist the mode is 0, and links stay on this machine.
 *
 *     magic "FGLK" | version u16 | role u8 | mode u8 | nonce (16) | id | boot epoch | events u32 | bytes u32 |
 *     count u8 | (protocol id | wire hash | schema hash) ...
 */

import type { Protocol } from '../protocol/index.js';
import { FramegateError } from '../protocol/index.js';
import { putString, putU8, putU16, putU32, type Reader } from './bytes.js';
import type { Link } from './link.js';
import { recordTypes } from './records.js';

export const LINK_VERSION = 1;
/** Milliseconds in which a peer must have said hello. */
export const HELLO_WITHIN = 2000;
const MAGIC = 0x46474c4b;

export const linkRoles = { gateway: 1, worker: 2 } as const;
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
}

export function sayHello(link: Link, hello: Hello, nonce: Uint8Array): void {
  const w = link.begin(recordTypes.hello);
  putU32(w, MAGIC);
  putU16(w, LINK_VERSION);
  putU8(w, linkRoles[hello.role]);
  putU8(w, 0);
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
  link.commit();
}

/** @throws FramegateError `FG_LINK` when the peer is no Framegate peer of a version that fits. */
export function readHello(r: Reader, type: number, expected: LinkRole): Hello {
  if (type !== recordTypes.hello || r.left < 4 || r.u32() !== MAGIC) {
    throw new FramegateError('FG_LINK', 'the peer does not speak the link protocol');
  }
  const version = r.u16();
  if (version !== LINK_VERSION) {
    throw new FramegateError('FG_LINK', `the peer speaks link version ${version}, this side ${LINK_VERSION}`);
  }
  const role = r.u8();
  if (role !== linkRoles[expected]) throw new FramegateError('FG_LINK', `the peer is no ${expected}`);
  if (r.u8() !== 0) throw new FramegateError('FG_LINK', 'the peer wants a key, and this side has none');
  r.take(16);
  const id = r.string();
  const epoch = r.string();
  const creditEvents = r.u32();
  const creditBytes = r.u32();
  const protocols: ProtocolMark[] = [];
  for (let count = r.u8(); count > 0; count--) {
    protocols.push({ id: r.string(), wireHash: r.string(), schemaHash: r.string() });
  }
  return { role: expected, id, epoch, creditEvents, creditBytes, protocols };
}

export function marksOf(protocols: Iterable<Protocol>): ProtocolMark[] {
  return [...protocols].map(({ id, wireHash, schemaHash }) => ({ id, wireHash, schemaHash }));
}

/** Ids of the protocols that both sides have with the same wire hash, and a sentence for each that differs. */
export function compareMarks(
  gateway: Hello,
  worker: Hello,
): { readonly shared: ReadonlySet<string>; readonly complaints: readonly string[] } {
  const shared = new Set<string>();
  const complaints: string[] = [];
  for (const mark of gateway.protocols) {
    const other = worker.protocols.find(p => p.id === mark.id);
    const sides = `gateway ${gateway.id} and worker ${worker.id}`;
    if (other === undefined) {
      complaints.push(`Worker ${worker.id} does not know protocol "${mark.id}": it gets none of its clients`);
    } else if (other.wireHash === mark.wireHash) {
      shared.add(mark.id);
    } else {
      complaints.push(
        `Protocol "${mark.id}" differs between ${sides} (wire hash ${mark.wireHash} and ${other.wireHash}): ` +
          'no clients are bound over this link; restart both from the same build',
      );
    }
  }
  return { shared, complaints };
}
