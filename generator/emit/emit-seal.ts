/**
 * Writing what stands around a body. `openFrame` writes the head, the message its body, `closeFrame` the tail, and then
 * every size and checksum, which only now are known. `finishFrame` does the same for a frame that was written without its
 * connection.
 */
import type { Field, Frame, MagicType } from '../model/model.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, intRange, putInt } from './context.js';
import { checksum, frameLocals } from './emit-check.js';
import { identityText, nextSerial, placeholder, type Told, toldBy, whenGiven } from './emit-conn.js';
import { partFrame } from './emit-parts.js';
import { emitPick, formFrom, formType } from './emit-pick.js';
import { emitRefillParts, sentParts } from './emit-send-parts.js';
import { frameFunction } from './frame-names.js';
import { distance, FramePlaces, formTest, minOf, plusCode } from './frame-places.js';
import type { Locals } from './locals.js';
import { moduleName } from './modules.js';
import { isPlainLayout } from './names.js';
import { printCondition } from './print-expression.js';
import { FieldReader } from './read/field-reader.js';
import { fieldType } from './ts-types.js';
import { FieldWriter } from './write/field-writer.js';

/** The frame that is being closed: `b` and `p` are the writer's own. */
const CLOSING = { b: 'f', start: 'start', stop: 'stop' } as const;

/** Elements whose value is a member of the message, not a parameter. */
function members(fields: readonly Field[]): Field[] {
  return fields.filter(f => isPlainLayout(f) && f.role !== 'identity');
}

/** Elements whose value the writer of a message works out: its id, what the connection tells, counts of its lists. */
export function parameters(frame: Frame, part: 'head' | 'tail'): Field[] {
  const body = frame.layout.findIndex(f => f.type.kind === 'body');
  const fields = part === 'head' ? frame.layout.slice(0, body) : frame.layout.slice(body + 1);
  return fields.filter(f => f.role !== undefined || f.auto?.kind === 'count');
}

function partOf(frame: Frame, part: 'head' | 'tail'): readonly Field[] {
  const body = frame.layout.findIndex(f => f.type.kind === 'body');
  return part === 'head' ? frame.layout.slice(0, body) : frame.layout.slice(body + 1);
}

/** Whether the head or tail takes something from the message or the connection. */
export function takesValue(frame: Frame, part: 'head' | 'tail'): boolean {
  return members(partOf(frame, part)).length > 0;
}

export function takesConn(frame: Frame, part: 'head' | 'tail'): boolean {
  return partOf(frame, part).some(f => f.type.kind === 'bits' && f.type.bits.some(b => b.auto?.kind === 'conn'));
}

/** Whether the number may be more than a `number` can hold. */
const isWide = ({ type }: Field): boolean => type.kind === 'int' && type.bytes >= 7;

function typeOf(f: Field): string {
  const isText = f.role === 'identity' && f.type.kind !== 'int';
  const type = isText ? 'string' : isWide(f) ? 'number | bigint' : 'number';
  return f.when === undefined ? type : `${type} | undefined`;
}

/** `FrameValues`: the members of a message that its frame takes. */
function valuesName(ctx: EmitContext, frame: Frame): string {
  return ctx.names.around(frame);
}

function signature(ctx: EmitContext, frame: Frame, part: 'head' | 'tail'): string {
  const list = ['w: Writer'];
  if (part === 'tail') list.push('start: number');
  for (const f of parameters(frame, part)) list.push(`${f.name}: ${typeOf(f)}`);
  if (takesValue(frame, part)) list.push(`v: ${valuesName(ctx, frame)}`);
  if (takesConn(frame, part)) list.push('conn?: ConnContext');
  if (part === 'tail' && frame.pick !== undefined) list.push(`wanted: ${formType(frame)} | undefined`);
  return list.join(', ');
}

/** The interface of what `openFrame` and `closeFrame` take from a message. */
export function emitValues(ctx: EmitContext, frame: Frame, code: Code): void {
  const fields = members(frame.layout);
  if (fields.length === 0) return;
  code.line('/** What stands around the body and is part of a message. */');
  code.block(`interface ${valuesName(ctx, frame)}`, () => {
    for (const f of fields) {
      const loose = f.type.kind === 'bits' && f.type.bits.some(b => b.auto !== undefined);
      const given = fieldType(f, ctx.names);
      const type = loose ? `{ [K in keyof ${given}]?: ${given}[K] | undefined }` : given;
      const optional = loose || f.default !== undefined || f.when !== undefined;
      code.line(`${f.name}${optional ? '?' : ''}: ${type}${optional ? ' | undefined' : ''};`);
    }
  });
  code.line();
}

