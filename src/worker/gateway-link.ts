/**
 * A link to a gateway, from whichever program: its handshake, and the questions asked through it.
 *
 * hello -> ready -> closed
 */
import {
  type CallKind,
  compareMarks,
  type Hello,
  Introduction,
  type KeyRing,
  type Link,
  type LinkHandler,
  putString,
  putU8,
  putU32,
  putValue,
  Reader,
  readValue,
  recordTypes,
  type Side,
  type Value,
} from '../link/index.js';
import type { Platform, Timer } from '../net/index.js';
import { type ErrorCode, FramegateError, type Logger } from '../protocol/index.js';
import { understood } from './outgoing.js';
import { PendingRequests } from './pending-requests.js';
import type { EncodedRequest } from './request.js';

/** Whose link it is. */
export interface LinkOwner {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly keys: KeyRing;
  hello(): Hello;
  peerReady(peer: GatewayLink): void;
  peerClosed(peer: GatewayLink, wasReady: boolean, why: string): void;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly taken: ((value: unknown) => void) | undefined;
  readonly timer: Timer;
}

/** Milliseconds until a question counts as unanswered. */
export const CALL_WITHIN = 5000;

export class GatewayLink implements LinkHandler {
  readonly link: Link;
  stage: 'hello' | 'ready' | 'closed' = 'hello';
  id = '';
  epoch = '';
  /** Ids of the gateway's protocols, in its order. */
  protected protocols: readonly string[] = [];
  protected readonly reader = new Reader();
  protected readonly requests: PendingRequests;
  readonly #owner: LinkOwner;
  readonly #calls = new Map<number, PendingCall>();
  #lastCall = 0;
  #gateway: Hello | undefined;
  /** Protocols of which the gateway has another wire: what is encoded here would be misunderstood there. */
  foreign: ReadonlySet<string> | undefined;
  readonly #said = new Set<string>();

  constructor(owner: LinkOwner, link: Link, side: Side = 'dialled') {
    this.#owner = owner;
    this.link = link;
    this.requests = new PendingRequests(owner.platform.clock);
    new Introduction(link, {
      platform: owner.platform,
      side,
      wanted: ['gateway'],
      keys: owner.keys,
      own: () => owner.hello(),
      met: gateway => this.#met(gateway),
      failed: why => this.closed(why),
    });
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    if (type === recordTypes.answer) this.#answer(this.reader.over(b, start, end));
    else if (type === recordTypes.answered) this.#answered(this.reader.over(b, start, end));
    else if (type !== recordTypes.beat) {
      throw new FramegateError('FG_LINK', `the peer sent a record of unknown type ${type}`);
    }
  }

  flushing(): void {}

  closed(why: string): void {
    const was = this.stage;
    this.stage = 'closed';
    for (const call of this.#calls.values()) {
      call.timer.cancel();
      call.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} was lost before it answered`));
    }
    this.#calls.clear();
    this.requests.fail(`Gateway ${this.id} was lost before the client had answered`);
    this.#owner.peerClosed(this, was === 'ready', why);
  }

  /**
   * @param epoch 0 for a question that is not about a binding.
   * @param taken called before the next record is read; the promise may settle behind several.
   */
  call(kind: CallKind, args: readonly Value[], ref = 0, epoch = 0, taken?: (value: unknown) => void): Promise<unknown> {
    if (this.stage !== 'ready' || !this.link.open) {
      return Promise.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} is not linked`));
    }
    const given = this.foreign === undefined ? args : understood(kind, args, this.foreign);
    const id = ++this.#lastCall;
    const w = this.link.begin(recordTypes.call);
    try {
      putU32(w, id);
      putU8(w, kind);
      putU32(w, ref);
      putU32(w, epoch);
      putValue(w, given);
      this.link.commit();
    } catch (error) {
      this.link.cancel();
      if (!(error instanceof RangeError)) throw error;
      return Promise.reject(new FramegateError('FG_TOO_LARGE', 'The arguments are larger than a link takes'));
    }
    return new Promise((resolve, reject) => {
      const timer = this.#owner.platform.clock.setTimer(CALL_WITHIN, () => {
        this.#calls.delete(id);
        reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} did not answer within ${CALL_WITHIN} ms`));
      });
      this.#calls.set(id, { resolve, reject, taken, timer });
    });
  }

  /** Asks a client of the gateway. Rejects as `Client.request` does. */
  request(request: EncodedRequest): Promise<unknown> {
    if (this.stage !== 'ready' || !this.link.open) {
      return Promise.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} is not linked`));
    }
    const { id: protocol } = request.table.protocol;
    if (this.foreign?.has(protocol)) {
      const text = `Gateway ${this.id} has another version of protocol "${protocol}"; restart it from the same build`;
      return Promise.reject(new FramegateError('FG_REQUEST', text));
    }
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason);
    return new Promise((resolve, reject) => {
      const call = this.requests.add(request, { resolve, reject }, at => this.#cancel(at, request.clientId));
      const w = this.link.begin(recordTypes.request);
      putU32(w, call);
      putString(w, request.clientId);
      putString(w, request.table.protocol.id);
      putString(w, request.codec.name);
      putU32(w, request.within);
      putU8(w, request.retries);
      putU8(w, request.flags);
      w.append(request.frame);
      try {
        this.link.commit();
      } catch {
        this.requests.failed(call, 'FG_TOO_LARGE', `Message "${request.codec.name}" is larger than a link takes`);
      }
    });
  }

  #cancel(call: number, clientId: string): void {
    const w = this.link.begin(recordTypes.cancel);
    putU32(w, call);
    putString(w, clientId);
    this.link.commit();
  }

  drain(): void {
    if (this.stage !== 'ready') return;
    this.link.begin(recordTypes.drain);
    this.link.commit();
  }

  /** Looks which protocols both sides understand alike; to be called again when the program has learned another. */
  compare(): void {
    if (this.#gateway === undefined) return;
    const { foreign, complaints } = compareMarks(this.#gateway, this.#owner.hello());
    this.foreign = foreign;
    for (const complaint of complaints) {
      if (!this.#said.has(complaint)) this.#owner.logger.warn(complaint);
      this.#said.add(complaint);
    }
  }

  #met(gateway: Hello): void {
    this.link.attach(this);
    this.id = gateway.id;
    this.epoch = gateway.epoch;
    this.#gateway = gateway;
    this.compare();
    this.protocols = gateway.protocols.map(p => p.id);
    this.stage = 'ready';
    this.#owner.peerReady(this);
  }

  #answered(r: Reader): void {
    const call = r.u32();
    if (r.u8() === 0) {
      const code = r.string() as ErrorCode;
      this.requests.failed(call, code, r.string());
      return;
    }
    const index = r.i16();
    const flags = r.u8();
    const sent = r.bytes();
    // Whoever waits goes on when the link's bytes are others'.
    this.requests.answered(call, index, flags, sent, r.b.slice(r.at, r.end));
  }

  #answer(r: Reader): void {
    const id = r.u32();
    const ok = r.u8() === 1;
    const value = readValue(r);
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.timer.cancel();
    if (ok) {
      call.taken?.(value);
      call.resolve(value);
      return;
    }
    const { code, text } = value as { code: ErrorCode; text: string };
    call.reject(new FramegateError(code, text));
  }
}
