/**
 * What must hold of every generated codec, as functions that answer with what does not hold: the tests want no answer, and
 * the tests of the tests want one from code that was broken on purpose.
 */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { plainVector } from '../../generator/emit/emit-test.js';
import {
  type Field,
  type Frame,
  isText,
  type Message,
  type ProtocolModel,
  type Struct,
  type Type,
} from '../../generator/model/model.js';
import { fixedSize } from '../../generator/model/sizes.js';
import { hexMost } from '../../generator/model/text-model.js';
import {
  BAD,
  ConnContext,
  checkVector,
  type Decoded,
  DecodeError,
  type Direction,
  EncodeError,
  FrameDecoder,
  type FrameResult,
  type FrameSink,
  type MessageCodec,
  type Protocol,
  UNKNOWN,
  Writer,
} from '../../src/codec/index.js';
import { alike, hasWarnings, messageArbitrary, plain, type Value } from './arbitrary.js';
import { join, toHex } from './bytes.js';

export const DIRECTIONS = ['up', 'down'] as const;
export const SEED = 20260;

export interface Sample {
  readonly dir: Direction;
  readonly name: string;
  /** As it is sent. */
  readonly bytes: Uint8Array;
  /** As a decoder is given it: without the delimiters around it, and unescaped. */
  readonly frame: Uint8Array;
  /** As in {@link ConnContext.shape}. */
  readonly shape: number;
}

export function sample(protocol: Protocol, dir: Direction, name: string, bytes: Uint8Array, shape = 0): Sample {
  return { dir, name, bytes, frame: cutOut(protocol, dir, bytes, shape) ?? bytes, shape };
}

/** The one frame in these bytes; nothing where there is none, or more. */
export function cutOut(protocol: Protocol, dir: Direction, bytes: Uint8Array, shape = 0): Uint8Array | undefined {
  const frames: Uint8Array[] = [];
  const sink: FrameSink = {
    frame(b, start, end) {
      frames.push(b.slice(start, end));
      return true;
    },
    skipped: () => frames.push(new Uint8Array(0), new Uint8Array(0)),
  };
  const splitter = protocol.splitter(dir, inShape(shape)());
  splitter.push(bytes, 0, bytes.length, sink);
  splitter.end(sink);
  return frames.length === 1 ? frames[0] : undefined;
}

/** With `lenient`, what is not right may be let through with a warning. */
function isTaken(decoded: Decoded | undefined, isLenient: boolean): decoded is Decoded {
  return decoded !== undefined && !(isLenient && decoded.value.$warn !== undefined);
}

/** Where only frames of one shape are expected, so that nothing else has to be known of the connection. */
export function inShape(shape: number): () => ConnContext {
  return () => {
    const conn = new ConnContext();
    conn.shape = shape;
    conn.only = shape;
    conn.stateless = shape > 0;
    return conn;
  };
}

export function shapeOf(model: ProtocolModel, message: Message): number {
  return model.frames.length === 1 ? 0 : model.frames.indexOf(message.frame) + 1;
}

/** The request that an answer's sizes are told by. */
function requestFor(message: Message, value: Value): Decoded | undefined {
  const told = message.fields.flatMap(({ name, type }) => {
    const size = type.kind === 'list' && type.size.kind === 'expr' ? type.size.expr : undefined;
    const asked = size?.kind === 'name' && size.path[0] === 'request';
    return asked ? [[size.path[1]!, (value[name] as unknown[]).length] as const] : [];
  });
  return told.length === 0 ? undefined : { index: 0, name: '', id: undefined, value: Object.fromEntries(told) };
}

/** Every message in each direction that it goes. */
export function* messagesOf(
  protocol: Protocol,
  model: ProtocolModel,
): Generator<{ dir: Direction; codec: MessageCodec; message: Message }> {
  for (const dir of DIRECTIONS) {
    for (const codec of protocol[dir]) yield { dir, codec, message: model.messages.find(m => m.name === codec.name)! };
  }
}

const recordings = new WeakMap<Message, Record<'strict' | 'loose', Value[]>>();

/**
 * The values of a message for {@link SEED}. What a run draws depends on its number alone: it is drawn once for all that ask. How it could be
 * made smaller is not kept, which would take a hundred times the memory.
 */