export function emitOpen(ctx: EmitContext, frame: Frame, code: Code): void {
  const head = partOf(frame, 'head');
  if (head.length === 0) return;
  ctx.useType('Writer');
  if (takesConn(frame, 'head')) ctx.useType('ConnContext');
  code.line('/** Writes what stands before the body; sizes and checksums are left open. */');
  code.block(`function ${frameFunction(frame, 'open')}(${signature(ctx, frame, 'head')}): void`, () => {
    writer(ctx, frame, head, 'head', code).write();
  });
  code.line();
}

function writer(
  ctx: EmitContext,
  frame: Frame,
  fields: readonly Field[],
  part: 'head' | 'tail',
  code: Code,
  outer?: FramePlaces,
): FieldWriter {
  const told = new Map(parameters(frame, part).map(f => [f.name, f.name]));
  return new FieldWriter(ctx, code, [...told.values(), 'stop', 'body', 'form', 'size'], { fields, outer, told });
}

/** The tail, then all sizes and checksums of the frame that begins at `start`. */
export function emitClose(ctx: EmitContext, frame: Frame, code: Code): void {
  if (frame.layout.length === 0) return;
  ctx.useType('Writer');
  const tail = partOf(frame, 'tail');
  code.line('/** Writes what stands behind the body, then every size and checksum of the frame at `start`. */');
  code.block(`function ${frameFunction(frame, 'close')}(${signature(ctx, frame, 'tail')}): void`, () => {
    const locals = frameLocals(ctx);
    for (const name of [...parameters(frame, 'tail').map(f => f.name), 'body', 'form', 'wanted', 'width'])
      locals.add(name);
    emitPick(ctx, frame, locals, code);
    // What the tail takes from the head is read where it has been written.
    const open = new FramePlaces(ctx, frame, code, locals, { b: 'w.bytes', start: 'start', stop: 'w.length' });
    if (tail.length > 0) writer(ctx, frame, tail, 'tail', code, open).write();
    emitVarintSize(ctx, frame, locals, code);
    code.line('const stop = w.length;');
    const { frame: limit } = ctx.model.limits;
    code.line(`if (stop - start > ${limit}) throw ${ctx.use('tooLong')}(stop - start, ${limit});`);
    emitComputed(ctx, frame, locals, code);
    if (frame.opaque === undefined) return;
    const closed = new FramePlaces(ctx, frame, code, locals, { b: 'w.bytes', start: 'start', stop: 'stop' });
    code.line(
      `if (${printCondition(frame.opaque, closed)}) throw ${ctx.use('unmeant')}('frame', 'a body without a name');`,
    );
  });
  code.line();
}

/** A size of variable width has room for one byte so far. */
function emitVarintSize(ctx: EmitContext, frame: Frame, locals: Locals, code: Code): void {
  const size = frame.layout.find(f => f.covers !== undefined);
  if (size?.type.kind !== 'varint') return;
  const places = new FramePlaces(ctx, frame, code, locals, { b: 'w.bytes', start: 'start', stop: 'w.length' });
  // The zero that stands there is one byte wide, as are all places behind it.
  const fixed = constantPlaces(frame);
  const { from, to } = size.covers!;
  const count = distance(fixed(from), endOf(places, frame, to));
  const at = places.place(size);
  code.line(`const size = ${count};`).line(`const width = ${ctx.use('varintSize')}(size);`);
  code.line(`if (width > 1) w.shift(${plusCode(at, 1)}, width - 1);`);
  code.line(`${ctx.use('putVarint')}(w.bytes, ${at}, size);`);
}

/** Where elements of the head stand while every one of variable size is as short as it can be. */
function constantPlaces(frame: Frame): (name: string) => string {
  const head = partOf(frame, 'head');
  return name => {
    const i = head.findIndex(f => f.name === name);
    const before = i < 0 ? head : head.slice(0, i);
    return `start + ${minOf(before)}`;
  };
}

