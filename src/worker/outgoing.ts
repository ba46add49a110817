/** Messages for many: encoded once for each protocol, then written to any number of links. */
import { type MessageValue, type Protocol, type ProtocolTypes, Writer } from '../codec/index.js';
import {
  type CallKind,
  calls,
  frameFlags,
  putString,
  putU8,
  putU32,
  recordTypes,
  type Target,
  type Value,
} from '../link/index.js';
import { FramegateError, notEncoded, ProtocolTable } from '../protocol/index.js';
import type { DownName } from './api.js';
import type { CloseOptions, KickOptions } from './cluster.js';
import type { GatewayLink } from './gateway-link.js';
import { shown } from './shown.js';

/** A message of one protocol; made by {@link message}. */
export interface ProtocolMessage {
  readonly protocol: Protocol;
  /** `undefined`: the fields are the frame's bytes. */
  readonly name: string | undefined;
  readonly fields: MessageValue | Uint8Array;
}

/**
 * A message of a protocol that need not be the worker's own, for sends that reach clients of several. With bytes instead
 * of a name: a frame as it is to leave.
 * @example worker.sendToAll([message(chat, 'notice', { line: 'closing' }), message(game, 'gameOver', { winner: '' })])
 */
export function message<T extends ProtocolTypes, K extends DownName<T>>(
  protocol: Protocol<T>,
  name: K,
  fields: T['down'][K],
): ProtocolMessage;
export function message(protocol: Protocol, frame: Uint8Array): ProtocolMessage;
export function message(protocol: unknown, name: unknown, fields?: unknown): ProtocolMessage {
  const of = protocol as Protocol;
  if (name instanceof Uint8Array) return { protocol: of, name: undefined, fields: name };
  return { protocol: of, name: name as string, fields: fields as MessageValue };
}

/** What a send takes besides a name and fields: messages of several protocols, one of the worker's own, or its bytes. */
export type Outgoing<T extends ProtocolTypes = ProtocolTypes> =
  | Uint8Array
  | ProtocolMessage
  | readonly ProtocolMessage[]
  | { readonly [K in DownName<T>]: readonly [name: K, fields: T['down'][K]] }[DownName<T>];

/** One frame, for the clients of one protocol. */
interface Part {
  readonly protocol: string;
  readonly message: string;
  readonly flags: number;
  readonly frame: Uint8Array;
}

/** A send, encoded; can be given to any number of links. */
export interface EncodedSend {
  readonly target: Target;
  readonly names: readonly string[];
  readonly excluded: readonly string[];
  /** Each for another protocol. */
  readonly parts: readonly Part[];
}

const tables = new WeakMap<Protocol, ProtocolTable>();
const frames = new Writer(512);

/** Frames are borrowed: they are overwritten by the next call. @throws EncodeError, FramegateError */
export function encodeOne(table: ProtocolTable, name: string, fields: MessageValue): Part {
  frames.length = 0;
  return encode(table, name, fields);
}

/** Like {@link encodeOne}, for all that {@link Outgoing} can be. */
export function encodeAll(own: ProtocolTable, outgoing: Outgoing): readonly Part[] {
  if (outgoing instanceof Uint8Array) return [bytes(own.protocol, outgoing)];
  if (typeof outgoing !== 'object' || outgoing === null) {
    throw new FramegateError('FG_VALUE', 'A message is [name, fields], message(...), a list of those, or bytes');
  }
  if (!Array.isArray(outgoing)) return encodeMessages([outgoing as ProtocolMessage]);
  if (typeof outgoing[0] !== 'string') return encodeMessages(outgoing as readonly ProtocolMessage[]);
  const [name, fields] = outgoing as unknown as [string, MessageValue];
  return [encodeOne(own, name, fields)];
}

