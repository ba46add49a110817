/** What user code sees of a worker: the types of events modules, clients, sessions and the worker itself. */
import type { ProtocolTypes } from '../codec/index.js';
import type { Value } from '../link/index.js';
import type { CloseReason } from '../protocol/index.js';
import type { Accepted, Refused } from './auth.js';
import type { BindOptions, Bound, Cluster } from './cluster.js';
import type { SessionFields } from './session-fields.js';
import type { TimerOptions, TimerTick, WorkerTimer } from './timers.js';

export type UpName<T extends ProtocolTypes> = keyof T['up'] & string;
export type DownName<T extends ProtocolTypes> = keyof T['down'] & string;

/** Names of the messages that expect an answer. */
export type RequestName<T extends ProtocolTypes> = keyof T['requests'] & DownName<T>;

/** What a request is answered with. */
export type AnswerTo<T extends ProtocolTypes, K> = K extends keyof T['requests'] ? T['requests'][K] : never;

/** Where the schema names no such message, there are no fields to give. */
type FieldsOf<A, K extends string> = A extends { readonly [P in K]: infer F extends object } ? F : object;

/** What the handler of an auth message returns. */
export type AuthResult<T extends ProtocolTypes, K extends keyof T['auth']> =
  | Accepted<FieldsOf<T['auth'][K], 'ok'>>
  | Refused<FieldsOf<T['auth'][K], 'fail'>>;

/** What the handler of message `K` returns: a verdict for an auth message, nothing for others. */
export type HandlerResult<T extends ProtocolTypes, K> = K extends keyof T['auth']
  ? AuthResult<T, K> | Promise<AuthResult<T, K>>
  : void | Promise<void>;

export type Handler<T extends ProtocolTypes, K extends UpName<T>> = (
  client: Client<T>,
  message: T['up'][K],
  event: MessageEvent<T, K>,
) => HandlerResult<T, K>;

/** A message whose id the protocol does not know. */
export interface UnknownMessage {
  readonly id: number | string | undefined;
  readonly [field: string]: unknown;
}

/** An error in a handler, and where it happened. */
export interface ErrorContext<T extends ProtocolTypes = ProtocolTypes> {
  readonly client?: Client<T> | undefined;
  /** Message name, or `connect`, `close`, `unhandledRejection`. */
  readonly message: string;
  readonly eventId?: string | undefined;
}

/**
 * An events module: each export is optional. `on<Message>` stands for each message that clients send; heartbeats are
 * answered by the gateway and have no handler.
 */
export type Events<T extends ProtocolTypes = ProtocolTypes> = {
  readonly [K in UpName<T> as `on${Capitalize<K>}`]?: Handler<T, K>;
} & {
  /** Before the first event; events wait until it has settled. */
  readonly onWorkerStart?: (worker: Worker<T>) => void | Promise<void>;
  readonly onConnect?: (client: Client<T>) => void | Promise<void>;
  readonly onUnknown?: (
    client: Client<T>,
    message: UnknownMessage,
    event: MessageEvent<T, never>,
  ) => void | Promise<void>;
  /** Once for each connection, behind its last message. */
  readonly onClose?: (client: Client<T>, reason: CloseReason) => void | Promise<void>;
  /** The first connection of a uid has come, at any gateway; told to one worker. */
  readonly onUidOnline?: (uid: string, worker: Worker<T>) => void | Promise<void>;
  /** The last connection of a uid is gone, at all gateways. */
  readonly onUidOffline?: (uid: string, worker: Worker<T>) => void | Promise<void>;
  /** After a handler has thrown, or its time was up (`FG_HANDLER_TIMEOUT`); the error has been logged already. */
  readonly onError?: (error: unknown, context: ErrorContext<T>) => void | Promise<void>;
  /** When all handlers have settled and no more events will come. */
  readonly onWorkerStop?: (worker: Worker<T>) => void | Promise<void>;
};

/** What is known about a message besides its fields. */
export interface MessageEvent<T extends ProtocolTypes = ProtocolTypes, K extends string = UpName<T>> {
  /** `clientId:seq`: the same when the event is delivered again. */
  readonly id: string;
  /** `true`: a worker has seen this event before and did not finish it. */
  readonly redelivered: boolean;
  /** Wall time in milliseconds at which the gateway read the message. */
  readonly receivedAt: number;
  /**
   * Aborted when the link to the client's gateway is lost, or the handler's time is up: what it still sends goes nowhere.
   */
  readonly signal: AbortSignal;
  /**
   * Sends the reply that the protocol declares for this message.
   * @throws FramegateError `FG_REPLY` when there is none, or it was sent already.
   */
  reply(fields?: K extends keyof T['replies'] ? T['replies'][K] : never): void;
}

export type { Value as SessionValue };
/** What a session holds: what {@link SessionFields} says; any plain data as long as that is empty. */
export type SessionValues = keyof SessionFields extends never
  ? { readonly [key: string]: Value }
  : { readonly [K in keyof SessionFields]?: SessionFields[K] };
/** What changes in a session: `null` removes a key. */
export type SessionPatch = keyof SessionFields extends never
  ? { readonly [key: string]: Value }
  : { readonly [K in keyof SessionFields]?: SessionFields[K] | null };