function endOf(places: FramePlaces, frame: Frame, name: string): string {
  const field = frame.layout.find(f => f.name === name)!;
  return places.tail.includes(field) || field.type.kind === 'body' ? places.end(field) : constantPlaces(frame)(name);
}

/** Sizes, then checksums, in the frame that is now complete but for them. */
function emitComputed(ctx: EmitContext, frame: Frame, locals: Locals, code: Code): void {
  const needed = frame.layout.some(
    f =>
      (f.covers !== undefined && f.type.kind !== 'varint') ||
      f.type.kind === 'check' ||
      (f.type.kind === 'bits' && f.type.bits.some(b => b.auto?.kind === 'size')),
  );
  if (!needed) return;
  code.line('const f = w.bytes;');
  const places = new FramePlaces(ctx, frame, code, locals, CLOSING);
  emitSizes(ctx, places, code);
  emitChecksums(ctx, places, code);
}

function emitSizes(ctx: EmitContext, places: FramePlaces, code: Code): void {
  const { frame } = places;
  for (const field of frame.layout) {
    const { type } = field;
    const span = (range: { from: string; to: string }): string => {
      const [from, to] = [range.from, range.to].map(name => frame.layout.find(f => f.name === name)!);
      return distance(places.place(from!), places.end(to!));
    };
    if (field.covers !== undefined && type.kind === 'int')
      code.line(
        putInt(ctx, type, 'f', places.place(field), checkedSize(ctx, field, span(field.covers), intRange(type).max)),
      );
    if (field.covers !== undefined && type.kind === 'case') {
      const at = places.place(field);
      const size = span(field.covers);
      const marker = places.head.find(f => f.name === type.on)!;
      const [first, ...others] = type.arms;
      const arms = [...others, first!];
      for (const [i, arm] of arms.entries()) {
        const test = formTest(marker.type as MagicType, arm.name, places.place(marker), 'f');
        const head = i === arms.length - 1 ? 'else ' : `${i > 0 ? 'else ' : ''}if (${test}) `;
        const checked = checkedSize(ctx, field, size, intRange(arm.type).max);
        code.line(`${arms.length === 1 ? '' : head}${putInt(ctx, arm.type, 'f', at, checked)}`);
      }
    }
    if (type.kind !== 'bits') continue;
    const sizes = type.bits.flatMap(({ auto, name, width, shift }) => {
      if (auto?.kind !== 'size') return [];
      const most = 2 ** width - 1;
      const size = `${ctx.use('integer')}(${span(auto.range)}, 0, ${most}, ${quoted(`${field.name}.${name}`)})`;
      return [shift === 0 ? size : `(${size} << ${shift})`];
    });
    if (sizes.length > 0)
      code.line(putInt(ctx, type.word, 'f', places.place(field), [places.word(field), ...sizes].join(' | ')));
  }
}

/** A size that the limits of the schema keep within its number needs no test. */
function checkedSize(ctx: EmitContext, field: Field, size: string, max: number): string {
  const { min, max: most } = field.valid ?? {};
  if (min === undefined && max >= ctx.model.limits.frame) return size;
  return `${ctx.use('integer')}(${size}, ${min ?? 0}, ${most ?? max}, ${quoted(field.name)})`;
}

function emitChecksums(ctx: EmitContext, places: FramePlaces, code: Code): void {
  const { frame } = places;
  for (const field of frame.layout) {
    if (field.type.kind !== 'check') continue;
    const { algorithm, word, over } = field.type;
    const [from, to] = [over.from, over.to].map(name => frame.layout.find(f => f.name === name)!);
    const sum = `${checksum(ctx, algorithm)}(f, ${places.place(from!)}, ${places.end(to!)})`;
    code.line(putInt(ctx, word, 'f', places.place(field), sum));
  }
}

/** Whether the wire has more than the content of a frame: flags, escapes, a delimiter. */
export function isWrapped(frame: Frame): boolean {
  return ['flag', 'slip', 'cobs', 'hex', 'until', 'custom'].includes(frame.split.by);
}