class Recording extends fc.Arbitrary<Value> {
  readonly #values: Value[];
  readonly #arbitrary: fc.Arbitrary<Value>;
  #next = 0;

  constructor(values: Value[], arbitrary: fc.Arbitrary<Value>) {
    super();
    this.#values = values;
    this.#arbitrary = arbitrary;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<Value> {
    const at = this.#next++;
    this.#values[at] ??= this.#arbitrary.generate(random, bias).value;
    return new fc.Value(this.#values[at], undefined);
  }

  override canShrinkWithoutContext(_: unknown): _ is Value {
    return false;
  }

  override shrink(): fc.Stream<fc.Value<Value>> {
    return fc.Stream.nil();
  }
}

/** For one check with {@link SEED}. */
function drawn(model: ProtocolModel, message: Message, loose = false): fc.Arbitrary<Value> {
  let recording = recordings.get(message);
  if (recording === undefined) {
    recording = { strict: [], loose: [] };
    recordings.set(message, recording);
  }
  return new Recording(recording[loose ? 'loose' : 'strict'], messageArbitrary(model, message, loose));
}

/** What a stream holds. `held`: most bytes kept between two chunks. */
export function decodeStream(
  protocol: Protocol,
  dir: Direction,
  chunks: readonly Uint8Array[],
  connect = inShape(0),
  request?: Decoded,
): { results: FrameResult[]; held: number } {
  const results: FrameResult[] = [];
  const decoder = new FrameDecoder(protocol, dir, r => results.push(r), connect(), request);
  const splitter = protocol.splitter(dir, connect());
  let held = 0;
  const nothing = { frame: () => true, skipped: () => undefined };
  for (const chunk of chunks) {
    decoder.push(chunk);
    splitter.push(chunk, 0, chunk.length, nothing);
    held = Math.max(held, splitter.buffered);
  }
  decoder.end();
  return { results, held };
}

/** One line for a result: what has to be the same for every cutting. */
export function summary(r: FrameResult): string {
  return r.ok ? `${r.message} ${inspect(plain(r.value), { depth: 9, breakLength: Infinity })}` : `refused ${r.code}`;
}

/** Whether {@link summary} says the same of all. */
export function sameFrames(some: readonly FrameResult[], others: readonly FrameResult[]): boolean {
  return some.length === others.length && some.every((r, i) => sameFrame(r, others[i]!));
}

function sameFrame(r: FrameResult, other: FrameResult): boolean {
  if (r.ok && other.ok) return r.message === other.message && alike(r.value, other.value);
  return !r.ok && !other.ok && r.code === other.code;
}

/** Writes a frame behind other bytes; the frame alone. */
export function encode(codec: MessageCodec, value: Value): Uint8Array {
  const w = new Writer(8);
  w.append(Uint8Array.of(0xde, 0xad));
  codec.write(w, value);
  if (w.bytes[0] !== 0xde || w.bytes[1] !== 0xad) throw new Error('the encoder wrote over what stood in front');
  return w.slice(2);
}

/** The schema's golden frames. */
export function vectorProblems(protocol: Protocol, model: ProtocolModel): string[] {
  return model.vectors.flatMap(v => checkVector(protocol, plainVector(v, model)));
}

/** `decode(encode(x))` is `x`, for every message in each direction, alone and inside a larger buffer. */
export function roundTripProblem(protocol: Protocol, model: ProtocolModel, runs: number): string | undefined {
  return withoutStacks(
    () => tripProblem(protocol, model, runs, false) ?? tripProblem(protocol, model, Math.ceil(runs / 2), true),
  );
}

/** @param loose the values may contradict themselves: then an encoder may refuse them too */
function tripProblem(protocol: Protocol, model: ProtocolModel, runs: number, loose: boolean): string | undefined {
  for (const { dir, codec, message } of messagesOf(protocol, model)) {
    const connect = inShape(shapeOf(model, message));
    const trip = (value: Value) => {
      let bytes: Uint8Array;
      try {
        bytes = encode(codec, value);
      } catch (e) {
        const tooLong = e instanceof EncodeError && e.code === 'LIMIT' && e.field === 'frame';
        if (e instanceof EncodeError && (loose || tooLong || mayRefuse(message, e))) return fc.pre(false);
        throw e;
      }
      const request = requestFor(message, value);
      const [result, ...more] = decodeStream(protocol, dir, [bytes], connect, request).results;
      // What is cut is put together in test/gateway/sent-parts.test.ts.
      if (more.length > 0 && protocol.fragments !== undefined) return fc.pre(false);
      if (result === undefined || more.length > 0) throw new Error(`${1 + more.length} frames in ${toHex(bytes)}`);
      if (!result.ok) throw new Error(`refused (${result.field}: ${result.text}): ${toHex(bytes)}`);
      if (result.message !== codec.name) throw new Error(`it came back as ${result.message}`);
      same(withoutDerived(result.value, message), value, bytes);
      if (!model.frames.some(isText)) inPlace(protocol, dir, bytes, value, connect, request);
      return true;
    };
    const check = (values: fc.Arbitrary<Value>): fc.RunDetails<[Value]> =>
      fc.check(fc.property(values, trip), {
        numRuns: runs,
        seed: SEED,
        maxSkipsPerRun: 50,
        includeErrorInReport: true,
      });
    let failure = check(drawn(model, message, loose));
    // Once more, for the smallest that fails.
    if (failure.failed && fc.readConfigureGlobal().endOnFailure !== true) {
      const smaller = check(messageArbitrary(model, message, loose));
      if (smaller.failed) failure = smaller;
    }
    if (failure.failed && failure.counterexample !== null)
      return `${dir} ${codec.name}: ${fc.defaultReportMessage(failure)}`;
  }
  return undefined;
}

/**
 * A line may have the form of another message, or a backspace in it; so may a frame whose size tells its message. A body
 * may be too long for a part of a number to count. Only the encoder can know, and refuses.
 */
function mayRefuse(message: Message, e: EncodeError): boolean {
  if (isText(message.frame)) return ['AMBIGUOUS', 'TEXT', 'LIMIT'].includes(e.code);
  if (message.when !== undefined && e.code === 'AMBIGUOUS') return true;
  // What stands behind a type tells whether its last field would be read.
  if (e.code === 'AMBIGUOUS' && message.fields.some(f => endsWithMore(f.type))) return true;
  // What stands behind a size of one byte may be longer than that counts.
  if (e.code === 'RANGE' && message.fields.some(f => isNarrow(f.type) && e.field.startsWith(f.name))) return true;
  return message.frame.layout.some(
    ({ name, type }) =>
      type.kind === 'bits' && type.bits.some(b => b.auto?.kind === 'size' && e.field === `${name}.${b.name}`),
  );
}

/** Whether it, or each item of it, stands behind a size of one byte. */
function isNarrow(type: Type): boolean {
  if (type.kind === 'list') return isNarrow(type.item);
  return type.kind === 'sized' && type.prefix.kind === 'int' && type.prefix.bytes === 1;
}

/** Whether a type, or a list of it, has a field that is there where so many bytes are left. */
function endsWithMore(type: Type): boolean {
  if (type.kind === 'list') return endsWithMore(type.item);
  if (type.kind === 'sized') return endsWithMore(type.type);
  if (type.kind !== 'struct') return false;
  return type.struct.fields.some(f => (f.when?.kind === 'call' && f.when.name === 'more') || endsWithMore(f.type));
}

/** What an encoder is given: without what only a decoder computes. */
function withoutDerived(value: object, { derived = [] }: Message): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !derived.some(d => d.name === name)));
}

