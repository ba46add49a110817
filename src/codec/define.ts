/** Puts the generated pieces of a protocol together: what is the same for all protocols stands here once. */
import { ConnContext } from './conn-context.js';
import {
  type Answer,
  type AuthPolicy,
  BAD,
  type Decoded,
  type Direction,
  type ExpectsPolicy,
  type FragmentedFrames,
  type FragmentedList,
  type HeartbeatPolicy,
  type MessageCodec,
  type MessageValue,
  type Protocol,
  type ProtocolTypes,
  type ReplyPolicy,
  UNKNOWN,
} from './contract.js';
import { problem, problemText } from './problem.js';
import { hideGot, withoutSecret } from './secrets.js';
import { keepSpelling, type Spelling } from './spelling.js';
import { type CutFunction, Splitter, type StreamFilter } from './splitter.js';
import type { Writer } from './writer.js';

/** One message as generated: typed by its value `T` and by what its encoder takes, `I`. */
export interface MessageParts<T extends object, I extends object> {
  name: string;
  read(b: Uint8Array, start: number, stop: number, conn?: ConnContext, request?: Decoded): T | undefined;
  write(w: Writer, v: I, conn?: ConnContext, request?: Decoded): boolean;
  anyAccess?: boolean;
  auth?: Omit<AuthPolicy, 'identity'> & { identity: (value: T) => string };
  heartbeat?: Omit<HeartbeatPolicy, 'reply'> & { reply?: AnswerTo<T> };
  reply?: AnswerTo<T> & Pick<ReplyPolicy, 'mode'>;
  expects?: ExpectsPolicy;
  fragments?: Omit<FragmentedList, 'part'> & { part(value: T): ReturnType<FragmentedList['part']> };
  closes?: boolean;
  delivery?: 'at-most-once';
  secrets?: readonly string[];
  needsConnection?: boolean;
  error?: boolean;
  /** Values keep the text of frames that are written otherwise than an encoder would. */
  spelling?: Spelling;
  id?(b: Uint8Array, start: number, stop: number): number | string;
}

export type AnswerTo<T> = { message: Answer['message']; values?: (request: T) => object };

/** A message without its place in the protocol. */
export type MessageDefinition = Omit<MessageCodec, 'index'>;

type Spelled = MessageDefinition & { readonly spelling?: Spelling };

/**
 * Hides the types of one message behind the contract. The runtime hands to `write` what the types of the protocol let
 * through, and to policies what `read` returned.
 */
export function message<T extends object, I extends object>(parts: MessageParts<T, I>): MessageDefinition {
  const { read: plainRead, write: plainWrite, spelling, ...rest } = parts as unknown as Spelled;
  const plain = { read: plainRead, write: plainWrite };
  const { read, write } = spelling === undefined ? plain : keepSpelling(plain, spelling);
  return {
    ...rest,
    read,
    write(w, value, conn, request) {
      const start = w.length;
      const serial = conn?.serial ?? 0;
      try {
        return write(w, value, conn, request);
      } catch (e) {
        w.length = start;
        if (conn !== undefined) conn.serial = serial;
        throw rest.secrets === undefined ? e : withoutSecret(e, rest.secrets);
      }
    },
  };
}

export type DecodeFunction = (
  b: Uint8Array,
  start: number,
  stop: number,
  conn?: ConnContext,
  request?: Decoded,
) => Decoded | undefined;

export interface ProtocolParts {
  id: string;
  version: string;
  wireHash: string;
  schemaHash: string;
  limits: Protocol['limits'];
  login: boolean;
  up: readonly MessageDefinition[];
  down: readonly MessageDefinition[];
  cutUp: CutFunction;
  cutDown: CutFunction;
  /** A fresh filter for one connection's stream. */
  filter?: () => StreamFilter;
  /** Bytes of the longest frame on the wire, delimiters and escapes included; `limits.frame` if absent. */
  room?: number;
  classifyUp(b: Uint8Array, start: number, stop: number, conn?: ConnContext): number;
  classifyDown(b: Uint8Array, start: number, stop: number, conn?: ConnContext): number;
  /** How frames that no message fits are delivered, for each shape that keeps them. */
  unknown?: readonly UnknownParts[];
  /** Finds a message and decodes it in one step: `undefined` also for what has no name. */
  decodeUp?: DecodeFunction;
  decodeDown?: DecodeFunction;
  /** A body that does not fit its message is delivered as unknown, with a warning. */
  keepsBodies?: boolean;
  finish?(w: Writer, b: Uint8Array, start: number, end: number, conn: ConnContext): void;
  opens?: boolean;
  /** How many shapes of frames there are; 1 if absent. */
  shapes?: number;
  peerIdentity?: boolean;
  unknownReply?: Answer;
  fragments?: FragmentedFrames;
}

