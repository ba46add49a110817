/** What user code sees of a worker: the types of events modules, clients, sessions and the worker itself. */
import type { ProtocolTypes } from '../codec/index.js';
import type { Value } from '../link/index.js';
import type { CloseReason } from '../protocol/index.js';
import type { Accepted, Refused } from './auth.js';

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
export type SessionValues = { readonly [key: string]: Value };

export interface SessionResult {
  /** `false`: `expect` was given and somebody else wrote before. */
  readonly ok: boolean;
  readonly version: number;
  readonly current: SessionValues;
}

export interface SessionWrite {
  /** Write only if the session still has this version. */
  readonly expect?: number;
}

/** The client's key-value state: as of the current event, with the handler's own writes. Kept by the gateway. */
export interface Session {
  /** All values. */
  readonly values: SessionValues;
  readonly version: number;
  get(key: string): Value;
  /**
   * Replaces all values. Resolves when the gateway has confirmed; need not be awaited.
   * @throws FramegateError `FG_VALUE` for values that are not plain data; rejects with `FG_TOO_LARGE` above 64 KiB.
   * @example await client.session.set({ room: 'lobby' })
   */
  set(values: SessionValues, options?: SessionWrite): Promise<SessionResult>;
  /** Sets the given keys and keeps the others; `null` removes a key. Otherwise like `set`. */
  patch(values: SessionValues, options?: SessionWrite): Promise<SessionResult>;
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
  /** Resolves when the gateway has confirmed: `false` if the client is gone. Need not be awaited. */
  bindUid(uid: string): Promise<boolean>;
  unbindUid(): Promise<boolean>;
  joinGroup(group: string): Promise<boolean>;
  leaveGroup(group: string): Promise<boolean>;
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

/** A result that several gateways contribute to. */
export interface Result<V> {
  readonly value: V;
  /** `false`: a gateway that is known did not answer, so something may be missing. */
  readonly complete: boolean;
  /** Ids of those gateways. */
  readonly missing: readonly string[];
}

export interface SendOptions {
  /** Client ids that do not get the message. */
  readonly exclude?: readonly string[] | string;
}

/**
 * The worker, for one protocol: typed sends reach clients of that protocol only. Sends to many reach clients that are
 * logged in. Queries see the writes that this worker has made before them.
 *
 * All promises reject with `FG_UNREACHABLE` when a gateway that alone could answer does not.
 */
export interface Worker<T extends ProtocolTypes = ProtocolTypes> {
  readonly id: string;
  sendToClient<K extends DownName<T>>(clientId: string, name: K, fields: T['down'][K]): void;
  /** One uid or several; each of their connections. */
  sendToUid<K extends DownName<T>>(
    uid: string | readonly string[],
    name: K,
    fields: T['down'][K],
    o?: SendOptions,
  ): void;
  /** One group or several; a client in two of them gets the message once. */
  sendToGroup<K extends DownName<T>>(
    group: string | readonly string[],
    name: K,
    fields: T['down'][K],
    o?: SendOptions,
  ): void;
  sendToAll<K extends DownName<T>>(name: K, fields: T['down'][K], options?: SendOptions): void;
  /** Like `client.request`, for any client of this protocol. */
  request<K extends RequestName<T>>(
    clientId: string,
    name: K,
    fields: T['down'][K],
    options?: RequestOptions,
  ): Promise<AnswerTo<T, K>>;
  /** `false`: there is no such client. */
  closeClient(clientId: string, detail?: string): Promise<boolean>;
  isOnline(clientId: string): Promise<boolean>;
  isUidOnline(uid: string): Promise<boolean>;
  getClientIdsByUid(uid: string): Promise<Result<readonly string[]>>;
  getUidByClientId(clientId: string): Promise<string | undefined>;
  getClientIdsByGroup(group: string): Promise<Result<readonly string[]>>;
  getClientCountByGroup(group: string): Promise<Result<number>>;
  getUidsByGroup(group: string): Promise<Result<readonly string[]>>;
  getAllGroups(): Promise<Result<readonly string[]>>;
  getAllClientCount(): Promise<Result<number>>;
  getAllClientIds(): Promise<Result<readonly string[]>>;
  /** `undefined`: there is no such client. */
  getSession(clientId: string): Promise<SessionValues | undefined>;
  joinGroup(clientId: string, group: string): Promise<boolean>;
  leaveGroup(clientId: string, group: string): Promise<boolean>;
}