function same(got: unknown, wanted: unknown, bytes: Uint8Array): void {
  if (alike(got, wanted)) return;
  const show = (v: unknown): string => inspect(plain(v), { depth: 9 });
  throw new Error(`want ${show(wanted)}\ngot ${show(got)}\nfrom ${toHex(bytes)}`);
}

/** Whether the bytes of the wire are those that a decoder is given: nothing is escaped or cut off. */
export function isPlain(frame: Frame): boolean {
  return ['length', 'fixed', 'table', 'quiet'].includes(frame.split.by);
}

/** A decoder may not look outside `[start, end)`, nor expect the frame at 0. */
function inPlace(
  protocol: Protocol,
  dir: Direction,
  bytes: Uint8Array,
  value: Value,
  connect: () => ConnContext,
  request: Decoded | undefined,
): void {
  const { frame } = sample(protocol, dir, '', bytes, connect().shape);
  const wide = join(Uint8Array.of(0x0d, 0x0a, 0xff), frame, Uint8Array.of(0x01, 0x78, 0x0d, 0x0a));
  const decoded = protocol.decode(dir, wide, 3, 3 + frame.length, connect(), request);
  if (decoded === undefined) throw new Error(`refused inside a larger buffer: ${toHex(bytes)}`);
  same(decoded.value, value, bytes);
}

