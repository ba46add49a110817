/**
 * The protocol contract: what a generated codec offers, and what the runtime may rely on.
 *
 * A protocol is data (descriptors, policies) plus pure functions over bytes. It never reads a socket, a clock or a file.
 * Everything that a connection has to remember between two frames stands in its {@link ConnContext}.
 */
import type { ConnContext } from './conn-context.js';
import type { Splitter } from './splitter.js';
import type { Writer } from './writer.js';

/** `up`: from client to server. `down`: from server to client. */
export type Direction = 'up' | 'down';

/** What {@link Protocol.classify} answers for a good frame whose id no message has and the protocol keeps. */
export const UNKNOWN = -1;
/** What {@link Protocol.classify} answers for a frame that must be refused; `problem` then says why. */
export const BAD = -2;

/** The types behind a protocol; generated as one interface in `types.ts`. Exists at compile time only. */
export interface ProtocolTypes {
  /** Message name -> value, as decoded, for messages that clients send. */
  up: object;
  /** Message name -> value, as given to an encoder, for messages that the server sends. */
  down: object;
  /** Name of an auth message -> what accept and refuse take. */
  auth: object;
  /** Name of a message with a declared reply -> the fields of that reply that are left to give. */
  replies: object;
  /**
   * Name of a message that expects an answer -> that answer; `{ name, value }` where it may be one of several. Optional:
   * a protocol that asks nothing need not say so.
   */
  requests?: object;
}

/** A value as generated code sees it: the interfaces in `types.ts` are stricter. */
export type MessageValue = { [field: string]: unknown };

/** A decoded frame. `index` is the place in `up` or `down`, or {@link UNKNOWN}. */
export interface Decoded {
  readonly index: number;
  /** Message name, or `unknown`. */
  readonly name: string;
  /** The frame's id: a number for binary protocols, `undefined` where messages have none. */
  readonly id: number | string | undefined;
  readonly value: MessageValue;
  /** As in {@link MessageCodec.secrets}, of what is no message: there only if there are some. */
  readonly secrets?: readonly string[];
}

/** A message that answers another: which, and what of its fields follows from the request. */
export interface Answer {
  readonly message: string;
  /** Fields that the schema derives from the request (`with:`), if any. */
  readonly values?: (request: MessageValue) => MessageValue;
}

export interface AuthPolicy {
  /** The identity that a login claims; becomes the uid when the handler accepts. */
  readonly identity: (value: MessageValue) => string;
  readonly ok?: Answer;
  readonly fail?: Answer;
  /** What a client hears that sends something else before it has logged in; nothing if absent. */
  readonly early?: Answer;
  /** Milliseconds from connect until the login must have been accepted. */
  readonly within: number;
  /** Refusals after which the connection is closed. */
  readonly tries: number;
}

export interface HeartbeatPolicy {
  readonly reply?: Answer;
  /** Milliseconds between two heartbeats of a healthy client. */
  readonly every: number;
  /** A client that was silent for `every * miss` milliseconds is closed. */
  readonly miss: number;
}

export interface ReplyPolicy extends Answer {
  /** `auto`: before the handler; `after-handler`: when it has settled; `manual`: only by `event.reply`. */
  readonly mode: 'auto' | 'after-handler' | 'manual';
}

export interface ExpectsPolicy {
  readonly messages: readonly string[];
  /** Field of the answer -> field of the request that it must equal. */
  readonly match: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly within: number;
  /** How often it is sent again. */
  readonly retries: number;
  /** `true`: the answer is matched by the frame's serial number, so what is sent again has the same one. */
  readonly sameSerial?: boolean;
}

/** What a part says of the message that it belongs to. */
export interface Part {
  /** Equal for the parts of one message. */
  readonly key: string;
  /** From 1. */
  readonly index: number;
  readonly total: number;
}

/** Bounds of putting parts together. */
export interface PartLimits {
  /** Of one whole message. */
  readonly bytes: number;
  /** Unfinished messages of one connection. */
  readonly open: number;
  /** Milliseconds from the first part to the last. */
  readonly ttl: number;
}

/** Frames whose bodies are parts of one body. */
export interface FragmentedFrames {
  readonly limits: PartLimits;
  /** What a checked frame says, and where its body stands; `undefined` when it is whole. */
  part(
    b: Uint8Array,
    start: number,
    stop: number,
    conn?: ConnContext,
  ): (Part & { readonly from: number; readonly to: number }) | undefined;
}

/** A message of which each part has some items of a list. */
export interface FragmentedList {
  readonly limits: PartLimits;
  /** The field that is put together. */
  readonly list: string;
  part(value: MessageValue): Part | undefined;
}

