/** A client of an application under test: it speaks its protocol through the same codec that the application has. */
import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import {
  BAD,
  ConnContext,
  type Decoded,
  type FrameSink,
  type MessageValue,
  PartJoiner,
  type Protocol,
  type ProtocolTypes,
  problemText,
  type Splitter,
  Writer,
} from '../codec/index.js';
import type { Gateway, GatewayClient } from '../gateway/index.js';
import type { Address, Timer } from '../net/index.js';
import { type CloseReasonCode, FramegateError, ProtocolTable } from '../protocol/index.js';
import type { DownName, UpName } from '../worker/index.js';
import type { SimConnection, SimProcess } from './sim/index.js';
import { Bell } from './waiting.js';

/** The fields of a message that a client sends; those that the encoder finds by itself may be left out. */
export type SentFields<T extends ProtocolTypes, K extends UpName<T>> = Partial<T['up'][K]>;

/** A message that has come from the server. */
export interface Received<T extends ProtocolTypes = ProtocolTypes, K extends DownName<T> = DownName<T>> {
  readonly name: K;
  readonly value: T['down'][K];
}

/** Why a connection has ended, as the gateway saw it. */
export interface Closed {
  readonly code: CloseReasonCode;
  readonly detail: string;
}

type Fields = { readonly [field: string]: unknown };