/** Some frames of every message, always the same. */
export function samples(protocol: Protocol, model: ProtocolModel, each: number): Sample[] {
  const out: Sample[] = [];
  for (const { dir, codec, message } of messagesOf(protocol, model)) {
    for (const value of fc.sample(drawn(model, message), { numRuns: each, seed: SEED })) {
      try {
        const bytes = encode(codec, value);
        const shape = shapeOf(model, message);
        const isCut = protocol.fragments !== undefined && decodeStream(protocol, dir, [bytes]).results.length > 1;
        if (!isCut) out.push(sample(protocol, dir, codec.name, bytes, shape));
      } catch (e) {
        if (!(e instanceof EncodeError && (e.field === 'frame' || mayRefuse(message, e)))) throw e;
      }
    }
  }
  return out;
}

/** A frame that ends too early is refused: it is never another message, and nothing throws. */
export function truncationProblem(protocol: Protocol, all: readonly Sample[], isLenient = false): string | undefined {
  for (const { dir, name, bytes, frame, shape } of all) {
    const connect = inShape(shape);
    const longer = join(frame, frame.slice(0, 1));
    if (isTaken(protocol.decode(dir, longer, 0, longer.length, connect()), isLenient))
      return `${name}: decodes with a byte too many: ${toHex(bytes)}`;
    for (let end = 0; end < frame.length; end++) {
      if (isTaken(protocol.decode(dir, frame, 0, end, connect()), isLenient))
        return `${name}, ${end} of ${frame.length} bytes of ${toHex(frame)}: decodes`;
    }
    for (let end = 1; end < bytes.length; end++) {
      const where = `${name}, ${end} of ${bytes.length} bytes of ${toHex(bytes)}`;
      const { results } = decodeStream(protocol, dir, [bytes.slice(0, end)], connect);
      if (results.some(r => r.ok)) return `${where}: the stream gives ${results.map(summary).join()}`;
      if (results.length === 0) return `${where}: nothing is reported`;
    }
  }
  return undefined;
}

const isJson = (frame: Frame): boolean => frame.text?.body?.kind === 'json';

/** Those that do not end where silence says so: such a frame is whole after every byte. */
export function ended(model: ProtocolModel, all: readonly Sample[]): Sample[] {
  return all.filter(s => model.frames[s.shape - 1]?.split.by !== 'quiet');
}

/** Made once: each is tried thousands of times. */
const LONG_TEXT = 'x'.repeat(70_000);
const LONG_BYTES = new Uint8Array(300_000);
const LONG_LIST = new Array(70_000).fill(0);

