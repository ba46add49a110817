/**
 * A link to a gateway, from whichever program: its handshake, and the questions asked through it.
 *
 * hello -> ready -> closed
 */
import {
  type CallKind,
  compareMarks,
  HELLO_WITHIN,
  type Hello,
  type Link,
  type LinkHandler,
  putU8,
  putU32,
  putValue,
  Reader,
  readHello,
  readValue,
  recordTypes,
  sayHello,
  type Value,
} from '../link/index.js';
import type { Platform, Timer } from '../net/index.js';
import { type ErrorCode, FramegateError, type Logger } from '../protocol/index.js';

/** Whose link it is. */
export interface LinkOwner {
  readonly platform: Platform;
  readonly logger: Logger;
  hello(): Hello;
  peerReady(peer: GatewayLink): void;
  peerClosed(peer: GatewayLink, wasReady: boolean, why: string): void;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
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
  readonly #owner: LinkOwner;
  readonly #calls = new Map<number, PendingCall>();
  #lastCall = 0;
  readonly #deadline: Timer;

  constructor(owner: LinkOwner, link: Link) {
    this.#owner = owner;
    this.link = link;
    this.#deadline = owner.platform.clock.setTimer(HELLO_WITHIN, () => link.destroy('no hello in time'));
    link.attach(this);
    sayHello(link, owner.hello(), owner.platform.random.bytes(16));
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    const r = this.reader.over(b, start, end);
    if (this.stage === 'hello') this.#hello(readHello(r, type, 'gateway'));
    else if (type === recordTypes.answer) this.#answer(r);
    else throw new FramegateError('FG_LINK', `the peer sent a record of unknown type ${type}`);
  }

  flushing(): void {}

  closed(why: string): void {
    this.#deadline.cancel();
    const was = this.stage;
    this.stage = 'closed';
    for (const call of this.#calls.values()) {
      call.timer.cancel();
      call.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} was lost before it answered`));
    }
    this.#calls.clear();
    this.#owner.peerClosed(this, was === 'ready', why);
  }

  /** @param epoch 0 for a question that is not about a binding. */
  call(kind: CallKind, args: readonly Value[], ref = 0, epoch = 0): Promise<unknown> {
    if (this.stage !== 'ready' || !this.link.open) {
      return Promise.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} is not linked`));
    }
    const id = ++this.#lastCall;
    const w = this.link.begin(recordTypes.call);
    try {
      putU32(w, id);
      putU8(w, kind);
      putU32(w, ref);
      putU32(w, epoch);
      putValue(w, args);
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
      this.#calls.set(id, { resolve, reject, timer });
    });
  }

  drain(): void {
    if (this.stage !== 'ready') return;
    this.link.begin(recordTypes.drain);
    this.link.commit();
  }

  #hello(hello: Hello): void {
    this.#deadline.cancel();
    this.id = hello.id;
    this.epoch = hello.epoch;
    this.link.trust();
    for (const complaint of compareMarks(hello, this.#owner.hello()).complaints) this.#owner.logger.warn(complaint);
    this.protocols = hello.protocols.map(p => p.id);
    this.stage = 'ready';
    this.#owner.peerReady(this);
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
      call.resolve(value);
      return;
    }
    const { code, text } = value as { code: ErrorCode; text: string };
    call.reject(new FramegateError(code, text));
  }
}