/** What delimits a frame, and escapes: the last thing that is written. */
export function emitWrap(ctx: EmitContext, frame: Frame, code: Code): void {
  const { split } = frame;
  if (!isWrapped(frame)) return;
  ctx.useType('Writer');
  code.line('/** Puts the delimiters around the frame at `start`, and escapes it. */');
  code.block(`function ${frameFunction(frame, 'wrap')}(w: Writer, start: number): void`, () => {
    if (split.by === 'custom') code.line(`${ctx.use('customInto')}(w, start, ${moduleName(split.use, 'split')});`);
    if (split.by === 'slip') code.line(`${ctx.use('slipInto')}(w, start);`);
    if (split.by === 'cobs') code.line(`${ctx.use('cobsInto')}(w, start);`);
    if (split.by === 'hex') code.line(`${ctx.use('hexInto')}(w, start);`);
    if (split.by === 'flag') {
      if (frame.escape === undefined) code.line(`${ctx.use('withoutFlag')}(w, start, ${byteHex(split.flag)});`);
      const rule = frame.escape === undefined ? '' : `, ${ctx.escapeConstant(frame.escape)}`;
      code.line(`${ctx.use('flagInto')}(w, start, ${byteHex(split.flag)}${rule});`);
    }
    if (split.by === 'hex') code.line(`w.append(${ctx.bytesConstant(split.ends[0]!)});`);
    if (split.by === 'until') {
      const rule = frameFunction(frame, 'delimit');
      const end = ctx.bytesConstant(split.ends[0]!);
      code.line(`${ctx.use('untilInto')}(w, start, ${end}, ${rule}.ends, ${rule}.starts);`);
    }
  });
  code.line();
}

/** Locals of a writer for what the connection tells, and which of it is missing. */
export function emitTold(ctx: EmitContext, frame: Frame, told: readonly Told[], code: Code): string {
  for (const t of told) {
    if (t.kind === 'conn') continue;
    const found =
      t.kind === 'serial'
        ? nextSerial(t.field).replace('conn.', 'conn?.')
        : `(conn === undefined ? undefined : ${identityCode(ctx, t.field)})`;
    const there = whenGiven(ctx, frame, t.field);
    const given = `v.${t.field.name}`;
    code.line(`const ${t.local} = ${given} ?? ${there === undefined ? found : `(${there} ? ${found} : undefined)`};`);
  }
  const missing = told.map(t => {
    const there = whenGiven(ctx, frame, t.field);
    if (t.kind !== 'conn')
      return `(${there === undefined ? '' : `${there} && `}${t.local} === undefined ? ${t.bit} : 0)`;
    return `(conn === undefined && v.${t.field.name}?.${t.part!.bit} === undefined ? ${t.bit} : 0)`;
  });
  return missing.join(' | ');
}