/** Values that a field must refuse, each put where the field's value stands. */
function wrongValues(field: Field, frame: Frame): unknown[] {
  const inLine = frame.split.by === 'line' && !isJson(frame);
  // JSON has escapes for what no character set has.
  const half = isJson(frame) ? [] : ['\ud800'];
  const { type, scale, enum: set } = field;
  if (field.words !== undefined) return ['no such name', 'valueOf', null, 7, {}];
  if (set !== undefined) return ['no such name', null, set.open && type.kind === 'int' && !type.signed ? -1 : 0.5, {}];
  switch (type.kind) {
    case 'int': {
      const range = field.valid?.min === undefined ? [] : [field.valid.min - 1, field.valid.max! + 1];
      if (type.bytes === 8) return [...range, -(2n ** 64n), 2n ** 64n, 0.5, Number.NaN, 'x', null];
      const bits = type.bytes * 8;
      const top = type.signed ? 2 ** (bits - 1) : 2 ** bits;
      const wrong = [...range, Number.NaN, Number.POSITIVE_INFINITY, 'x', null, {}, true];
      if (scale !== undefined) {
        const unit = (n: number): number => (n * scale.down) / scale.up + scale.offset;
        return [...wrong, unit(top + 1), unit(type.signed || field.negative !== undefined ? -top - 2 : -2)];
      }
      return [...wrong, top, type.signed || field.negative !== undefined ? -top - 1 : -1, 0.5];
    }
    case 'varint':
      return [
        ...(field.valid?.min === undefined ? [] : [field.valid.min - 1, field.valid.max! + 1]),
        0.5,
        Number.NaN,
        2 ** 50,
        type.zigzag ? -(2 ** 50) : -1,
        'x',
        null,
      ];
    case 'float':
      return ['1', null, {}];
    case 'bool':
      return [1, 'true', null];
    case 'bits':
      return [7, 'x', null, { $rest: 2 ** 32 }];
    case 'flags':
      return [7, 'x', null, ...(type.set.bits.length < type.word.bytes * 8 ? [{ $rest: 2 ** 32 }] : [])];
    case 'text':
    case 'word':
    case 'rest': {
      const { len, match } = field.valid ?? {};
      const odd = '!'.repeat(Math.max(1, len?.min ?? 1));
      const formed = match === undefined || new RegExp(match, 'u').test(odd) ? [] : [odd];
      if (len !== undefined) formed.push('x'.repeat(len.max + 1), ...(len.min > 0 ? ['x'.repeat(len.min - 1)] : []));
      return [
        ...formed,
        7,
        null,
        ['x'],
        ...half,
        LONG_TEXT,
        ...(inLine ? ['a\nb', 'a\rb', 'a\0b'] : []),
        ...(type.kind === 'word' ? ['a b', ''] : []),
      ];
    }
    case 'chars':
      return [
        7,
        null,
        '',
        ...half,
        ...(type.count === 'rest' ? [] : ['x'.repeat(type.count + 1)]),
        ...(field.among === undefined ? [] : ['~']),
      ];
    case 'whole': {
      const range = field.valid?.min === undefined ? [] : [field.valid.min - 1, field.valid.max! + 1];
      return [...range, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, {}];
    }
    case 'hexint': {
      const range = field.valid?.min === undefined ? [] : [field.valid.min - 1, field.valid.max! + 1];
      return [...range, -1, hexMost(type) + 1, 0.5, Number.NaN, '1', null, {}];
    }
    case 'decimal':
      return [Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}];
    case 'dm':
      return [-1, 10 ** (type.digits || 3), Number.NaN, '1', null];
    case 'degrees':
      return [10 ** (type.digits || 3), -(10 ** (type.digits || 3)), Number.NaN, '1', null];
    case 'clock':
      return [-1, 0.5, 86_400_000, Number.NaN, '1', null];
    case 'date':
      return [1, -86_400_000 * 10_000_000, Number.NaN, '2020-01-01', null];
    case 'moment':
      return [1, Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000 * 2, '2020-01-01', null];
    case 'hex':
      return ['a', 'zz', 7, null];
    case 'bytes':
      return ['00', [1], null, LONG_BYTES];
    case 'bcd':
      return ['x', '1'.repeat(fixedSize(type)! * 2 + 1), 7, null];
    case 'time':
      return ['2020-01-01', null, Number.NaN, -1e14];
    case 'list':
      return [7, 'x', null, {}, [undefined], LONG_LIST];
    case 'struct':
      return [7, 'x', null];
    default:
      return [];
  }
}

/** For what refuses thousands of times: to note where takes longer than to refuse, and nobody looks. */
export function withoutStacks<T>(run: () => T): T {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = depth;
  }
}

/** Encoders refuse what does not fit with an error that names the field, and leave the writer as it was. */
export function refusalProblem(protocol: Protocol, model: ProtocolModel): string | undefined {
  return withoutStacks(() => wrongTaken(protocol, model));
}

