/**
 * An event that is handled beside others of its client. Its handler has a client object of its own: only so is it known
 * which message `client.reply` answers, and whose output is dropped when one of them is past its time.
 */
import type { MessageValue } from '../codec/index.js';
import { frameFlags } from '../link/index.js';
import type { RequestOptions, SessionValues, SessionWrite } from './api.js';
import { pastItsTime, type WorkerClient } from './client.js';
import type { BindOptions } from './cluster.js';
import { RunningEvent } from './message-event.js';

export class ConcurrentEvent extends RunningEvent {
  /** A worker that is gone has replied to it already. */
  answered = false;
  readonly #handle = new HandlerClient(this.client, this);

  override get handle(): HandlerClient {
    return this.#handle;
  }

  override get replyFlags(): number {
    return super.replyFlags | frameFlags.apart;
  }

  override reply(fields?: { [field: string]: unknown }): void {
    if (!this.answered && !this.#handle.isSilent()) super.reply(fields);
  }

  /** Other handlers of the client go on with theirs. */
  override retire(): WorkerClient {
    this.#handle.retired = true;
    return this.client;
  }

  override recall(): void {
    this.#handle.retired = false;
  }
}

/** What one handler holds of a client. */
class HandlerClient {
  /** The handler is past its time, and has not settled: what it says is dropped. */
  retired = false;
  readonly session: HandlerSession;
  readonly #client: WorkerClient;
  readonly #event: RunningEvent;

  constructor(client: WorkerClient, event: RunningEvent) {
    this.#client = client;
    this.#event = event;
    this.session = new HandlerSession(this, client);
  }

  get id() {
    return this.#client.id;
  }

  /** Of the binding, as other clients have it. */
  get epoch() {
    return this.#client.epoch;
  }

  get uid() {
    return this.#client.uid;
  }

  get protocol() {
    return this.#client.protocol;
  }

  get remoteAddress() {
    return this.#client.remoteAddress;
  }

  get worker() {
    return this.#client.worker;
  }

  send(name: string, fields: MessageValue): void {
    if (!this.isSilent()) this.#client.send(name, fields);
  }

  reply(name: string, fields: MessageValue): void {
    if (this.isSilent()) return;
    const isRunning = this.#client.lanes?.isRunning(this.#event) === true;
    this.#client.replyTo(isRunning ? this.#event.request : undefined, name, fields);
  }

  request(name: string, fields: MessageValue, options?: RequestOptions) {
    return this.unlessSilent(() => this.#client.request(name, fields, options));
  }

  close(detail?: string): void {
    if (!this.isSilent()) this.#client.close(detail);
  }

  closeWith(name: string, fields: MessageValue): void {
    if (!this.isSilent()) this.#client.closeWith(name, fields);
  }

  destroy(detail?: string) {
    return this.unlessSilent(() => this.#client.destroy(detail));
  }

  bindUid(uid: string, options?: BindOptions) {
    return this.unlessSilent(() => this.#client.bindUid(uid, options));
  }

  unbindUid() {
    return this.unlessSilent(() => this.#client.unbindUid());
  }

  joinGroup(group: string | readonly string[]) {
    return this.unlessSilent(() => this.#client.joinGroup(group));
  }

  leaveGroup(group: string | readonly string[]) {
    return this.unlessSilent(() => this.#client.leaveGroup(group));
  }

  isSilent(): boolean {
    if (this.retired) this.#client.peer.core.dispatcher.lateOutput++;
    return this.retired;
  }

  unlessSilent<R>(call: () => Promise<R>): Promise<R> {
    if (!this.isSilent()) return call();
    const refused = Promise.reject<R>(pastItsTime());
    // Need not be awaited, as it need not otherwise.
    refused.catch(() => {});
    return refused;
  }
}

/** The session that all handlers of the client share. */
class HandlerSession {
  readonly #handler: HandlerClient;
  readonly #client: WorkerClient;

  constructor(handler: HandlerClient, client: WorkerClient) {
    this.#handler = handler;
    this.#client = client;
  }

  get values() {
    return this.#client.session.values;
  }

  get version() {
    return this.#client.session.version;
  }

  get(key: string) {
    return this.#client.session.get(key);
  }

  set(values: SessionValues, options?: SessionWrite): Promise<unknown> {
    return this.#handler.unlessSilent(() => this.#client.session.set(values, options));
  }

  patch(values: SessionValues, options?: SessionWrite): Promise<unknown> {
    return this.#handler.unlessSilent(() => this.#client.session.patch(values, options));
  }
}
