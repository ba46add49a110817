/**
 * A program beside the workers, as a gateway sees it: a pusher sends and asks, a reader only asks. Neither gets clients, and
 * its going concerns nobody.
 */
import { type CallKind, type GuestRole, type Hello, type Link, mayCall, recordTypes } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { Gateway } from './gateway.js';
import { type PeerStage, WorkerPeer } from './worker-peer.js';

const reading: ReadonlySet<number> = new Set([recordTypes.call, recordTypes.beat]);
const pushing: ReadonlySet<number> = new Set([...reading, recordTypes.sendTo, recordTypes.request, recordTypes.cancel]);

export class GuestPeer extends WorkerPeer {
  override stage: PeerStage = 'guest';
  readonly role: GuestRole;
  readonly #records: ReadonlySet<number>;

  constructor(gateway: Gateway, link: Link, hello: Hello) {
    super(gateway, link, hello);
    this.role = hello.role as GuestRole;
    this.#records = this.role === 'pusher' ? pushing : reading;
    // It may learn of protocols later, and looks itself which of them it has in another version.
    this.shared = new Set(gateway.hello().protocols.map(p => p.id));
  }

  override record(type: number, b: Uint8Array, start: number, end: number): void {
    if (this.#records.has(type)) super.record(type, b, start, end);
    else throw new FramegateError('FG_FORBIDDEN', `a ${this.role} may not send records of type ${type}`);
  }

  override admit(kind: CallKind, asked: unknown): void {
    if (mayCall(this.role, kind, asked)) return;
    throw new FramegateError('FG_FORBIDDEN', `A ${this.role} may only ask, not change anything`);
  }
}