/** One message in one direction. `read` and `write` are generated. */
export interface MessageCodec {
  readonly name: string;
  readonly index: number;
  /** `true`: allowed before login too. */
  readonly anyAccess?: boolean;
  readonly auth?: AuthPolicy;
  readonly heartbeat?: HeartbeatPolicy;
  readonly reply?: ReplyPolicy;
  readonly expects?: ExpectsPolicy;
  /** `true`: the connection ends after this message. */
  readonly closes?: boolean;
  /** Present: not delivered again when its worker dies. */
  readonly delivery?: 'at-most-once';
  /** `true`: an expected answer that rejects its request. */
  readonly error?: boolean;
  /** It comes in parts. */
  readonly fragments?: FragmentedList;
  /** Paths of what must not appear in a log, a status or an error: `pass`, `account.pin`; of all items in lists. */
  readonly secrets?: readonly string[];
  /** `true`: the encoder needs the connection (serial counter, identity, learned variables) unless told otherwise. */
  readonly needsConnection?: boolean;
  /** The id of a checked frame, where frames have one. */
  id?(b: Uint8Array, start: number, end: number): number | string;
  /**
   * Decodes the frame `[start, end)`, whose frame-level checks have passed ({@link Protocol.classify} gave this index).
   * @returns the value, or `undefined` with the reason in `problem`.
   */
  read(b: Uint8Array, start: number, end: number, conn?: ConnContext, request?: Decoded): MessageValue | undefined;
  /**
   * Appends one whole frame to `w`.
   * @returns `true`, or `false` when `conn` was not given and the frame must still go through {@link Protocol.finish}.
   * @throws EncodeError when the value does not fit; `w` is left as it was.
   */
  write(w: Writer, value: MessageValue, conn?: ConnContext, request?: Decoded): boolean;
}

/** A protocol, compiled from its schema. */
export interface Protocol<T extends ProtocolTypes = ProtocolTypes> {
  readonly id: string;
  readonly version: string;
  /** Hash of all that a gateway acts on: frame, ids, policies. Equal hashes may share clients. */
  readonly wireHash: string;
  /** Hash of the whole schema. */
  readonly schemaHash: string;
  readonly limits: {
    /** Bytes of the longest frame. */
    readonly frame: number;
    /** Milliseconds of silence after which a connection is closed. */
    readonly idle: number;
  };
  /** `false`: the schema says that connections need no login and are open from the start. */
  readonly login: boolean;
  /** `true`: a body that does not fit its message is delivered as unknown, with a warning, instead of refused. */
  readonly keepsBodies: boolean;
  /** `true`: shapes of frames depend on the login, so that a refused login ends the connection. */
  readonly opens: boolean;
  /** `true`: a connection without login is known by its remote address. */
  readonly peerIdentity: boolean;
  /** How many shapes of frames there are. */
  readonly shapes: number;
  /** Whatever is long comes in parts. */
  readonly fragments?: FragmentedFrames;
  /** What answers a frame that no message fits. */
  readonly unknownReply?: Answer;
  /** The paths of all secrets that go each way; in what cannot be decoded, nobody knows where they stand. */
  readonly secrets: { readonly up: readonly string[]; readonly down: readonly string[] };
  readonly up: readonly MessageCodec[];
  readonly down: readonly MessageCodec[];
  /** A splitter for one connection's stream in one direction. */
  splitter(direction: Direction, conn: ConnContext): Splitter;
  /**
   * Checks the frame `[start, end)` (markers, sizes, checksums) and reads its id.
   * @returns the message's index, {@link UNKNOWN}, or {@link BAD} with the reason in `problem`.
   */
  classify(direction: Direction, b: Uint8Array, start: number, end: number, conn?: ConnContext): number;
  /**
   * Checks and decodes the frame `[start, end)`.
   * @returns `undefined` with the reason in `problem` when it cannot be.
   */
  decode(
    direction: Direction,
    b: Uint8Array,
    start: number,
    end: number,
    conn?: ConnContext,
    request?: Decoded,
  ): Decoded | undefined;
  /**
   * Decodes a frame that has been checked: {@link Protocol.classify} gave this index. What has been verified is not
   * verified again.
   * @returns `undefined` with the reason in `problem` when the body cannot be decoded and the protocol keeps no bodies.
   */
  decodeAs(
    direction: Direction,
    index: number,
    b: Uint8Array,
    start: number,
    end: number,
    conn?: ConnContext,
    request?: Decoded,
  ): Decoded | undefined;
  /** A good frame of unknown id as `{ id, body }` and the frame's other values. */
  readUnknown(direction: Direction, b: Uint8Array, start: number, end: number, conn?: ConnContext): Decoded;
  /** Completes a frame that was written without its connection: serial, identity, then checks. Appends it to `w`. */
  finish(w: Writer, b: Uint8Array, start: number, end: number, conn: ConnContext): void;
  /** Exists for the type checker only. */
  readonly types?: T;
}