/** Frames of one shape as bytes. */
export interface UnknownParts {
  /** As in {@link ConnContext.shape}; 0 where there is only one. */
  shape: number;
  /** As in {@link MessageCodec.secrets}, of the elements around the body. */
  secrets?: readonly string[];
  id?(b: Uint8Array, start: number, stop: number): number | string;
  /** `undefined`: an element around the body cannot be read; all of the frame is then its body. */
  read(b: Uint8Array, start: number, stop: number, conn?: ConnContext): object | undefined;
}

const noDecoder: DecodeFunction = () => undefined;

const NONE: readonly string[] = [];

function secretsOfAll(messages: readonly MessageCodec[], more: readonly string[]): readonly string[] {
  return [...new Set([...messages.flatMap(m => m.secrets ?? []), ...more])];
}

/** The protocol of the given parts. */
export function defineProtocol<T extends ProtocolTypes>(parts: ProtocolParts): Protocol<T> {
  const number = (m: MessageDefinition, index: number): MessageCodec => ({ ...m, index });
  const up = parts.up.map(number);
  const down = parts.down.map(number);

  const all = parts.unknown?.flatMap(u => u.secrets ?? []) ?? [];
  /** Where the message is not known, what is secret in one of them is in all. */
  const secrets = { up: secretsOfAll(up, all), down: secretsOfAll(down, all) };

  const classify: Protocol['classify'] = (direction, b, start, end, conn) =>
    direction === 'up' ? parts.classifyUp(b, start, end, conn) : parts.classifyDown(b, start, end, conn);

  function readUnknown(way: Direction, b: Uint8Array, start: number, end: number, conn?: ConnContext): Decoded {
    const { unknown = [] } = parts;
    const shape = conn?.shape ?? 0;
    // Of a frame that was cut without a connection the shape is not known, unless only one can be meant.
    const kept = unknown.find(u => u.shape === shape) ?? (shape === 0 && unknown.length === 1 ? unknown[0] : undefined);
    const read = kept?.read(b, start, end, conn) as MessageValue | undefined;
    const value = read ?? { body: b.slice(start, end) };
    const decoded: Decoded = { index: UNKNOWN, name: 'unknown', id: kept?.id?.(b, start, end), value };
    // Without an id, or around an element that cannot be read, it may be one of the messages with a slip in it.
    if (secrets[way].length > 0 && (read === undefined || kept?.id === undefined))
      return { ...decoded, secrets: [...(kept?.secrets ?? []), 'body'] };
    return kept?.secrets === undefined ? decoded : { ...decoded, secrets: kept.secrets };
  }

  const decodeAs: Protocol['decodeAs'] = (direction, index, b, start, end, conn, request) => {
    if (index === UNKNOWN) return readUnknown(direction, b, start, end, conn);
    const codec = (direction === 'up' ? up : down)[index]!;
    const value = codec.read(b, start, end, conn, request);
    if (value !== undefined) return { index, name: codec.name, id: codec.id?.(b, start, end), value };
    hideGot(problem, codec.secrets ?? NONE);
    if (parts.keepsBodies !== true || codec.id === undefined) return undefined;
    const { field } = problem;
    const warning = `not a "${codec.name}": ${field === '' ? '' : `${field}: `}${problemText()}`;
    const kept = readUnknown(direction, b, start, end, conn);
    const warnings = (kept.value.$warn as readonly string[] | undefined) ?? [];
    const unread = { ...kept, value: { ...kept.value, $warn: [...warnings, warning] } };
    return codec.secrets === undefined ? unread : { ...unread, secrets: [...codec.secrets, 'body'] };
  };

  const decodeInSteps: Protocol['decode'] = (direction, b, start, end, conn, request) => {
    const index = classify(direction, b, start, end, conn);
    if (index === BAD) return hideGot(problem, secrets[direction]);
    return decodeAs(direction, index, b, start, end, conn, request);
  };

  const shapes = parts.shapes ?? 1;
  /** Nobody knows how the frame was cut: the first shape by which it can be decoded is the one. */
  function decodeAny(
    direction: Direction,
    b: Uint8Array,
    start: number,
    end: number,
    conn = new ConnContext(),
    request?: Decoded,
  ): Decoded | undefined {
    const { learned, identity } = conn;
    let furthest: typeof problem | undefined;
    try {
      for (let shape = 1; shape <= shapes; shape++) {
        conn.shape = shape;
        const found = decodeInSteps(direction, b, start, end, conn, request);
        // Many shapes keep what they do not know: what has a name says more.
        if (found !== undefined && found.index !== UNKNOWN) return found;
        if (found === undefined && (furthest === undefined || problem.offset > furthest.offset))
          furthest = { ...problem };
        // What a frame that is none has taught is forgotten.
        conn.learned = learned;
        conn.identity = identity;
      }
    } finally {
      conn.shape = 0;
    }
    // Nobody has a name for it: it is kept as whoever has no shape would keep it.
    const kept = decodeInSteps(direction, b, start, end, conn, request);
    if (kept !== undefined) return kept;
    if (furthest !== undefined) Object.assign(problem, furthest);
    return undefined;
  }

  // Short, and of constants: the engine then takes it and the decoder of a small message into whoever calls it.
  const { decodeUp = noDecoder, decodeDown = noDecoder } = parts;
  const decodeAtOnce: Protocol['decode'] =
    secrets.up.length + secrets.down.length === 0
      ? (direction, b, start, end, conn, request) =>
          direction === 'up' ? decodeUp(b, start, end, conn, request) : decodeDown(b, start, end, conn, request)
      : (direction, b, start, end, conn, request) =>
          (direction === 'up' ? decodeUp(b, start, end, conn, request) : decodeDown(b, start, end, conn, request)) ??
          hideGot(problem, secrets[direction]);

  /** What could not be decoded in one step is worth a second look only where it is kept. */
  const looksAgain = parts.keepsBodies === true || parts.unknown !== undefined || parts.decodeUp === undefined;
  const decodeKnown: Protocol['decode'] = looksAgain
    ? (direction, b, start, end, conn, request) =>
        decodeAtOnce(direction, b, start, end, conn, request) ?? decodeInSteps(direction, b, start, end, conn, request)
    : decodeAtOnce;

  const decode: Protocol['decode'] =
    shapes === 1
      ? decodeKnown
      : (direction, b, start, end, conn, request) =>
          conn === undefined || conn.shape === 0
            ? decodeAny(direction, b, start, end, conn, request)
            : decodeKnown(direction, b, start, end, conn, request);

  return {
    id: parts.id,
    version: parts.version,
    wireHash: parts.wireHash,
    schemaHash: parts.schemaHash,
    limits: parts.limits,
    login: parts.login,
    keepsBodies: parts.keepsBodies === true,
    opens: parts.opens === true,
    shapes: parts.shapes ?? 1,
    peerIdentity: parts.peerIdentity === true,
    ...(parts.fragments === undefined ? {} : { fragments: parts.fragments }),
    ...(parts.unknownReply === undefined ? {} : { unknownReply: parts.unknownReply }),
    secrets,
    up,
    down,
    classify,
    readUnknown,
    splitter(direction, conn) {
      const cut = direction === 'up' ? parts.cutUp : parts.cutDown;
      return new Splitter(cut, conn, parts.room ?? parts.limits.frame, parts.filter?.());
    },
    decodeAs,
    decode,
    finish(w, b, start, end, conn) {
      if (parts.finish === undefined) w.append(b, start, end);
      else parts.finish(w, b, start, end, conn);
    },
  };
}
