/** Asking a client and waiting for its answer: what goes to the client's gateway, and what becomes of what comes back. */
import {
  ConnContext,
  type Decoded,
  type MessageCodec,
  type MessageValue,
  type Protocol,
  problemText,
  Writer,
} from '../codec/index.js';
import { eventFlags, frameFlags } from '../link/index.js';
import { FramegateError, notEncoded, type ProtocolTable, RequestRefused } from '../protocol/index.js';
import type { RequestOptions } from './api.js';
import { decodeParts } from './parts.js';
import { shown } from './shown.js';

/** A request, encoded; its serial number is left to the gateway. */
export interface EncodedRequest {
  readonly table: ProtocolTable;
  readonly codec: MessageCodec;
  readonly clientId: string;
  readonly within: number;
  readonly retries: number;
  readonly flags: number;
  readonly frame: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds: a day. */
const LONGEST = 86_400_000;

/** @throws EncodeError, FramegateError `FG_UNKNOWN_MESSAGE` or `FG_REQUEST` */
export function encodeRequest(
  table: ProtocolTable,
  clientId: string,
  name: string,
  fields: MessageValue,
  options: RequestOptions = {},
): EncodedRequest {
  const codec = table.down(name);
  const { expects } = codec;
  if (expects === undefined) {
    throw new FramegateError('FG_REQUEST', `The protocol expects no answer to "${name}"; send it, or declare expects`);
  }
  const { timeout: within = expects.within, retries = expects.retries, signal } = options;
  if (!(typeof within === 'number' && within > 0 && within <= LONGEST)) {
    const text = `timeout is ${shown(within)}; it is milliseconds, more than 0 and at most a day`;
    throw new FramegateError('FG_REQUEST', text);
  }
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= 255)) {
    throw new FramegateError('FG_REQUEST', `retries is ${retries}; it is a whole number from 0 to 255`);
  }
  const w = new Writer(128);
  let finished: boolean;
  try {
    finished = codec.write(w, fields);
  } catch (error) {
    throw notEncoded(error, codec);
  }
  const flags = finished ? 0 : frameFlags.unfinished;
  return { table, codec, clientId, within: Math.ceil(within), retries, flags, frame: w.slice(), signal };
}

/**
 * The value of an answer, or `{ name, value }` where the schema lets it be one of several.
 * @param flags of the answer, as of an event
 * @param sent the request's frame, which sizes and rules of the answer may refer to
 * @throws FramegateError `FG_BAD_ANSWER`, RequestRefused
 */
export function readAnswer(
  { table, codec }: EncodedRequest,
  index: number,
  flags: number,
  sent: Uint8Array,
  b: Uint8Array,
): unknown {
  const { protocol } = table;
  const conn = new ConnContext();
  conn.state = 'open';
  conn.joined = isWhole(protocol, sent, conn);
  const request: Decoded | undefined = protocol.decodeAs('down', codec.index, sent, 0, sent.length, conn);
  conn.joined = (flags & eventFlags.joined) !== 0;
  const answer =
    (flags & eventFlags.parts) === 0
      ? protocol.decodeAs('up', index, b, 0, b.length, conn, request)
      : decodeParts(protocol, index, b, 0, b.length, conn, request);
  const message = protocol.up[index]!;
  if (answer === undefined || answer.index !== index) {
    const why = answer !== undefined ? '' : `: ${problemText()}`;
    throw new FramegateError(
      'FG_BAD_ANSWER',
      `The answer "${message.name}" to "${codec.name}" cannot be decoded${why}`,
    );
  }
  const { name, value } = answer;
  if (message.error === true) throw new RequestRefused(`"${codec.name}" was answered with "${name}"`, { name, value });
  const isOnly = codec.expects!.messages.filter(m => table.upByName.get(m)?.error !== true).length === 1;
  return isOnly ? value : { name, value };
}

/** What has gone in parts stands, put together, in the frame of one of them. */
function isWhole({ fragments }: Protocol, b: Uint8Array, conn: ConnContext): boolean {
  const part = fragments?.part(b, 0, b.length, conn);
  return part !== undefined && part.total !== 1;
}
