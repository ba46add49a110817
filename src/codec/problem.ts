/**
 * Why bytes could not be decoded, or a value not encoded.
 *
 * Decoders run on hostile input at line rate, so they do not throw: they fill the one shared {@link problem} record and
 * return `undefined`. Whoever wants to keep it copies it. Encoders throw {@link EncodeError}: a value that does not fit
 * is the program's fault, not the peer's.
 */

import { printable } from './printable.js';

/** Everything that can be wrong with a frame. Each is a heading in docs/reference/problems.md. */
export const problemCodes = {
  TRUNCATED: 'the bytes end too early',
  TRAILING: 'bytes are left over',
  MAGIC: 'a marker is not what it must be',
  CONST: 'a constant is not what it must be',
  SIZE: 'a size does not fit the frame',
  COUNT: 'a count does not fit the data',
  MISSING: 'a required item is missing',
  CHECK: 'the checksum is wrong',
  VARINT: 'a variable-length number is over-long or too large',
  RANGE: 'a value is outside its declared range',
  ENUM: 'a number has no name in its enumeration',
  DIGITS: 'a digit is not what its field allows',
  TEXT: 'the text is not valid in its character set',
  RULE: 'a rule of the message does not hold',
  CODEC: 'the codec of the field has no value for these bytes',
  LIMIT: 'a limit of the schema is exceeded',
  UNKNOWN_ID: 'no message has this id',
  NO_MATCH: 'no message matches this text',
  OVERSIZE: 'the frame is longer than the limit',
  ESCAPE: 'an escape sequence is not one that the schema declares',
  SPLIT: 'the splitter that the schema names has failed',
  GARBAGE: 'the bytes belong to no frame',
} as const;

export type ProblemCode = keyof typeof problemCodes;

export interface Problem {
  code: ProblemCode;
  /** Absolute position in the buffer that was decoded. */
  offset: number;
  /** Path of the element, such as `crc` or `seen[2].hp`; empty where no element can be blamed. */
  field: string;
  got: string | number | bigint | undefined;
  want: string | number | bigint | undefined;
  /** What follows besides the refusal: the connection is closed, or the client is answered. */
  consequence: 'close' | BadAnswer | undefined;
}

/** The answer to a frame that is refused: a message, and what the schema gives of its fields. */
export interface BadAnswer {
  readonly message: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The last problem of any decoder in this process. Valid until the next call of a decoder. */
export const problem: Problem = {
  code: 'GARBAGE',
  offset: 0,
  field: '',
  got: undefined,
  want: undefined,
  consequence: undefined,
};

/** Records a problem; returns `undefined` so that a decoder can `return fail(...)`. */
export function fail(
  code: ProblemCode,
  offset: number,
  field: string,
  got?: Problem['got'],
  want?: Problem['want'],
): undefined {
  problem.code = code;
  problem.offset = offset;
  problem.field = field;
  problem.got = got;
  problem.want = want;
  problem.consequence = undefined;
  return undefined;
}

/** After {@link fail}: the schema says that the connection is closed then. */
export function closing(_: undefined): undefined {
  problem.consequence = 'close';
  return undefined;
}

/** After {@link fail}: the schema says that the client is answered then. */
export function answering(_: undefined, answer: BadAnswer): undefined {
  problem.consequence = answer;
  return undefined;
}

/**
 * Records that a run of fixed-size fields does not fit before `end`.
 * @param ends name and end offset (relative to `start`) of each field of the run, in order.
 */
export function truncated(start: number, end: number, ends: readonly (string | number)[]): undefined {
  for (let i = 0; i < ends.length; i += 2) {
    const stop = start + (ends[i + 1] as number);
    if (stop > end) return fail('TRUNCATED', end, ends[i] as string, undefined, `${stop - end} more`);
  }
  return fail('TRUNCATED', end, '');
}

/** Records that bytes are left between what was read up to `o`, of which `field` came last, and `end`. */
export function trailing(o: number, end: number, field: string): undefined {
  return fail('TRAILING', o, field, `${end - o} bytes`);
}

/** Prefixes the field of the current problem: a list or a type reports where inside its parent it stood. */
export function inside(prefix: string): undefined {
  problem.field = problem.field === '' ? prefix : `${prefix}.${problem.field}`;
  return undefined;
}

/** After {@link fail}: there were too few bytes, so they may be something else. */
export function endsTooEarly(): boolean {
  return problem.code === 'TRUNCATED' || problem.code === 'COUNT' || problem.code === 'SIZE';
}

/** One sentence for people: `the checksum is wrong: got 0x74f6, want 0x74f5`. */
export function problemText(p: Problem = problem): string {
  const parts: string[] = [];
  if (p.got !== undefined) parts.push(`got ${show(p.got)}`);
  if (p.want !== undefined) parts.push(`want ${show(p.want)}`);
  return parts.length === 0 ? problemCodes[p.code] : `${problemCodes[p.code]}: ${parts.join(', ')}`;
}

function show(value: string | number | bigint): string {
  if (typeof value === 'number' && Number.isInteger(value) && value > 9) return `${value} (0x${value.toString(16)})`;
  return printable(String(value));
}

/** Thrown by the throwing forms of decoders: one frame could not be decoded. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: ProblemCode;
  /** Bytes from the start of the frame. */
  readonly offset: number;
  readonly field: string;
  /** What is wrong, without where. */
  readonly text: string;

  constructor(p: Problem, frameStart: number) {
    super(
      `Cannot decode ${p.field === '' ? 'frame' : `"${p.field}"`} at byte ${p.offset - frameStart}: ${problemText(p)}`,
    );
    this.code = p.code;
    this.offset = p.offset - frameStart;
    this.field = p.field;
    this.text = problemText(p);
  }
}

export type EncodeProblem = 'RANGE' | 'TYPE' | 'ENUM' | 'LENGTH' | 'TEXT' | 'LIMIT' | 'NEEDS_REQUEST' | 'AMBIGUOUS';

/** Thrown by encoders: a value does not fit what the schema declares. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  readonly code: EncodeProblem;
  /** Path of the field, such as `location.cell.mnc`. */
  readonly field: string;

  constructor(code: EncodeProblem, field: string, text: string) {
    super(`Cannot encode "${field}": ${text}`);
    this.code = code;
    this.field = field;
  }
}

/** The error of a message in which a rule of the schema does not hold. */
export function ruleBroken(name: string, rule: string): EncodeError {
  return new EncodeError('RANGE', name, `the rule "${rule}" does not hold`);
}

/** The error of a frame that would be read as something else. */
export function unmeant(name: string, other: string): EncodeError {
  const text = `with these values it would be read as ${other === '' ? 'another message' : other}`;
  return new EncodeError('AMBIGUOUS', name, text);
}
