/** Puts the generated pieces of a protocol together: what is the same for all protocols stands here once. */
import type { ConnContext } from './conn-context.js';
import {
  type Answer,
  type AuthPolicy,
  BAD,
  type Decoded,
  type Direction,
  type ExpectsPolicy,
  type HeartbeatPolicy,
  type MessageCodec,
  type MessageValue,
  type Protocol,
  type ProtocolTypes,
  type ReplyPolicy,
  UNKNOWN,
} from './contract.js';
import { problem, problemText } from './problem.js';
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
  closes?: boolean;
  secrets?: readonly string[];
  needsConnection?: boolean;
}

export type AnswerTo<T> = { message: Answer['message']; values?: (request: T) => object };

/** A message without its place in the protocol. */
export type MessageDefinition = Omit<MessageCodec, 'index'>;

/**
 * Hides the types of one message behind the contract. The runtime hands to `write` what the types of the protocol let
 * through, and to policies what `read` returned.
 */
export function message<T extends object, I extends object>(parts: MessageParts<T, I>): MessageDefinition {
  const { write, ...rest } = parts as unknown as MessageDefinition;
  return {
    ...rest,
    write(w, value, conn, request) {
      const start = w.length;
      try {
        return write(w, value, conn, request);
      } catch (e) {
        w.length = start;
        throw e;
      }
    },
  };
}

export interface ProtocolParts {
  id: string;
  version: string;
  wireHash: string;
  schemaHash: string;
  limits: Protocol['limits'];
  login: boolean;
  up: readonly MessageDefinition[];
  down: readonly MessageDefinition[];
  cut: CutFunction;
  /** A fresh filter for one connection's stream. */
  filter?: () => StreamFilter;
  /** Bytes that delimit a frame but do not count for `limits.frame`. */
  delimiters?: number;
  classifyUp(b: Uint8Array, start: number, stop: number, conn?: ConnContext): number;
  classifyDown(b: Uint8Array, start: number, stop: number, conn?: ConnContext): number;
  frameId?(b: Uint8Array, start: number): number;
  readUnknown?(b: Uint8Array, start: number, stop: number): object;
  /** A body that does not fit its message is delivered as unknown, with a warning. */
  keepsBodies?: boolean;
  finish?(w: Writer, b: Uint8Array, start: number, end: number, conn: ConnContext): void;
}

/** The protocol of the given parts. */
export function defineProtocol<T extends ProtocolTypes>(parts: ProtocolParts): Protocol<T> {
  const number = (m: MessageDefinition, index: number): MessageCodec => ({ ...m, index });
  const up = parts.up.map(number);
  const down = parts.down.map(number);

  const classify: Protocol['classify'] = (direction, b, start, end, conn) =>
    direction === 'up' ? parts.classifyUp(b, start, end, conn) : parts.classifyDown(b, start, end, conn);

  function readUnknown(_: Direction, b: Uint8Array, start: number, end: number): Decoded {
    const value = (parts.readUnknown?.(b, start, end) ?? { body: b.slice(start, end) }) as MessageValue;
    return { index: UNKNOWN, name: 'unknown', id: parts.frameId?.(b, start), value };
  }

  const decodeAs: Protocol['decodeAs'] = (direction, index, b, start, end, conn, request) => {
    if (index === UNKNOWN) return readUnknown(direction, b, start, end);
    const codec = (direction === 'up' ? up : down)[index]!;
    const value = codec.read(b, start, end, conn, request);
    if (value !== undefined) return { index, name: codec.name, id: parts.frameId?.(b, start), value };
    if (parts.keepsBodies !== true) return undefined;
    const { field } = problem;
    const warning = `not a "${codec.name}": ${field === '' ? '' : `${field}: `}${problemText()}`;
    const kept = readUnknown(direction, b, start, end);
    return { ...kept, value: { ...kept.value, $warn: [warning] } };
  };

  return {
    id: parts.id,
    version: parts.version,
    wireHash: parts.wireHash,
    schemaHash: parts.schemaHash,
    limits: parts.limits,
    login: parts.login,
    keepsBodies: parts.keepsBodies === true,
    up,
    down,
    classify,
    readUnknown,
    splitter(_, conn) {
      const limit = parts.limits.frame + (parts.delimiters ?? 0);
      return new Splitter(parts.cut, conn, limit, parts.filter?.());
    },
    decodeAs,
    decode(direction, b, start, end, conn, request) {
      const index = classify(direction, b, start, end, conn);
      return index === BAD ? undefined : decodeAs(direction, index, b, start, end, conn, request);
    },
    finish(w, b, start, end, conn) {
      if (parts.finish === undefined) w.append(b, start, end);
      else parts.finish(w, b, start, end, conn);
    },
  };
}