function wrongTaken(protocol: Protocol, model: ProtocolModel): string | undefined {
  // What is computed from a field that stands behind it is the first that does not fit.
  const fields = [...model.structs, ...model.messages].flatMap(x => x.fields);
  const counts = new Set(fields.filter(f => f.auto?.kind === 'expr').map(f => f.name));
  for (const { dir, codec, message } of messagesOf(protocol, model)) {
    const values = fc.sample(drawn(model, message), { numRuns: 12, seed: SEED });
    for (const value of values) {
      if (isText(message.frame) && !encodes(codec, value)) continue;
      for (const [path, field] of leaves(message.fields, value, [])) {
        // Where there is a default, null is taken for nothing.
        const wrong = wrongValues(field, message.frame).filter(v => v !== null || field.default === undefined);
        if (
          field.when === undefined &&
          field.none === undefined &&
          field.default === undefined &&
          field.optional !== true &&
          field.type.kind !== 'time'
        )
          wrong.push(undefined);
        for (const bad of wrong) {
          const changed = put(value, path, bad) as Value;
          const where = `${dir} ${codec.name}.${path.join('.')} = ${inspect(bad).slice(0, 60)}`;
          const w = new Writer(8);
          w.append(Uint8Array.of(0xde, 0xad));
          try {
            codec.write(w, changed);
            return `${where}: accepted`;
          } catch (e) {
            if (!(e instanceof EncodeError)) return `${where}: throws ${inspect(e)}`;
            if (w.length !== 2) return `${where}: the writer holds ${w.length} bytes`;
            const name = path.filter(p => typeof p === 'string').at(-1)!;
            const names = e.field.split(/[.[\]]/);
            if (names.some(n => counts.has(n))) continue;
            if (!names.includes(String(name)) && e.field !== 'frame' && e.field !== 'line')
              return `${where}: blames "${e.field}"`;
          }
        }
      }
    }
  }
  return undefined;
}

/** Not every text can be said: it may end its frame, or be read as something else. */
function encodes(codec: MessageCodec, value: Value): boolean {
  try {
    encode(codec, value);
    return true;
  } catch (e) {
    if (e instanceof EncodeError) return false;
    throw e;
  }
}

type Path = readonly (string | number)[];

/** The items that are there; of a list, its first. */
function* tagged(struct: Struct, value: Value, path: Path): Generator<[Path, Field]> {
  for (const { name, field, repeats, required } of struct.tlv!.items) {
    const v = value[name];
    if (v === undefined) continue;
    const here = repeats ? [...path, name, 0] : [...path, name];
    // Leaving out an item is no mistake, unless it is required.
    const { none: _, ...always } = field;
    yield [here, required || repeats ? always : { ...field, default: 0 }];
    if (field.type.kind === 'struct') yield* leaves(field.type.struct.fields, v as Value, here);
  }
}

/** Every field that is there in a value, with its path. */
function* leaves(fields: readonly Field[], value: Value, path: Path): Generator<[Path, Field]> {
  for (const field of fields) {
    if (field.type.kind === 'tlv') {
      const items = field.inline === true ? value : (value[field.name] as Value | undefined);
      if (items === undefined) continue;
      yield* tagged(field.type.struct, items, [...path, ...(field.inline === true ? [] : [field.name])]);
      continue;
    }
    const v = value[field.name];
    if (v === undefined) continue;
    const here = [...path, field.name];
    yield [here, field];
    if (field.type.kind === 'struct') yield* leaves(field.type.struct.fields, v as Value, here);
    if (field.type.kind === 'list' && field.type.item.kind === 'struct' && (v as Value[]).length > 0)
      yield* leaves(field.type.item.struct.fields, (v as Value[])[0]!, [...here, 0]);
  }
}

function put(value: unknown, path: Path, bad: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return bad;
  if (Array.isArray(value)) return value.map((item, i) => (i === head ? put(item, rest, bad) : item));
  return { ...(value as Value), [head]: put((value as Value)[head as string], rest, bad) };
}

