/** Golden frames: bytes and what they mean, checked in both directions. */
import { ConnContext } from './conn-context.js';
import type { Decoded, Direction, MessageValue, Protocol } from './contract.js';
import { FrameDecoder, type FrameResult } from './frame-decoder.js';
import { hex } from './text.js';
import { Writer } from './writer.js';

export interface Vector {
  readonly dir: Direction;
  /** The frame as hexadecimal digits. */
  readonly raw: string;
  /** Name of its message. */
  readonly is?: string;
  /** Some of its fields. Bytes as hexadecimal digits; times as milliseconds or ISO text. */
  readonly value?: object;
  /** The element that must be refused first. */
  readonly bad?: string;
  /** State of the connection; shapes of frames are tried by their bytes alone where nothing is said of it. */
  readonly state?: 'new' | 'open';
  /** Name of the request that waits for an answer. */
  readonly awaiting?: string;
  /** Fields of the request that this answers. */
  readonly request?: object;
  /** Variables of the connection. */
  readonly conn?: Readonly<Record<string, number>>;
}

/** What is known of the connection on which bytes came. */
export type Known = Pick<Vector, 'state' | 'awaiting' | 'request' | 'conn'>;

/** What does not hold of a vector; empty when all is well. */
export function checkVector(protocol: Protocol, vector: Vector): string[] {
  const raw = fromHex(vector.raw);
  const results = decodeBytes(protocol, vector.dir, raw, vector);
  const [first] = results;
  if (first === undefined) return ['the bytes hold no frame'];
  if (results.length > 1) return [`the bytes hold ${results.length} frames, want one`];
  if (vector.bad !== undefined) return checkRefused(first, vector.bad);
  if (!first.ok) return [`byte ${first.offset}, field ${first.field || 'frame'}: ${first.text}`];
  if (first.message !== vector.is) return [`it is "${first.message}", want "${vector.is}"`];
  const problems = differences(vector.value ?? {}, first.value, '');
  return problems.length > 0 ? problems : checkEncoding(protocol, vector.dir, first, raw);
}

/**
 * All frames of `bytes`, with nothing before or behind. Where the state of the connection is not known, the first shape of
 * which they are one whole frame is taken; if there is none, shapes are told apart by their bytes.
 */
export function decodeBytes(
  protocol: Protocol,
  direction: Direction,
  bytes: Uint8Array,
  known: Known = {},
): FrameResult[] {
  const isKnown = known.state !== undefined || known.awaiting !== undefined;
  for (let shape = 1; shape <= protocol.shapes && protocol.shapes > 1 && !isKnown; shape++) {
    const results = decodeIn(protocol, direction, bytes, known, shape);
    if (results.length === 1 && results[0]!.ok) return results;
  }
  return decodeIn(protocol, direction, bytes, known, 0);
}

function decodeIn(
  protocol: Protocol,
  direction: Direction,
  bytes: Uint8Array,
  known: Known,
  shape: number,
): FrameResult[] {
  const results: FrameResult[] = [];
  const request: Decoded | undefined =
    known.request === undefined
      ? undefined
      : { index: 0, name: '', id: undefined, value: known.request as MessageValue };
  const decoder = new FrameDecoder(protocol, direction, r => results.push(r), connectionOf(known, shape), request);
  decoder.push(bytes);
  decoder.end();
  return results;
}

function connectionOf(known: Known, shape: number): ConnContext {
  const conn = new ConnContext();
  conn.only = shape;
  conn.stateless = known.state === undefined && known.awaiting === undefined;
  if (known.state !== undefined) conn.state = known.state;
  if (known.awaiting !== undefined) conn.await(known.awaiting);
  for (const [name, value] of Object.entries(known.conn ?? {})) conn.learn(name, value);
  return conn;
}

function checkRefused(result: FrameResult, element: string): string[] {
  if (result.ok) return [`it decodes as "${result.message}", want it refused for "${element}"`];
  return result.field === element ? [] : [`it is refused for "${result.field}" (${result.text}), want "${element}"`];
}

function checkEncoding(
  protocol: Protocol,
  direction: Direction,
  result: FrameResult & { ok: true },
  raw: Uint8Array,
): string[] {
  const codec = protocol[direction].find(m => m.name === result.message);
  if (codec === undefined) return [];
  const w = new Writer();
  codec.write(w, result.value);
  const got = hex(w.bytes, 0, w.length);
  if (got === hex(raw, 0, raw.length)) return [];
  // Text has more than one spelling of the same line; what counts is that it says the same.
  const again = decodeBytes(protocol, direction, w.slice())[0];
  const same =
    again?.ok === true && again.message === result.message && differences(result.value, again.value, '').length === 0;
  if (same && typeof result.id !== 'number') return [];
  return [`it encodes to ${got}, want ${hex(raw, 0, raw.length)}`];
}

/** Where `got` lacks or contradicts what `want` says. */
function differences(want: unknown, got: unknown, path: string): string[] {
  if (typeof want === 'object' && want !== null && !(want instanceof Uint8Array)) {
    if (typeof got !== 'object' || got === null) return [`${path}: want ${show(want)}, got ${show(got)}`];
    if (Array.isArray(want) && Array.isArray(got) && want.length !== got.length) {
      return [`${path}: want ${want.length} items, got ${got.length}`];
    }
    return Object.entries(want).flatMap(([key, item]) => {
      const inner = Array.isArray(want) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      return differences(item, (got as Record<string, unknown>)[key], inner);
    });
  }
  return same(want, got) ? [] : [`field ${path}: want ${show(want)}, got ${show(got)}`];
}

function same(want: unknown, got: unknown): boolean {
  if (typeof want === 'number' && typeof got === 'number')
    return Math.abs(want - got) <= 1e-9 * Math.max(1, Math.abs(want));
  if (got instanceof Uint8Array) {
    const bytes =
      want instanceof Uint8Array ? hex(want, 0, want.length) : String(want).replaceAll(/\s/g, '').toLowerCase();
    return bytes === hex(got, 0, got.length);
  }
  if (typeof want === 'string' && typeof got === 'number') return Date.parse(want) === got;
  return want === got || (typeof want !== typeof got && String(want) === String(got) && typeof got !== 'string');
}

function show(v: unknown): string {
  if (v instanceof Uint8Array) return hex(v, 0, v.length);
  return JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? String(x) : x)) ?? 'nothing';
}

function fromHex(text: string): Uint8Array {
  const pairs = text.replaceAll(/\s/g, '').match(/../g) ?? [];
  return Uint8Array.from(pairs, pair => Number.parseInt(pair, 16));
}
