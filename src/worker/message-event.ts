/** One event while it is handled: what the handler sees of it, and what the dispatcher must remember. */
import type { Decoded, MessageCodec } from '../codec/index.js';
import { frameFlags } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { WorkerClient } from './client.js';

const kindNames = ['connect', 'message', 'close'] as const;

/** One that has been handed to its handler. */
export class RunningEvent {
  readonly client: WorkerClient;
  readonly kind: number;
  readonly seq: number;
  readonly redelivered: boolean;
  readonly receivedAt: number;
  /** Bytes that this event takes of the link's credit. */
  readonly cost: number;
  codec: MessageCodec | undefined = undefined;
  request: Decoded | undefined = undefined;
  #replied = false;
  #abort: AbortController | undefined = undefined;

  constructor(client: WorkerClient, kind: number, seq: number, redelivered: boolean, receivedAt: number, cost: number) {
    this.client = client;
    this.kind = kind;
    this.seq = seq;
    this.redelivered = redelivered;
    this.receivedAt = receivedAt;
    this.cost = cost;
  }

  /** The client, as the handler is given it. */
  get handle(): unknown {
    return this.client;
  }

  /** Of a declared reply. */
  get replyFlags(): number {
    return this.redelivered ? frameFlags.reply | frameFlags.again : frameFlags.reply;
  }

  get id(): string {
    return `${this.client.id}:${this.seq}`;
  }

  /** Of the message, or `connect` and `close`. */
  get name(): string {
    return this.codec?.name ?? this.request?.name ?? kindNames[this.kind] ?? 'message';
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (!this.client.linked) this.#abort.abort();
    return this.#abort.signal;
  }

  get replied(): boolean {
    return this.#replied;
  }

  /** The link is lost, or the handler's time is up: also for a handler that asks for its signal only then. */
  abort(): void {
    this.#abort ??= new AbortController();
    this.#abort.abort();
  }

  /** The handler is past its time. @returns the client, as later handlers have it */
  retire(): WorkerClient {
    return this.client.succeed();
  }

  /** It has settled all the same. */
  recall(): void {
    this.client.retired = false;
  }

  reply(fields: { [field: string]: unknown } = {}): void {
    const policy = this.codec?.reply;
    const name = this.request?.name ?? 'this event';
    if (policy === undefined) {
      throw new FramegateError(
        'FG_REPLY',
        `The protocol declares no reply to "${name}"; use client.reply(name, fields)`,
      );
    }
    if (this.#replied) throw new FramegateError('FG_REPLY', `"${name}" has been replied to already`);
    const values = policy.values === undefined ? fields : { ...policy.values(this.request!.value), ...fields };
    this.client.sendReply(policy.message, values, this);
    this.#replied = true;
  }
}