export interface SessionResult {
  /** `false`: `expect` was given and somebody else wrote before. */
  readonly ok: boolean;
  readonly version: number;
  /** All values, as they are now at the gateway. */
  readonly current: SessionValues;
}

export interface SessionWrite {
  /** Write only if the session still has this version. */
  readonly expect?: number;
}

/**
 * The client's key-value state, kept by its gateway: as of the current event, with the handler's own writes. What others
 * write is seen from the next event on, or with the answer to a write.
 */
export interface Session {
  /** All values. */
  readonly values: SessionValues;
  /** Goes up with each write, whoever makes it. */
  readonly version: number;
  get<K extends keyof SessionValues & string>(key: K): SessionValues[K] | undefined;
  /**
   * Replaces all values. Resolves when the gateway has confirmed; need not be awaited.
   * @throws FramegateError `FG_VALUE` for values that are not plain data; rejects with `FG_TOO_LARGE` above 64 KiB.
   * @example await client.session.set({ room: 'lobby' })
   */
  set(values: SessionValues, options?: SessionWrite): Promise<SessionResult>;
  /** Sets the given keys and keeps the others; `null` removes a key. Otherwise like `set`. */
  patch(values: SessionPatch, options?: SessionWrite): Promise<SessionResult>;
}

/**
 * A connected client, in the hands of its worker. What is written through it is sent at the end of the event-loop turn, in
 * order.
 */
export interface Client<T extends ProtocolTypes = ProtocolTypes> {
  /** Opaque and unguessable; never used again. */
  readonly id: string;
  /** Bound by an accepted login or `bindUid`. */
  readonly uid: string | undefined;
  /** Id of the protocol. */
  readonly protocol: string;
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
  readonly session: Session;
  readonly worker: Worker<T>;
  /**
   * Sends a message.
   * @throws EncodeError when the fields do not fit the message.
   * @throws FramegateError `FG_TOO_LARGE`
   * @example client.send('said', { from: 'bob', line: 'hello' })
   */
  send<K extends DownName<T>>(name: K, fields: T['down'][K]): void;
  /** Like `send`, with the message being handled as the request: what the protocol echoes is taken from it. */
  reply<K extends DownName<T>>(name: K, fields: T['down'][K]): void;
  /**
   * Sends a message that expects an answer, and waits for it. The answer is no event, and overtakes those of the client, so
   * a handler may await it. Resolves to its value; to `{ name, value }` where the schema lets it be one of several.
   *
   * Rejects with {@link RequestRefused} (`FG_REFUSED`) when the answer is a message that the schema calls an error, and with
   * `FG_TIMEOUT`, `FG_CLOSED` (the client is gone), `FG_BUSY` (64 requests are unanswered), `FG_BACKPRESSURE` (the client
   * says too much else), `FG_BAD_ANSWER`, `FG_REQUEST`, `FG_UNREACHABLE`, or an EncodeError.
   * @example const { regs } = await client.request('readHolding', { unit: 1, addr: 0, qty: 2 })
   */
  request<K extends RequestName<T>>(name: K, fields: T['down'][K], options?: RequestOptions): Promise<AnswerTo<T, K>>;
  /** Ends the connection when all that was sent has left. `detail` appears in `onClose`. */
  close(detail?: string): void;
  /** Sends a last message, then ends the connection. */
  closeWith<K extends DownName<T>>(name: K, fields: T['down'][K]): void;
  /** Ends the connection at once; what has not left is dropped. */
  destroy(detail?: string): Promise<boolean>;
  /** Resolves when the gateway has confirmed: `false` if the client is gone. Need not be awaited. */
  bindUid(uid: string): Promise<boolean>;
  bindUid(uid: string, options: BindOptions<T>): Promise<Bound>;
  unbindUid(): Promise<boolean>;
  /** One group or several. */
  joinGroup(group: string | readonly string[]): Promise<boolean>;
  leaveGroup(group: string | readonly string[]): Promise<boolean>;
}

/** What may be said about a request. */
export interface RequestOptions {
  /** Milliseconds to wait after each sending, at most a day; what the schema says (`within`) if absent. */
  readonly timeout?: number;
  /** How often to send again, 0 to 255; what the schema says if absent. */
  readonly retries?: number;
  /** Aborted: nobody waits any more. The promise rejects with the signal's reason; an answer counts as late. */
  readonly signal?: AbortSignal;
}

/** The worker, for one protocol: all that a {@link Cluster} is, in the program that runs the handlers. */
export interface Worker<T extends ProtocolTypes = ProtocolTypes> extends Cluster<T> {
  readonly id: string;
  /**
   * Calls `run` once, or again and again, for as long as the worker lives; with `singleton` in one worker of the cluster.
   * What it throws is logged and told to `onError`, with the message `timer`.
   * @throws FramegateError `FG_VALUE`
   * @example worker.setTimer({ every: 60_000, singleton: 'report' }, ({ key }) => report(key))
   */
  setTimer(options: TimerOptions, run: (tick: TimerTick) => void | Promise<void>): WorkerTimer;
}
