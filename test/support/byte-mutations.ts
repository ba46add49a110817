/** Frames of bytes with other bytes in them, whose sizes and checksums are right all the same: what decodes is written byte for byte. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type Field, type Frame, isText, type ProtocolModel } from '../../generator/model/model.js';
import { DecodeError, type Direction, EncodeError, type Protocol, problem } from '../../src/codec/index.js';
import { hasWarnings, plain, type Value } from './arbitrary.js';
import { toHex } from './bytes.js';
import { cutOut, encode, inShape, type Sample, SEED } from './properties.js';

type Edit = readonly [how: 'set' | 'add' | 'drop' | 'copy', at: number, byte: number];

/** Small numbers more often than chance would have them: most sizes, counts and names are. */
const byte = fc.oneof(fc.nat(12), fc.nat(255), fc.constantFrom(0x7f, 0x80, 0xff, 0x00));
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.constantFrom('set', 'set', 'add', 'drop', 'copy'),
  fc.oneof(fc.nat(12), fc.nat(200)),
  byte,
);

function edited(frame: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const list = [...frame];
  for (const [how, at, byte] of edits) {
    const i = list.length === 0 ? 0 : at % list.length;
    if (how === 'set' && list.length > 0) list[i] = byte;
    if (how === 'add') list.splice(i, 0, byte);
    if (how === 'drop') list.splice(i, 1);
    if (how === 'copy') list.splice(i, 0, ...list.slice(i, i + (byte % 5)));
  }
  return Uint8Array.from(list);
}

/** Writes what a decoder wants in the place of a size, a count or a checksum of the layout. */
function mended(protocol: Protocol, frame: Frame, dir: Direction, b: Uint8Array, shape: number): Uint8Array {
  for (let i = 0; i < 4; i++) {
    if (protocol.decode(dir, b, 0, b.length, inShape(shape)()) !== undefined) break;
    const field = frame.layout.find(f => f.name === problem.field.split('.')[0]);
    const want = typeof problem.want === 'number' ? problem.want : undefined;
    if (field === undefined || want === undefined || !['SIZE', 'COUNT', 'CHECK', 'CONST'].includes(problem.code)) break;
    put(b, problem.offset, field, want);
  }
  return b;
}

function put(b: Uint8Array, at: number, { type }: Field, v: number): void {
  const number = type.kind === 'check' ? type.word : type;
  if (number.kind !== 'int') return;
  for (let i = 0; i < number.bytes; i++) {
    const place = number.endian === 'big' ? number.bytes - 1 - i : i;
    if (at + place < b.length) b[at + place] = Math.floor(v / 256 ** i) % 256;
  }
}

/** @param seen is told the name of each message that was decoded */
export function bytesProblem(
  protocol: Protocol,
  model: ProtocolModel,
  all: readonly Sample[],
  runs: number,
  seen: (message: string) => void = () => undefined,
): string | undefined {
  const mine = all.filter(s => !isText(model.frames[Math.max(0, s.shape - 1)]!) && s.frame.length < 250);
  if (mine.length === 0) return undefined;
  const failure = fc.check(
    fc.property(
      fc.constantFrom(...mine),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      ({ dir, frame, shape }, edits) => {
        const layout = model.frames[Math.max(0, shape - 1)]!;
        const b = mended(protocol, layout, dir, edited(frame, edits), shape);
        const decoded = protocol.decode(dir, b, 0, b.length, inShape(shape)());
        if (decoded === undefined || decoded.index < 0 || isLeftOut(decoded.value as Value)) return true;
        seen(decoded.name);
        const says = `${toHex(b)}\nis read as ${decoded.name} ${inspect(plain(decoded.value), { depth: 9 })}`;
        const again = writtenAgain(() => encode(protocol[dir][decoded.index]!, decoded.value as Value), says);
        const back = cutOut(protocol, dir, again, shape);
        if (back === undefined || toHex(back) !== toHex(b))
          throw new Error(`${says}\nand written as ${back === undefined ? 'no frame' : toHex(back)}`);
        return true;
      },
    ),
    { numRuns: runs, seed: SEED, includeErrorInReport: true },
  );
  return failure.failed ? fc.defaultReportMessage(failure) : undefined;
}

function writtenAgain(write: () => Uint8Array, says: string): Uint8Array {
  try {
    return write();
  } catch (e) {
    throw e instanceof EncodeError ? new Error(`${says}\nand not written: ${e.message}`) : e;
  }
}

/** What was let through with a warning, what turns out to be wrong when it is read, and NaN, which has many forms and comes back in one. */
function isLeftOut(value: Value): boolean {
  try {
    return hasWarnings(value) || inspect(plain(value), { depth: 9, maxArrayLength: null }).includes('NaN');
  } catch (e) {
    if (e instanceof DecodeError) return true;
    throw e;
  }
}