export class TestClient<T extends ProtocolTypes = ProtocolTypes> {
  /** Messages that have come and were not taken yet, the oldest first. */
  readonly received: Received<T>[] = [];
  readonly #table: ProtocolTable;
  readonly #gateway: Gateway;
  readonly #process: SimProcess;
  readonly #patience: number;
  readonly #context = new ConnContext();
  readonly #parts: PartJoiner;
  readonly #splitter: Splitter;
  readonly #bell = new Bell();
  readonly #requests = new WeakMap<Received<T>, Decoded>();
  #connection: SimConnection | undefined;
  #quiet: Timer | undefined;
  #stage: 'dialling' | 'open' | 'ended' = 'dialling';
  /** How the gateway sees this client. */
  #client: GatewayClient | undefined;
  /** Why the gateway has turned it away before it was one. */
  #refused: CloseReasonCode | undefined;
  #taken: Received<T> | undefined;
  readonly #sink: FrameSink = {
    frame: (b, start, end) => this.#frame(b, start, end),
    skipped: code => {
      throw new Error(`The server sent bytes that are no frame: ${code}`);
    },
  };

  /** Made by {@link TestApp.connect}. */
  constructor(protocol: Protocol<T>, gateway: Gateway, process: SimProcess, patience: number) {
    this.#table = new ProtocolTable(protocol);
    this.#parts = new PartJoiner(this.#table.protocol);
    this.#gateway = gateway;
    this.#process = process;
    this.#patience = patience;
    this.#context.state = 'open';
    this.#splitter = protocol.splitter('down', this.#context);
  }

  /** The client id, as the application sees it; empty for a client that was turned away. */
  get id(): string {
    return this.#client?.id ?? '';
  }

  get uid(): string | undefined {
    return this.#client?.uid;
  }

  /** The server has not ended the connection. */
  get open(): boolean {
    return this.#stage === 'open';
  }

  /** Used by {@link TestApp.connect}. */
  async dial(address: Address): Promise<void> {
    const before = { ...this.#gateway.closes };
    const handler = {
      opened: () => this.#turn('open'),
      data: (b: Uint8Array, start: number, end: number) => this.#data(b, start, end),
      ended: () => {
        this.#turn('ended');
        this.#connection?.end();
      },
      closed: () => this.#turn('ended'),
    };
    const connection = this.#process.dial(address, handler);
    this.#connection = connection;
    await this.#bell.until(() => this.#stage !== 'dialling', this.#patience);
    this.#client = this.#gateway.clients.find(c => c?.connection.peer === connection.local);
    if (this.#client !== undefined) return;
    for (const [code, count] of Object.entries(this.#gateway.closes)) {
      if (count > (before[code as CloseReasonCode] ?? 0)) this.#refused = code as CloseReasonCode;
    }
  }

  // What the client does.

  /**
   * Sends a message. It arrives when the test next waits for something.
   * @throws EncodeError when the fields do not fit.
   * @throws FramegateError `FG_CLOSED` when the connection has ended.
   * @example ann.send('login', { name: 'ann', pass: 'secret' })
   */
  send<K extends UpName<T>>(name: K, fields: SentFields<T, K>): void {
    this.#send(name, fields as Fields, undefined);
  }

  /**
   * Sends an answer to the message that was taken last: what the protocol echoes (a serial number, an id) is taken from it.
   * @example const ask = await device.expect('command'); device.answer('result', { line: 'OK' })
   */
  answer<K extends UpName<T>>(name: K, fields: SentFields<T, K>): void {
    const request = this.#taken === undefined ? undefined : this.#requests.get(this.#taken);
    if (request === undefined) {
      throw new FramegateError('FG_NOT_IN_EVENT', `There is no message to answer with "${name}"; take one with expect`);
    }
    this.#send(name, fields as Fields, request);
  }

  /** Sends bytes as they are: good frames, broken ones, or parts of some. */
  sendBytes(bytes: Uint8Array): void {
    if (this.#stage !== 'open') {
      throw new FramegateError('FG_CLOSED', 'The connection of this client has ended; connect another one');
    }
    this.#connection!.write(bytes);
  }

  /** Reads no more, as a slow client does, until {@link resume}. */
  pause(): void {
    this.#connection!.pause();
  }

  resume(): void {
    this.#connection!.resume();
  }

  /** Ends the connection in order: what was sent still arrives. */
  end(): void {
    this.#connection!.end();
  }

  /** Breaks the connection off. */
  destroy(): void {
    this.#connection!.destroy();
  }

  // What it waits for.

  /** Takes the next message, whichever it is. */
  async next(): Promise<Received<T>> {
    await this.#wait(() => this.received.length > 0 || this.#stage === 'ended');
    return this.#take('a message');
  }

  /**
   * Takes the next message, which must be this one.
   * @param fields that it must have, each deeply equal; others may be there.
   * @returns its value.
   * @throws AssertionError when another message comes, or none.
   * @example await ann.expect('welcome', { name: 'ann' })
   */
  async expect<K extends DownName<T>>(name: K, fields?: Partial<T['down'][K]>): Promise<T['down'][K]> {
    await this.#wait(() => this.received.length > 0 || this.#stage === 'ended');
    const { name: came, value } = this.#take(`"${name}"`);
    if (came === name && hasFields(value, fields)) return value as T['down'][K];
    throw new AssertionError({
      message: `Expected ${shown(name, fields)}, got ${shown(came, value)}`,
      actual: { name: came, value },
      expected: { name, value: { ...(came === name ? (value as object) : {}), ...fields } },
      operator: 'expect',
    });
  }

  /** Like {@link expect}, but messages before it are thrown away. */
  async skipTo<K extends DownName<T>>(name: K, fields?: Partial<T['down'][K]>): Promise<T['down'][K]> {
    const at = (): number => this.received.findIndex(m => m.name === name && hasFields(m.value, fields));
    await this.#wait(() => at() >= 0 || this.#stage === 'ended');
    const skipped = this.received.splice(0, Math.max(0, at()));
    if (at() < 0) {
      const others = this.received.map(m => m.name).join(', ');
      throw this.#nothing(shown(name, fields), others === '' ? '' : `; there came ${others}`);
    }
    this.#taken = skipped.at(-1);
    return this.#take(name).value as T['down'][K];
  }

  /** Lets happen what is due now; nothing may have come by then. */
  async expectNothing(): Promise<void> {
    await this.#process.world.run(0);
    const first = this.received[0];
    if (first === undefined) return;
    throw new AssertionError({
      message: `Expected nothing, got ${shown(first.name, first.value)}`,
      actual: this.received,
      expected: [],
      operator: 'expectNothing',
    });
  }

  /**
   * Waits until the server has ended the connection.
   * @returns the reason that the application is told as well.
   * @example await test.advance(60_000); (await ann.closed()).code // 'auth-timeout'
   */
  async closed(): Promise<Closed> {
    const reason = (): Closed | undefined => this.#reason();
    await this.#wait(() => reason() !== undefined);
    const found = reason();
    if (found !== undefined) return found;
    throw new AssertionError({
      message: 'Expected the connection to end, but it is open; time passes with advance(ms) only',
      operator: 'closed',
    });
  }

  #reason(): Closed | undefined {
    if (this.#refused !== undefined) return { code: this.#refused, detail: '' };
    if (this.#client === undefined || this.#client.stage === 'live') return undefined;
    return { code: this.#client.reason, detail: this.#client.detail };
  }

  async #wait(condition: () => boolean): Promise<void> {
    await this.#process.world.run(0);
    if (!condition()) await this.#bell.until(condition, this.#patience);
    const fault = this.#process.faults.shift();
    if (fault !== undefined) throw fault;
  }

  #take(wanted: string): Received<T> {
    const message = this.received.shift();
    if (message === undefined) throw this.#nothing(wanted, '');
    this.#taken = message;
    return message;
  }

  #nothing(wanted: string, more: string): AssertionError {
    const reason = this.#reason();
    const detail = reason === undefined || reason.detail === '' ? '' : ` (${reason.detail})`;
    const why = reason === undefined ? '' : `; the connection has ended: ${reason.code}${detail}`;
    return new AssertionError({ message: `Expected ${wanted}, got nothing${more}${why}`, operator: 'expect' });
  }

  #send(name: string, fields: Fields, request: Decoded | undefined): void {
    const codec = this.#table.upByName.get(name);
    if (codec === undefined) {
      const known = [...this.#table.upByName.keys()].join(', ');
      const { id } = this.#table.protocol;
      throw new FramegateError(
        'FG_UNKNOWN_MESSAGE',
        `Protocol "${id}" has no message "${name}" that clients send; it has ${known}`,
      );
    }
    const w = new Writer(256);
    codec.write(w, { ...fields } as MessageValue, this.#context, request);
    this.sendBytes(w.bytes.slice(0, w.length));
  }

  // From the connection.

  #turn(stage: 'open' | 'ended'): void {
    this.#stage = stage;
    this.#bell.ring();
  }

  #data(b: Uint8Array, start: number, end: number): void {
    this.#splitter.push(b, start, end, this.#sink);
    this.#bell.ring();
    this.#quiet?.cancel();
    const { quiet } = this.#splitter;
    if (quiet > 0) this.#quiet = this.#process.after(quiet, () => this.#silence());
  }

  /** Ends a frame that nothing but silence ends. */
  #silence(): void {
    this.#splitter.silence(this.#sink);
    this.#bell.ring();
  }

  #frame(b: Uint8Array, start: number, end: number): boolean {
    const { protocol } = this.#table;
    const index = protocol.fragments === undefined ? BAD : protocol.classify('down', b, start, end, this.#context);
    const whole = index !== BAD && this.#parts.take(b, start, end, this.#context);
    if (whole === true) return true;
    const decoded =
      whole === false
        ? protocol.decode('down', b, start, end, this.#context)
        : protocol.decodeAs('down', index, whole, 0, whole.length, this.#context);
    if (decoded === undefined) {
      throw new Error(`The server sent a frame that its own protocol cannot read: ${problemText()}`);
    }
    const message = { name: decoded.name, value: decoded.value } as unknown as Received<T>;
    this.#requests.set(message, decoded);
    this.received.push(message);
    return true;
  }
}

function hasFields(value: unknown, fields: object | undefined): boolean {
  return Object.entries(fields ?? {}).every(([key, wanted]) => isDeepStrictEqual((value as Fields)[key], wanted));
}

function shown(name: string, value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v));
  return text === undefined || text === '{}' ? `"${name}"` : `"${name}" ${text}`;
}
