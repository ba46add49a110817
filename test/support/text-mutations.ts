/** Frames of text as no template meant them: good ones with other characters in them. What decodes all the same can be said again. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Frame, ProtocolModel, Struct, TemplatePart } from '../../generator/model/model.js';
import { EncodeError, type FrameResult, type Protocol, problem } from '../../src/codec/index.js';
import { plain } from './arbitrary.js';
import { toHex } from './bytes.js';
import { decodeStream, encode, inShape, type Sample, SEED, sameFrames, summary } from './properties.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Characters of every class, and bytes that are none. */
const TOKENS: readonly Uint8Array[] = [
  ...['\0', '\x01', '\t', '\b', '\x7f', '\x1b', ' ', '  ', '0', '9', '00', '-', '+', '-0', '.', '1e9', '0x', 'a', 'Z'],
  ...[',', ',,', ';', '=', ':', '/', '*', '#', '$', '|', '~', '"', '\\', "'", '<', '>', '(', ')', '[', ']', '{', '}'],
  ...['é', '中', '😀', '\u00a0', '\u2028', '\ufeff', '\u0085', 'ß', '１', 'İ', 'e\u0301'],
  ...[
    '\\u0000',
    '\\ud800',
    '\\n',
    'null',
    'true',
    '1e400',
    '1e-400',
    '[]',
    '{}',
    '"a":1,',
    '"__proto__":{},',
    '__proto__',
  ],
  ...['9007199254740993', '99999999999999999999', '0.1', 'toString', 'constructor'],
]
  .map(bytes)
  .concat([0x80, 0xc3, 0xff, 0xa1, 0xfe, 0xed].map(byte => Uint8Array.of(byte)));

const literals = (template: readonly TemplatePart[]): string[] =>
  template.flatMap(part => ('literal' in part ? [part.literal] : []));

/** What delimits anything in texts of this schema. */
function delimiters(model: ProtocolModel, frame: Frame): Uint8Array[] {
  const ends = frame.split.by === 'until' ? [...frame.split.starts, ...frame.split.ends] : [];
  const templates = [
    frame.text?.template ?? [],
    ...model.messages.map(m => m.template ?? []),
    ...model.structs.map((s: Struct) => s.text ?? []),
  ];
  const body = frame.text?.body;
  const words = body?.kind === 'kv' ? [body.pair, body.equals] : [];
  return [...ends, ...[...words, ...templates.flatMap(literals)].map(bytes)];
}

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}

function edited(frame: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const list = [...frame];
  for (const { at, cut, put } of edits) list.splice(at % (list.length + 1), cut, ...put);
  return Uint8Array.from(list);
}

/** Some characters are left out, others put in: now and then a run of another frame, or of this one. */
function editsOf(tokens: readonly Uint8Array[], others: readonly Sample[]): fc.Arbitrary<Edit[]> {
  const token = fc.constantFrom(...tokens);
  const run = fc
    .tuple(fc.constantFrom(...others), fc.nat(), fc.nat(8))
    .map(([{ frame }, from, size]) => frame.slice(from % (frame.length + 1), (from % (frame.length + 1)) + size));
  const edit = fc.record({
    at: fc.nat(300),
    cut: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(4)),
    put: fc.oneof({ arbitrary: token, weight: 6 }, run, fc.constant(new Uint8Array(0))),
  });
  return fc.array(edit, { minLength: 1, maxLength: 3 });
}

/** With the checksums right that a decoder finds wrong, so that what they cover is looked at. */
function mended(protocol: Protocol, dir: Sample['dir'], frame: Uint8Array, shape: number): Uint8Array {
  for (let i = 0; i < 2; i++) {
    const decoded = protocol.decode(dir, frame, 0, frame.length, inShape(shape)());
    if (decoded !== undefined || problem.code !== 'CHECK' || typeof problem.want !== 'string') break;
    frame.set(bytes(problem.want), problem.offset);
  }
  return frame;
}

/**
 * Whatever decodes without a warning is encoded to a frame that decodes to the same value.
 * @param seen is told the name of each message that was decoded
 */
export function textProblem(
  protocol: Protocol,
  model: ProtocolModel,
  all: readonly Sample[],
  runs: number,
  seen: (message: string) => void = () => undefined,
): string | undefined {
  for (const frame of model.frames) {
    const shape = model.frames.length === 1 ? 0 : model.frames.indexOf(frame) + 1;
    const mine = all.filter(s => s.shape === shape && s.frame.length < 300);
    if (mine.length === 0) continue;
    const failure = fc.check(
      fc.property(
        fc.constantFrom(...mine),
        editsOf([...TOKENS, ...delimiters(model, frame)], mine),
        ({ dir, frame: good }, edits) => {
          const changed = mended(protocol, dir, edited(good, edits), shape);
          const wire = Uint8Array.from([...changed, ...(frame.split.by === 'json' ? [] : frame.emit)]);
          const read = (b: Uint8Array): FrameResult[] => decodeStream(protocol, dir, [b], inShape(shape)).results;
          for (const r of read(wire)) {
            if (!r.ok || r.message === 'unknown' || r.value.$warn !== undefined) continue;
            seen(r.message);
            const again = read(sayAgain(protocol, dir, r, wire));
            if (!sameFrames(again.map(withPlainZeros), [withPlainZeros(r)]))
              throw new Error(`${show(wire)}\nsays ${summary(r)}\nand again ${again.map(summary).join('\n')}`);
          }
          return true;
        },
      ),
      { numRuns: runs, seed: SEED, includeErrorInReport: true },
    );
    if (failure.failed) return fc.defaultReportMessage(failure);
  }
  return undefined;
}

/** JSON writes -0 as 0, also where no field says that a number stands. */
function withPlainZeros(r: FrameResult): FrameResult {
  if (!r.ok || r.value.unknown === undefined) return r;
  return { ...r, value: { ...r.value, unknown: JSON.parse(JSON.stringify(r.value.unknown)) as unknown } };
}

function sayAgain(
  protocol: Protocol,
  dir: Sample['dir'],
  r: FrameResult & { readonly ok: true },
  wire: Uint8Array,
): Uint8Array {
  try {
    return encode(protocol[dir].find(m => m.name === r.message)!, r.value);
  } catch (e) {
    if (!(e instanceof EncodeError)) throw e;
    throw new Error(
      `${show(wire)}\nis read as ${inspect(plain(r.value), { depth: 9 })}\nand not written: ${e.message}`,
    );
  }
}

const show = (b: Uint8Array): string => `${JSON.stringify(Buffer.from(b).toString())} (${toHex(b)})`;