/** Bytes that nobody meant: nothing throws, memory stays bounded. */
export function hostileProblem(protocol: Protocol, all: readonly Sample[], runs: number): string | undefined {
  const short = all.filter(s => s.bytes.length < 400);
  const good = short.length > 0 ? short : all;
  const mutated = fc
    .tuple(
      fc.array(fc.constantFrom(...good), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255))),
    )
    .map(([frames, changes]) => {
      const b = join(...frames.map(f => f.bytes));
      for (const [at, byte] of changes) b[at % b.length] = byte;
      return b;
    });
  const headed = fc
    .tuple(fc.constantFrom(...good), fc.nat(20), fc.uint8Array({ maxLength: 300 }))
    .map(([frame, keep, noise]) => join(frame.bytes.slice(0, keep), noise));
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), mutated, headed);
  for (const { dir, bytes } of good) for (const frame of framesIn(protocol, dir, bytes)) agree(protocol, dir, frame);
  const failure = fc.check(
    fc.property(anyBytes, fc.constantFrom(...DIRECTIONS), fc.integer({ min: 1, max: 500 }), (b, dir, size) => {
      const chunks: Uint8Array[] = [];
      for (let i = 0; i < b.length; i += size) chunks.push(b.slice(i, i + size));
      const { results, held } = decodeStream(protocol, dir, chunks);
      if (held > protocol.limits.frame + 8) throw new Error(`${held} bytes are held`);
      for (const r of results) {
        if (!r.ok && (r.offset < 0 || r.offset > r.bytes)) throw new Error(`offset ${r.offset} of ${r.bytes}`);
      }
      const whole = decodeStream(protocol, dir, [b]).results;
      const good = (list: readonly FrameResult[]): FrameResult[] => list.filter(r => r.ok);
      const show = (list: readonly FrameResult[]): string => good(list).map(summary).join('\n');
      if (!sameFrames(good(whole), good(results)))
        throw new Error(`whole: ${show(whole)}\nin pieces: ${show(results)}`);
      agree(protocol, dir, b);
      return true;
    }),
    { numRuns: runs, seed: SEED, includeErrorInReport: true },
  );
  return failure.failed ? fc.defaultReportMessage(failure) : undefined;
}

/** The frames of a stream, without what delimits them. */
function framesIn(protocol: Protocol, dir: Direction, stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const splitter = protocol.splitter(dir, new ConnContext());
  const sink = {
    frame: (b: Uint8Array, start: number, end: number) => frames.push(b.slice(start, end)) > 0,
    skipped: () => undefined,
  };
  splitter.push(stream, 0, stream.length, sink);
  return frames;
}

/**
 * What decodes in one step is what is found in two: its message first, then its fields. Among several shapes it may be found
 * where the first one that knows the message cannot read its fields.
 */
function agree(protocol: Protocol, dir: Direction, b: Uint8Array): void {
  const show = (v: unknown): string => {
    try {
      return inspect(plain(v), { depth: 9 });
    } catch (e) {
      // A field that is decoded later may turn out to be none.
      if (e instanceof DecodeError) return e.message;
      throw e;
    }
  };
  const index = protocol.classify(dir, b, 0, b.length);
  const inSteps = index === BAD ? undefined : protocol.decodeAs(dir, index, b, 0, b.length);
  const atOnce = protocol.decode(dir, b, 0, b.length);
  if (protocol.shapes > 1 && (inSteps?.index ?? UNKNOWN) === UNKNOWN && (atOnce?.index ?? UNKNOWN) !== UNKNOWN) return;
  if (show(atOnce) !== show(inSteps))
    throw new Error(`${toHex(b)}\nin steps ${show(inSteps)}\nat once ${show(atOnce)}`);
}

/** One wrong bit anywhere in a frame with a checksum is seen. */
export function corruptionProblem(
  protocol: Protocol,
  model: ProtocolModel,
  all: readonly Sample[],
): string | undefined {
  const isLenient = model.frames.some(f => f.lenient.length > 0);
  const checked = model.frames.map(f => f.layout.some(e => e.type.kind === 'check'));
  for (const { dir, name, bytes, shape } of all.filter(s => checked[Math.max(0, s.shape - 1)])) {
    for (let i = 0; i < bytes.length * 8; i++) {
      const b = Uint8Array.from(bytes);
      b[i >> 3]! ^= 1 << (i & 7);
      const frame = cutOut(protocol, dir, b, shape);
      // 7c 01 turns into an escaped 7d, and the XOR stays: only the size tells, and may have to be let through.
      if (frame === undefined) continue;
      if (isTaken(protocol.decode(dir, frame, 0, frame.length, inShape(shape)()), isLenient))
        return `${name}: decodes with bit ${i} turned: ${toHex(b)}`;
    }
  }
  return undefined;
}

