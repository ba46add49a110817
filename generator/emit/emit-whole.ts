/** What an encoder refuses of a whole frame, because it would be cut somewhere else, left out, or taken for another shape. */
import { type BytesAt, type Field, type Frame, type IntType, isText, type Message } from '../model/model.js';
import { fixedSize, sizeOfAll } from '../model/sizes.js';
import { type Code, quoted } from './code.js';
import { type EmitContext, plus } from './context.js';
import { frameFunction } from './frame-names.js';
import { hasFrames } from './names.js';
import { openingOf } from './opening.js';
import { goes, WAYS } from './ways.js';

/** Tests of the frame `[start, w.length)` before anything is put around it. */
export function emitWholeFrame(ctx: EmitContext, m: Message, code: Code): void {
  const { split, layout } = m.frame;
  const { min, max } = sizeOfAll([...layout, ...m.fields].filter(f => f.type.kind !== 'body'));
  const { frame: limit } = ctx.model.limits;
  // A frame with a layout has looked at the limit when it was closed.
  const most = split.by === 'quiet' ? Math.min(split.max, limit) : layout.length === 0 ? limit : undefined;
  if (most !== undefined && max > most)
    code.line(`if (w.length - start > ${most}) throw ${ctx.use('tooLong')}(w.length - start, ${most});`);
  const want = givenSize(m);
  if (want !== undefined && (min !== max || String(min) !== want))
    code.line(`${ctx.use('exactSize')}(w.length - start, ${want});`);
  if (min === 0 && leavesOutEmpty(m.frame)) code.line(`${ctx.use('notEmpty')}(w.length - start);`);
}

/** The bytes of every frame of this message, where the schema says so. */
function givenSize({ frame, ids }: Message): string | undefined {
  const { split } = frame;
  if (split.by === 'fixed') return String(split.size);
  if (split.by !== 'table') return undefined;
  const sizes = new Set(split.sizes.filter(s => ids.includes(s.id)).map(s => s.size));
  const [only] = sizes;
  return sizes.size === 1 ? String(only) : `${frameFunction(frame, 'measure')}(w.bytes, start, w.length)`;
}

function leavesOutEmpty({ split }: Frame): boolean {
  if (split.by === 'flag' || split.by === 'until') return split.skipEmpty;
  return ['slip', 'hex', 'quiet', 'fixed'].includes(split.by);
}

/**
 * Tests of the bytes of the wire: among several shapes, this one must take them, and no earlier one. What depends on the
 * state of the connection is not known here, and what constants prove is not tested.
 */
export function emitShape(ctx: EmitContext, m: Message, code: Code): void {
  const { frames } = ctx.model;
  const { frame } = m;
  if (frames.length === 1) return;
  const known = isText(frame)
    ? firstCharacters(m)
    : constantBytes([...frame.layout, ...(frame.layout.length === 0 ? m.fields : [])]);
  const refuse = (tests: readonly string[], as: string): void => {
    code.line(`if (${tests.join(' && ')}) throw ${ctx.use('unmeant')}(${quoted(m.name)}, ${quoted(as)});`);
  };
  const { is, not } = frame.when;
  if (is !== undefined && stands(known, is) !== true) refuse([`!(${standsCode(ctx, is)})`], 'another frame');
  if (not !== undefined && stands(known, not) !== false) refuse([standsCode(ctx, not)], 'another frame');
  const ways = WAYS.filter(way => goes(m, way));
  for (const other of frames.slice(0, frames.indexOf(frame))) {
    if (!ways.some(way => hasFrames(ctx.model, other, way)) || !canMeet(frame, other)) continue;
    const tests = testsOf(ctx, other, known);
    if (tests !== undefined && tests.length > 0) refuse(tests, `a frame of "${other.name}"`);
  }
}

/** What tells that a frame of these bytes is of this shape; `undefined` where it never is. */
function testsOf(ctx: EmitContext, frame: Frame, known: Bytes): string[] | undefined {
  const { name, when, split, layout } = frame;
  const tests: string[] = [];
  const { is, not } = when;
  if (is !== undefined) {
    if (stands(known, is) === false) return undefined;
    tests.push(standsCode(ctx, is));
  }
  if (not !== undefined) {
    if (stands(known, not) === true) return undefined;
    tests.push(`!(${standsCode(ctx, not)})`);
  }
  const opening = openingOf(frame);
  if (opening.length > 0 && is === undefined) {
    const told = opening.map(bytes => stands(known, { at: 0, bytes }));
    if (told.every(t => t === false)) return undefined;
    const all = opening.map(bytes => ctx.bytesConstant(bytes)).join(', ');
    tests.push(`${ctx.use('beginsAny')}(w.bytes, start, w.length, [${all}], true) === 1`);
  }
  if (split.by === 'length' || split.by === 'table') {
    if (constantBytes(layout).some((byte, i) => byte !== undefined && known[i] !== undefined && known[i] !== byte))
      return undefined;
    tests.push(`${frameFunction({ name }, 'starts')}(w.bytes, start, w.length, false)`);
  }
  return tests;
}

/** Whether both are looked for at the same time, as far as that is sure. */
function canMeet(frame: Frame, earlier: Frame): boolean {
  const { state, awaiting } = earlier.when;
  if (state !== undefined && state !== frame.when.state) return false;
  return awaiting === undefined || awaiting.join() === frame.when.awaiting?.join();
}

function standsCode(ctx: EmitContext, { at, bytes }: BytesAt): string {
  const from = plus('start', at);
  return `${ctx.use('begins')}(w.bytes, ${from}, w.length, ${ctx.bytesConstant(bytes)}, true) === 1`;
}

/** Bytes of every frame, as far as they are the same in all. */
type Bytes = readonly (number | undefined)[];

/** Whether these bytes stand there; `undefined` where that depends on the values. */
function stands(known: Bytes, { at, bytes }: BytesAt): boolean | undefined {
  const found = [...bytes].map((byte, i) => (known[at + i] === undefined ? undefined : known[at + i] === byte));
  if (found.includes(false)) return false;
  return found.includes(undefined) ? undefined : true;
}

/** What every text of a message begins with. */
function firstCharacters({ template, frame }: Message): Bytes {
  const [first] = template ?? frame.text?.template ?? [];
  // In all character sets these are the same.
  return first !== undefined && 'literal' in first && /^[\0-\x7f]+$/.test(first.literal)
    ? [...new TextEncoder().encode(first.literal)]
    : [];
}

function constantBytes(fields: readonly Field[]): Bytes {
  const known: (number | undefined)[] = [];
  for (const { type, when, constant } of fields) {
    const size = fixedSize(type);
    if (when !== undefined || size === undefined) break;
    const [form, ...others] = type.kind === 'magic' ? type.forms : [];
    if (form !== undefined && others.length === 0) known.push(...form.bytes);
    else if (constant !== undefined && type.kind === 'int') known.push(...intBytes(constant, type));
    else known.push(...Array.from({ length: size }, () => undefined));
  }
  return known;
}

function intBytes(value: number, { bytes, endian }: IntType): number[] {
  const low = Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
  return endian === 'big' ? low.reverse() : low;
}