/** Completes a frame that was written without its connection: opened and closed anew around the same body. */
export function emitFinish(ctx: EmitContext, frame: Frame, code: Code): void {
  const told = toldBy(frame);
  const parts = frame === partFrame(ctx) ? sentParts(ctx) : undefined;
  const open = told.length > 0;
  if (!open && parts === undefined) return;
  ctx.useType('Writer');
  if (open) ctx.useType('ConnContext');
  const name = frameFunction(frame, 'finish');
  const marked = told.length > 1;
  const why = open ? 'lacks what only its connection knows' : 'is longer than it may be, in parts';
  code.line(`/** Writes a frame again that ${why}. */`);
  if (open && parts !== undefined) {
    code.block(`function ${name}(w: Writer, b: Uint8Array, start: number, to: number, conn: ConnContext): void`, () => {
      const args = marked ? 'to - 1, b[to - 1]!' : `to, ${told[0]!.bit}`;
      code.line(`${frameFunction(frame, 'refill')}(w, b, start, ${args}, conn);`);
    });
    code.line();
  }
  const head =
    parts === undefined
      ? `${name}(w: Writer, b: Uint8Array, start: number, to: number, conn: ConnContext)`
      : `${frameFunction(frame, 'refill')}(w: Writer, b: Uint8Array, start: number, stop: number${open ? ', missing: number, conn: ConnContext' : ''})`;
  code.block(`function ${head}: void`, () => {
    if (parts === undefined) {
      code.line(`const stop = ${marked ? 'to - 1' : 'to'};`);
      if (marked) code.line('const missing = b[stop]!;');
    }
    const locals = frameLocals(ctx);
    for (const t of told) locals.add(t.local);
    locals.add('missing').add('at');
    const places = new FramePlaces(ctx, frame, code, locals);
    places.walk();
    const reader = new FieldReader(ctx, code, locals, places);
    for (const field of members(frame.layout)) {
      const word = field.type.kind === 'bits' || field.type.kind === 'flags' ? places.word(field) : undefined;
      reader.readElement(field, places.place(field), word);
    }
    reader.settle();
    const values = reader.values.map(
      ({ key, code: value }) => `${key}: ${looseBits(key, value, told, marked || parts !== undefined)}`,
    );
    const args = (part: 'head' | 'tail'): string => {
      const list = parameters(frame, part).map(f =>
        parameterFromFrame(ctx, f, told, places, code, marked || parts !== undefined),
      );
      if (takesValue(frame, part)) list.push('v');
      if (takesConn(frame, part)) list.push('conn');
      if (part === 'tail' && frame.pick !== undefined) list.push(formFrom(places));
      return list.map(a => `, ${a}`).join('');
    };
    if (values.length > 0) code.line(`const v = { ${values.join(', ')} };`);
    const opened = args('head');
    const close = args('tail');
    const one = (opening: string, from: string, to: string): void => {
      code.line('const at = w.length;');
      code.line(`${frameFunction(frame, 'open')}(w${opening});`);
      code.line(`w.append(b, ${from}, ${to});`);
      code.line(`${frameFunction(frame, 'close')}(w, at${close});`);
      if (isWrapped(frame)) code.line(`${frameFunction(frame, 'wrap')}(w, at);`);
    };
    if (parts !== undefined) emitRefillParts(frame, parts, opened, places, one, code);
    one(opened, places.bodyStart(), places.bodyStop());
  });
  code.line();
}

/** A bit that the connection tells is left out where it was not given. */
function looseBits(name: string, value: string, told: readonly Told[], marked: boolean): string {
  const mine = told.filter(t => t.kind === 'conn' && t.field.name === name);
  if (mine.length === 0) return value;
  // What is all that can be missing is missing.
  const lacks = (t: Told): string => (!marked ? '' : `(missing & ${t.bit}) === 0 ? ${value}.${t.part!.bit} : `);
  const parts = mine.map(t => `${t.part!.bit}: ${lacks(t)}undefined`);
  return `{ ...${value}, ${parts.join(', ')} }`;
}

/** The value of a parameter of `openFrame` or `closeFrame`, from the unfinished frame or its connection. */
function parameterFromFrame(
  ctx: EmitContext,
  field: Field,
  told: readonly Told[],
  places: FramePlaces,
  code: Code,
  marked: boolean,
): string {
  const t = told.find(x => x.field === field);
  // An id, say, is always there; a role with `if` is so where the frame says that it is.
  const there = (code: string): string =>
    field.when === undefined ? code : `${printCondition(field.when, places)} ? ${code} : undefined`;
  if (t === undefined) return there(places.number(field));
  const own = t.kind === 'serial' ? nextSerial(field) : identityCode(ctx, field);
  if (!marked) return there(own);
  const local = places.local(`${field.name}Given`);
  const given = field.type.kind === 'int' ? places.number(field) : identityText(ctx, places, field);
  code.line(`const ${local} = ${there(`((missing & ${t.bit}) !== 0 ? ${own} : ${given})`)};`);
  return local;
}

/** Who the frames of the connection are about, as the element says it: the connection keeps it as text. */
function identityCode(ctx: EmitContext, field: Field): string {
  if (isWide(field)) return `${ctx.use('wideIdentityOf')}(conn, ${quoted(field.name)})`;
  const known = `${ctx.use('identityOf')}(conn, ${quoted(field.name)})`;
  return field.type.kind === 'int' ? `Number(${known})` : known;
}

/** What stands for an element that the connection tells, where it is not known yet. */
export function orPlaceholder(ctx: EmitContext, frame: Frame, t: Told): string {
  const there = whenGiven(ctx, frame, t.field);
  const lacking = t.kind === 'serial' ? '0' : placeholder(t.field);
  return `${t.local} ?? ${there === undefined ? lacking : `(${there} ? ${lacking} : undefined)`}`;
}