/** Puts a body in a frame, by hand; `lie` is what the size tells too much. */
export type Reframe = (id: number, body: Uint8Array, lie?: number) => Uint8Array;

/** What stands in a good frame. */
export interface Body {
  readonly dir: Direction;
  readonly id: number;
  readonly body: Uint8Array;
  readonly shape: number;
}

/**
 * One spelling: whatever decodes without a warning is encoded to the very bytes it came from. Bodies are those of good
 * frames with a byte changed, added or left out, in a frame whose size and checksum are right.
 * @param isLenient a false size is a warning
 */
export function canonicalProblem(
  protocol: Protocol,
  all: readonly Body[],
  reframe: Reframe,
  runs: number,
  isLenient = false,
): string | undefined {
  const small = fc.oneof(fc.nat(12), fc.nat(255));
  const change = fc.tuple(fc.constantFrom('set', 'add', 'drop', 'none'), fc.oneof(fc.nat(3), fc.nat()), small);
  const failure = fc.check(
    fc.property(
      fc.constantFrom(...all),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      ({ dir, id, body, shape }, changes) => {
        const connect = inShape(shape);
        const list = [...body];
        for (const [how, at, byte] of changes) {
          if (how === 'set' && list.length > 0) list[at % list.length] = byte;
          if (how === 'add') list.splice(at % (list.length + 1), 0, byte);
          if (how === 'drop' && list.length > 0) list.splice(at % list.length, 1);
        }
        for (const lie of [-1, 1]) {
          const lying = reframe(id, Uint8Array.from(list), lie);
          const { frame } = sample(protocol, dir, '', lying, shape);
          if (isTaken(protocol.decode(dir, frame, 0, frame.length, connect()), isLenient))
            throw new Error(`decodes with a false size: ${toHex(lying)}`);
        }
        const bytes = reframe(id, Uint8Array.from(list));
        const { frame } = sample(protocol, dir, '', bytes, shape);
        const decoded = protocol.decode(dir, frame, 0, frame.length, connect());
        if (decoded === undefined || decoded.index < 0 || hasWarnings(decoded.value)) return true;
        const again = encode(protocol[dir][decoded.index]!, decoded.value);
        if (toHex(again) !== toHex(bytes))
          throw new Error(`${toHex(bytes)}\nencodes to ${toHex(again)}\n${inspect(decoded.value, { depth: 9 })}`);
        return true;
      },
    ),
    { numRuns: runs, seed: SEED, includeErrorInReport: true },
  );
  return failure.failed ? fc.defaultReportMessage(failure) : undefined;
}

/** A body of every small size, and around the one that needs a longer form; with optional fields and without. */
export function sizesProblem(protocol: Protocol, model: ProtocolModel): string | undefined {
  for (const { dir, codec, message } of messagesOf(protocol, model)) {
    const last = message.fields.at(-1);
    if (last?.type.kind !== 'bytes' || last.type.size.kind !== 'rest' || last.when !== undefined) continue;
    const [value] = fc.sample(drawn(model, message), { numRuns: 1, seed: SEED });
    const bare = Object.fromEntries(
      Object.entries(value!).filter(([key]) => message.fields.find(f => f.name === key)?.when?.kind !== 'call'),
    );
    const near = [...Array(20).keys(), ...Array.from({ length: 70 }, (_, i) => 200 + i)];
    for (const [n, start] of near.flatMap(n => [value, bare].map(v => [n, v] as const))) {
      const given = { ...start, [last.name]: new Uint8Array(n).fill(n) };
      let bytes: Uint8Array;
      try {
        bytes = encode(codec, given);
      } catch (e) {
        if (e instanceof EncodeError && e.code === 'AMBIGUOUS') continue;
        throw e;
      }
      const [r] = decodeStream(protocol, dir, [bytes], inShape(shapeOf(model, message))).results;
      if (r?.ok !== true) return `${codec.name}, ${n} bytes: ${r === undefined ? 'nothing' : r.text}: ${toHex(bytes)}`;
      try {
        same(r.value, given, bytes);
      } catch (e) {
        return (e as Error).message;
      }
    }
  }
  return undefined;
}