function encodeMessages(messages: readonly ProtocolMessage[]): readonly Part[] {
  const parts: Part[] = [];
  for (const { protocol, name, fields } of messages) {
    if (parts.some(part => part.protocol === protocol.id)) {
      throw new FramegateError('FG_VALUE', `There are two messages for protocol "${protocol.id}"; give one for each`);
    }
    if (fields instanceof Uint8Array) {
      parts.push(bytes(protocol, fields));
      continue;
    }
    let table = tables.get(protocol);
    if (table === undefined) {
      table = new ProtocolTable(protocol);
      tables.set(protocol, table);
    }
    frames.length = 0;
    const part = encode(table, name!, fields);
    // The next one is written over it.
    parts.push(messages.length === 1 ? part : { ...part, frame: part.frame.slice() });
  }
  return parts;
}

function bytes({ id }: Protocol, frame: Uint8Array): Part {
  return { protocol: id, message: `of ${frame.length} bytes`, flags: 0, frame };
}

function encode(table: ProtocolTable, name: string, fields: MessageValue): Part {
  const codec = table.down(name);
  let finished: boolean;
  try {
    finished = codec.write(frames, fields);
  } catch (error) {
    throw notEncoded(error, codec);
  }
  const flags = (finished ? 0 : frameFlags.unfinished) | (codec.closes === true ? frameFlags.closes : 0);
  return { protocol: table.protocol.id, message: name, flags, frame: frames.bytes.subarray(0, frames.length) };
}

/** @throws FramegateError `FG_TOO_LARGE` */
export function writeSend({ link, foreign }: GatewayLink, { target, names, excluded, parts }: EncodedSend): void {
  for (const { protocol, message, flags, frame } of parts) {
    // It has been complained of when the link was made.
    if (foreign?.has(protocol)) continue;
    const w = link.begin(recordTypes.sendTo);
    try {
      putU8(w, target);
      putStrings(w, names);
      putStrings(w, excluded);
      putString(w, protocol);
      putU8(w, flags);
      w.append(frame);
      link.commit();
    } catch (error) {
      link.cancel();
      throw tooLarge(error, message);
    }
  }
}

/** Detail and last message of a close, as arguments of a call; they may be kept. */
export function closingOf(table: ProtocolTable, options: string | CloseOptions): Value[] {
  const { detail = '', last } = typeof options === 'string' ? { detail: options } : options;
  const parts = last === undefined ? [] : encodeAll(table, last);
  return [detail, partsOf(parts.map(part => ({ ...part, frame: part.frame.slice() })))];
}

/** Detail, milliseconds of a ban, and last message, as arguments of a call. @throws FramegateError `FG_VALUE` */
export function kickOf(table: ProtocolTable, options: string | KickOptions): Value[] {
  const ban = typeof options === 'string' ? 0 : (options.ban ?? 0);
  if (!(Number.isFinite(ban) && ban >= 0)) {
    const text = `"ban" is how many milliseconds somebody is kept out, not ${shown(ban)}; "denyFile" of a gateway has no end`;
    throw new FramegateError('FG_VALUE', text);
  }
  const [detail, last] = closingOf(table, options);
  return [detail, ban, last];
}

/** Calls whose last argument is what {@link partsOf} gives. */
const withParts: ReadonlySet<Value> = new Set([
  calls.sendTo,
  calls.closeClient,
  calls.closeUid,
  calls.claimUid,
  calls.claimed,
]);

/** Arguments of a call, without messages of protocols that the gateway has in another version. */
export function understood(kind: CallKind, args: readonly Value[], foreign: ReadonlySet<string>): readonly Value[] {
  if (!withParts.has(kind === calls.each ? args[0] : kind)) return args;
  const parts = args.at(-1) as readonly (readonly Value[])[];
  return [...args.slice(0, -1), parts.filter(([protocol]) => !foreign.has(protocol as string))];
}

/** Messages as an argument of a call. */
export function partsOf(parts: readonly Part[]): Value {
  return parts.map(({ protocol, flags, frame }) => [protocol, flags, frame]);
}

/** A link takes records up to a limit; the caller learns it by the name of the message. */
export function tooLarge(error: unknown, name: string): unknown {
  if (!(error instanceof RangeError)) return error;
  return new FramegateError('FG_TOO_LARGE', `Message "${name}" is larger than a link takes`, { cause: error });
}

function putStrings(w: Writer, strings: readonly string[]): void {
  putU32(w, strings.length);
  for (const text of strings) putString(w, text);
}
