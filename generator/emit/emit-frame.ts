/** What surrounds every message of a binary protocol: cutting, checking, and closing a frame. */

import { sameIds } from '../model/check-conversation.js';
import type { Field, IntType, MagicType, Message, ProtocolModel } from '../model/model.js';
import { between } from '../model/resolve-frame.js';
import { sizeOf } from '../model/sizes.js';
import type { Expr } from '../schema/expression.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, intRange, plus, putInt, readInt } from './context.js';
import { isPlainLayout } from './names.js';
import { type Printed, printValue } from './print-expression.js';

const minOf = (fields: readonly Field[]): number => fields.reduce((n, f) => n + sizeOf(f.type).min, 0);

/** The layout, taken apart. */
export class FrameParts {
  readonly layout: readonly Field[];
  readonly head: readonly Field[];
  readonly tail: readonly Field[];
  readonly size: Field;
  readonly id: Field;
  /** Least bytes before the body, bytes behind it. */
  readonly headMin: number;
  readonly tailSize: number;
  /** Whether the head always takes the same. */
  readonly headFixed: boolean;
  /** The size counts this many bytes besides the body. */
  readonly covered: number;
  /** The whole frame takes this many bytes besides the size and its own width. */
  readonly uncovered: number;
  /** The size counts itself. */
  readonly coversItself: boolean;

  constructor(model: ProtocolModel) {
    this.layout = model.frame.layout;
    const body = this.layout.findIndex(f => f.type.kind === 'body');
    this.head = this.layout.slice(0, body);
    this.tail = this.layout.slice(body + 1);
    this.size = this.layout.find(f => f.covers !== undefined)!;
    this.id = this.layout.find(f => f.role === 'id')!;
    this.headMin = minOf(this.head);
    this.tailSize = minOf(this.tail);
    this.headFixed = this.head.every(f => sizeOf(f.type).min === sizeOf(f.type).max);
    const covered = between(this.layout, this.size.covers!.from, this.size.covers!.to);
    this.coversItself = covered.includes(this.size);
    this.covered = minOf(covered.filter(f => f.type.kind !== 'body'));
    this.uncovered = minOf(this.layout.filter(f => !covered.includes(f) && f !== this.size));
  }

  /** Behind the size, where that is shortest. */
  get sizeEnd(): number {
    return minOf(this.head.slice(0, this.head.indexOf(this.size) + 1));
  }

  get minimum(): number {
    return this.headMin + this.tailSize;
  }

  /** Where an element of the head begins, seen from the frame's start or, behind the size, from the body's. */
  place(field: Field, start: string, bodyStart: string): string {
    const i = this.head.indexOf(field);
    const before = this.head.slice(0, i);
    if (before.every(f => sizeOf(f.type).min === sizeOf(f.type).max)) return plus(start, minOf(before));
    return plus(bodyStart, -minOf(this.head.slice(i)));
  }

  /** Where an element behind the body begins, seen from the frame's end. */
  tailPlace(field: Field, stop: string): string {
    return plus(stop, -minOf(this.tail.slice(this.tail.indexOf(field))));
  }
}

/** `b[o] === 0x78 && b[o + 1] === 0x78`. */
function isMagic(bytes: Uint8Array, at: (i: number) => string): string {
  return [...bytes].map((byte, i) => `b[${at(i)}] === ${byteHex(byte)}`).join(' && ');
}

/** Which form of a marker stands at the start, as a condition for the second and later forms. */
function formTest(magic: MagicType, form: string, start: string, off: number): string {
  const wanted = magic.forms.find(f => f.name === form)!.bytes;
  const others = magic.forms.filter(f => f.name !== form);
  const telling = [...wanted].findIndex((byte, i) => others.every(o => o.bytes[i] !== byte));
  const i = Math.max(0, telling);
  return `b[${plus(start, off + i)}] === ${byteHex(wanted[i]!)}`;
}

/** The function that says where the body of a checked frame begins; nothing where that is a constant. */
export function emitBodyStart(ctx: EmitContext, parts: FrameParts, code: Code): void {
  if (parts.headFixed) return;
  code.line('/** Where the body begins. */');
  code.block('function bodyStart(b: Uint8Array, start: number): number', () => {
    code.line(`return start + ${headSize(ctx, parts, 'start')};`);
  });
  code.line();
}

/** The bytes of the head of a frame that stands at `start`. */
function headSize(ctx: EmitContext, parts: FrameParts, start: string): string {
  const { type } = parts.size;
  const at = parts.place(parts.size, start, '');
  const rest = parts.headMin - sizeOf(type).min;
  if (type.kind === 'varint') {
    return `(b[${at}]! < 0x80 ? ${rest + 1} : ${rest} + ${ctx.use('varintWidth')}(b, ${at}))`;
  }
  if (type.kind !== 'case') return String(parts.headMin);
  const on = parts.head.find(f => f.name === type.on)!;
  const magic = on.type as MagicType;
  const off = minOf(parts.head.slice(0, parts.head.indexOf(on)));
  const [first, ...others] = type.arms;
  return others
    .reduce(
      (no, arm) => `${formTest(magic, arm.name, start, off)} ? ${rest + arm.type.bytes} : ${no}`,
      String(rest + first!.type.bytes),
    )
    .replace(/^(.*\?.*)$/, '($1)');
}

export function bodyStartCode(parts: FrameParts, start: string): string {
  return parts.headFixed ? plus(start, parts.headMin) : `bodyStart(b, ${start})`;
}

/** Finds a frame in a stream. */
export function emitCut(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { model } = ctx;
  const magics = parts.head.filter(
    f => f.type.kind === 'magic' || (f.constant !== undefined && f.type.kind === 'int' && f.type.bytes === 1),
  );
  emitStartsFrame(ctx, parts, code);
  emitFrameSize(ctx, parts, code);
  const anchored = magics.length > 0;
  const split = model.frame.split;
  const stop =
    split.by === 'length' && split.confirm !== undefined
      ? (parts.tail.at(-1)!.type as MagicType).forms[0]!.bytes
      : undefined;
  const rescue = split.by === 'length' && split.rescue !== undefined;
  const { frame: limit } = model.limits;
  const resync = `${ctx.use('resync')}(cut, b, o, end, startsFrame)`;
  const bad = rescue
    ? `${ctx.use('rescue')}(cut, b, o, end, STOP, ${parts.sizeEnd}, ${limit}, startsFrame, frameSize)`
    : resync;
  const more = ctx.use('more');
  code.line('/** The next frame of a stream, by its size. */');
  const head = `function cutFrame(cut: ${ctx.useType('Cut')}, b: Uint8Array, o: number, end: number): ${ctx.useType('CutResult')}`;
  code.block(head, () => {
    if (!anchored) code.line(`if (cut.pending > 0) return ${ctx.use('discard')}(cut, o, end);`);
    code.line(`if (!startsFrame(b, o, end, cut.lost)) return ${resync};`);
    code.line('const total = frameSize(b, o, end);');
    code.line(`if (total === 0) return ${more}(cut, end - o + 1);`);
    if (anchored) code.line(`if (total < ${parts.minimum} || total > ${limit}) return ${bad};`);
    else {
      code.line(`if (total < 0) return ${resync};`);
      code.line(`if (total > ${limit}) return ${ctx.use('overlong')}(cut, o, end, total);`);
    }
    code.line(`if (end - o < total) return ${rescue ? `cut.ended ? ${bad} : ` : ''}${more}(cut, total);`);
    if (stop !== undefined) {
      const wrong = [...stop]
        .map((byte, i) => `b[${plus('o + total', i - stop.length)}] !== ${byteHex(byte)}`)
        .join(' || ');
      code.line(`if (${wrong}) return ${bad};`);
    }
    code.line(`return ${ctx.use('found')}(cut, o, o + total);`);
  });
  code.line();
  if (rescue) {
    const last = (parts.tail.at(-1)!.type as MagicType).forms[0]!.bytes;
    code.line('/** Where a frame with a false size ends all the same. */');
    code.line(`const STOP = /* @__PURE__ */ Uint8Array.of(${[...last].map(byteHex).join(', ')});`).line();
  }
}

/** `frameSize(b, o, end)`: how long the frame is, as its size says. */
function emitFrameSize(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { type } = parts.size;
  const off = minOf(parts.head.slice(0, parts.head.indexOf(parts.size)));
  const total = (read: string, width: number): string =>
    plus(read, parts.coversItself ? parts.uncovered : parts.uncovered + width);
  code.line(
    '/** The bytes of the frame at `o`, as its size says; 0 while the size is incomplete, -1 where it is none. */',
  );
  code.block('function frameSize(b: Uint8Array, o: number, end: number): number', () => {
    if (type.kind === 'int') {
      code.line(`if (end - o < ${off + type.bytes}) return 0;`);
      code.line(`return ${total(readInt(ctx, type, plus('o', off)), type.bytes)};`);
    } else if (type.kind === 'varint') {
      code.line(`const size = ${ctx.use('sizeVarint')}(b, ${plus('o', off)}, end, ${type.max});`);
      code.line(`if (size < 0) return size === ${ctx.use('INCOMPLETE')} ? 0 : -1;`);
      code.line(
        `return ${plus(`size + ${ctx.use('cursor')}.at - ${plus('o', off)}`.replace(/- o \+/, '- o -'), parts.coversItself ? 0 : parts.uncovered)};`,
      );
    } else if (type.kind === 'case') {
      const on = parts.head.find(f => f.name === type.on)!;
      const onOff = minOf(parts.head.slice(0, parts.head.indexOf(on)));
      const [first, ...others] = type.arms;
      code.line(`if (end - o < ${off + Math.min(...type.arms.map(a => a.type.bytes))}) return 0;`);
      for (const arm of [...others, first!]) {
        const read = total(readInt(ctx, arm.type, plus('o', off)), arm.type.bytes);
        const width = off + arm.type.bytes;
        const whole = `end - o < ${width} ? 0 : ${read}`;
        if (arm === first) code.line(`return ${whole};`);
        else code.line(`if (${formTest(on.type as MagicType, arm.name, 'o', onOff)}) return ${whole};`);
      }
    } else throw new Error(`no size of ${type.kind}`);
  });
  code.line();
}

/**
 * Whether a frame can begin here, by all constants at fixed places that are already there. After garbage also by the
 * size and the id.
 */
function emitStartsFrame(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { model } = ctx;
  code.line('/** Whether a frame can begin at `o`; `strict` after garbage, where a marker alone proves little. */');
  code.block('function startsFrame(b: Uint8Array, o: number, end: number, strict: boolean): boolean', () => {
    let off = 0;
    for (const field of parts.head) {
      if (field.type.kind === 'magic') {
        const { forms } = field.type;
        const at = off;
        const tests = forms.map(form =>
          [...form.bytes]
            .map((byte, i) =>
              at + i === 0
                ? `b[o] === ${byteHex(byte)}`
                : `(end - o <= ${at + i} || b[${plus('o', at + i)}] === ${byteHex(byte)})`,
            )
            .join(' && '),
        );
        code.line(`if (!(${tests.length === 1 ? tests[0] : tests.map(t => `(${t})`).join(' || ')})) return false;`);
      } else if (field.constant !== undefined && field.type.kind === 'int') {
        code.line(
          `if (end - o >= ${off + field.type.bytes} && ${readInt(ctx, field.type, plus('o', off))} !== ${field.constant}) return false;`,
        );
      }
      const { min, max } = sizeOf(field.type);
      if (min !== max) break;
      off += min;
    }
    code.line('if (!strict) return true;');
    emitPlausibleSize(ctx, parts, code);
    if (!model.unknown.id) {
      const place = parts.place(parts.id, 'o', 'body');
      if (place.startsWith('body')) code.line(`const body = o + ${headSize(ctx, parts, 'o')};`);
      const idType = parts.id.type as IntType;
      const behind = plusCode(place, idType.bytes);
      code.line(`return end < ${behind} || isKnownId(${readInt(ctx, idType, place)});`);
    } else code.line('return true;');
  });
  code.line();
  if (!model.unknown.id) {
    const ids = [...new Set(model.messages.flatMap(m => (m.sameId ? sameIds(model.messages, m) : m.ids)))];
    code.block('function isKnownId(id: number): boolean', () =>
      code.line(`return ${ids.map(id => `id === ${byteHex(id)}`).join(' || ')};`),
    );
    code.line();
  }
}

function emitPlausibleSize(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { type } = parts.size;
  const { limits } = ctx.model;
  const off = minOf(parts.head.slice(0, parts.head.indexOf(parts.size)));
  const fixed = parts.uncovered;
  if (type.kind === 'varint') {
    code.line(`const size = ${ctx.use('sizeVarint')}(b, ${plus('o', off)}, end, ${type.max});`);
    code.line(`if (size === ${ctx.use('INCOMPLETE')}) return true;`);
    code.line(
      `if (size === ${ctx.use('INVALID')} || size < ${parts.covered} || size > ${limits.frame - fixed}) return false;`,
    );
  } else if (type.kind === 'int') {
    code.line(`if (end - o < ${off + type.bytes}) return true;`);
    code.line(`const size = ${readInt(ctx, type, plus('o', off))};`);
    code.line(`if (size < ${parts.covered} || size > ${limits.frame - fixed}) return false;`);
  } else if (type.kind === 'case') {
    const on = parts.head.find(f => f.name === type.on)!;
    const onOff = minOf(parts.head.slice(0, parts.head.indexOf(on)));
    for (const arm of type.arms) {
      const test = formTest(on.type as MagicType, arm.name, 'o', onOff);
      const read = readInt(ctx, arm.type, plus('o', off));
      const top = Math.min(limits.frame - fixed - arm.type.bytes, intRange(arm.type).max);
      const tooMuch = top < intRange(arm.type).max ? ` || ${read} > ${top}` : '';
      code.line(
        `if (${test} && end - o >= ${off + arm.type.bytes} && (${read} < ${parts.covered}${tooMuch})) return false;`,
      );
    }
  }
}

/** Markers, size and checksums of a whole frame. */
export function emitCheck(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const fail = (kind: string, at: string, field: Field, got?: string, want?: string): string =>
    `return ${ctx.use('fail')}(${[quoted(kind), at, quoted(field.name), ...(got === undefined ? [] : [got]), ...(want === undefined ? [] : [want])].join(', ')}) ?? false;`;
  code.line('/** Markers, size, checksum: what stands around every message. */');
  code.block('function checkFrame(b: Uint8Array, start: number, stop: number): boolean', () => {
    const least = parts.headMin + parts.tailSize;
    let seen = 0;
    const ends = parts.layout
      .filter(f => f.type.kind !== 'body')
      .flatMap(f => {
        seen += sizeOf(f.type).min;
        return [quoted(f.name), String(seen)];
      });
    code.line(
      `if (stop - start < ${least}) return ${ctx.use('truncated')}(start, stop, [${ends.join(', ')}]) ?? false;`,
    );
    let off = 0;
    for (const field of parts.head) {
      if (field.type.kind !== 'magic') {
        off += sizeOf(field.type).min;
        continue;
      }
      const at = off;
      const tests = field.type.forms.map(f => `(${isMagic(f.bytes, i => plus('start', at + i))})`);
      code.line(`if (!(${tests.join(' || ')})) ${fail('MAGIC', plus('start', off), field)}`);
      off += field.type.forms[0]!.bytes.length;
    }
    if (!parts.headFixed && parts.size.type.kind === 'varint') {
      const at = parts.place(parts.size, 'start', '');
      const behind = minOf(parts.head.slice(parts.head.indexOf(parts.size) + 1));
      code.line(`const size = ${ctx.use('sizeVarint')}(b, ${at}, stop, ${parts.size.type.max});`);
      code.line(`if (size < 0) ${fail('VARINT', at, parts.size)}`);
      code.line(`const o = ${plus(`${ctx.use('cursor')}.at`, behind)};`);
    } else code.line(`const o = ${bodyStartCode(parts, 'start')};`);
    code.line(`const end = ${plus('stop', -parts.tailSize)};`);
    for (const field of parts.tail) {
      if (field.type.kind !== 'magic') continue;
      const { bytes } = field.type.forms[0]!;
      const base = minOf(parts.tail.slice(parts.tail.indexOf(field)));
      code.line(
        `if (!(${isMagic(bytes, i => plus('stop', i - base))})) ${fail('MAGIC', parts.tailPlace(field, 'stop'), field)}`,
      );
    }
    const place = (field: Field): string =>
      parts.head.includes(field) ? parts.place(field, 'start', 'o') : parts.tailPlace(field, 'stop');
    emitSizeCheck(ctx, parts, code, (got, want) => fail('SIZE', place(parts.size), parts.size, got, want));
    for (const field of parts.layout) {
      if (field.constant === undefined || field.type.kind !== 'int') continue;
      const read = readInt(ctx, field.type, place(field));
      code.line(
        `if (${read} !== ${field.constant}) ${fail('CONST', place(field), field, read, String(field.constant))}`,
      );
    }
    for (const field of parts.layout) {
      if (field.type.kind !== 'check') continue;
      const { algorithm, word, over } = field.type;
      const [from, to] = [parts.layout.find(f => f.name === over.from)!, parts.layout.find(f => f.name === over.to)!];
      const first = from.type.kind === 'body' ? 'o' : place(from);
      const last = to.type.kind === 'body' ? 'end' : plusCode(place(to), sizeOf(to.type).min);
      code.line(`const ${field.name} = ${ctx.use(algorithm.function)}(b, ${first}, ${last});`);
      const read = readInt(ctx, word, place(field));
      code.line(`if (${read} !== ${field.name}) ${fail('CHECK', place(field), field, read, field.name)}`);
    }
    for (const field of parts.layout) {
      const { valid, type } = field;
      if (valid?.min === undefined || type.kind !== 'int') continue;
      const read = readInt(ctx, type, place(field));
      code.line(
        `if (${read} < ${valid.min} || ${read} > ${valid.max}) ${fail('RANGE', place(field), field, read, quoted(`${valid.min}..${valid.max}`))}`,
      );
    }
    code.line('return true;');
  });
  code.line();
}

/** `stop - 6` and 2 more: `stop - 4`. */
function plusCode(code: string, n: number): string {
  const m = /^(\w+(?:\(.*\))?) ([+-]) (\d+)$/.exec(code);
  if (m === null) return plus(code, n);
  return plus(m[1]!, (m[2] === '-' ? -1 : 1) * Number(m[3]) + n);
}

function emitSizeCheck(
  ctx: EmitContext,
  parts: FrameParts,
  code: Code,
  fail: (got: string, want: string) => string,
): void {
  const { type } = parts.size;
  const want = parts.covered === 0 ? 'end - o' : `end - o + ${parts.covered}`;
  const at = parts.place(parts.size, 'start', 'o');
  if (type.kind === 'int') code.line(`const size = ${readInt(ctx, type, at)};`);
  if (type.kind === 'case') code.line(`const size = ${caseRead(ctx, parts, 'start')};`);
  code.line(`if (size !== ${want}) ${fail('size', want)}`);
}

function caseRead(ctx: EmitContext, parts: FrameParts, start: string): string {
  const type = parts.size.type;
  if (type.kind !== 'case') throw new Error('no case');
  const on = parts.head.find(f => f.name === type.on)!;
  const off = minOf(parts.head.slice(0, parts.head.indexOf(parts.size)));
  const onOff = minOf(parts.head.slice(0, parts.head.indexOf(on)));
  const [first, ...others] = type.arms;
  const read = (t: IntType): string => readInt(ctx, t, plus(start, off));
  return others.reduce(
    (no, arm) => `${formTest(on.type as MagicType, arm.name, start, onOff)} ? ${read(arm.type)} : ${no}`,
    read(first!.type),
  );
}

/** Elements that the writer of a message hands to `sealFrame`, besides the id. */
export function sealedElements(parts: FrameParts): Field[] {
  return parts.layout.filter(f => f.role === 'serial' || isPlainLayout(f));
}

/** Writes head and tail around a body that stands behind room for the least head. */
export function emitSeal(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { model } = ctx;
  const elements = sealedElements(parts);
  const params = ['w: Writer', 'start: number', 'id: number', ...elements.map(f => `${f.name}: number`)];
  ctx.useType('Writer');
  code.line(`/** Completes the frame at \`start\`: its body stands behind room for ${parts.headMin} bytes. */`);
  code.block(`function sealFrame(${params.join(', ')}): void`, () => {
    const { type } = parts.size;
    code.line(`const body = w.length - start - ${parts.headMin};`);
    const alternatives = parts.head.find(f => f.type.kind === 'magic' && f.type.forms.length > 1);
    if (alternatives !== undefined) {
      const expr = pickCode(model.frame.pick!.expr, alternatives.type as MagicType);
      code.line(`const form = ${expr};`);
    }
    const sizeValue = parts.covered === 0 ? 'body' : `body + ${parts.covered}`;
    if (type.kind === 'varint') {
      code.line(`const size = ${sizeValue};`).line(`const width = ${ctx.use('varintSize')}(size);`);
      code.line(`if (width > 1) w.shift(start + ${parts.headMin}, width - 1);`);
    } else if (type.kind === 'case') {
      const least = sizeOf(type).min;
      for (const arm of type.arms.filter(a => a.type.bytes > least)) {
        code.line(`if (form === ${quoted(arm.name)}) w.shift(start + ${parts.headMin}, ${arm.type.bytes - least});`);
      }
    }
    const needsTail = parts.tail.some(f => f.type.kind !== 'check');
    if (parts.tailSize > 0) code.line(`${needsTail ? 'const tail = ' : ''}w.reserve(${parts.tailSize});`);
    code.line(`const stop = w.length;`);
    code.line(
      `if (stop - start > ${model.limits.frame}) throw ${ctx.use('tooLong')}(stop - start, ${model.limits.frame});`,
    );
    code.line('const b = w.bytes;');
    emitHead(ctx, parts, code);
    let off = 0;
    for (const field of parts.tail) {
      emitElement(ctx, field, plus('tail', off), code);
      off += sizeOf(field.type).min;
    }
    emitChecksums(ctx, parts, code);
  });
  code.line();
}

function pickCode(expr: Expr, magic: MagicType): string {
  const scope = {
    name(path: readonly string[]): Printed | undefined {
      return magic.forms.some(f => f.name === path[0]) ? { code: quoted(path[0]!) } : undefined;
    },
    call(name: string, args: readonly Expr[]): Printed | undefined {
      return name === 'size' && args[0]?.kind === 'name' && args[0].path[0] === 'body' ? { code: 'body' } : undefined;
    },
  };
  return printValue(expr, scope);
}

function emitHead(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { type } = parts.size;
  let off = 0;
  let base = 'start';
  for (const field of parts.head) {
    const at = plus(base, off);
    if (field !== parts.size) {
      emitElement(ctx, field, at, code);
      off += sizeOf(field.type).min;
      continue;
    }
    const value = parts.covered === 0 ? 'body' : `body + ${parts.covered}`;
    if (type.kind === 'int') {
      code.line(putInt(ctx, type, 'b', at, value));
      off += type.bytes;
      continue;
    }
    if (type.kind === 'varint') {
      code.line(`${ctx.use('putVarint')}(b, ${at}, size);`);
      code.line(`const p = ${at} + width;`);
    } else if (type.kind === 'case') {
      const [first, ...others] = type.arms;
      for (const [i, arm] of [...others, first!].entries()) {
        const head = i === type.arms.length - 1 ? 'else ' : `${i > 0 ? 'else ' : ''}if (form === ${quoted(arm.name)}) `;
        code.line(`${head}${putInt(ctx, arm.type, 'b', at, value)}`);
      }
      const width = others.reduce(
        (no, arm) => `form === ${quoted(arm.name)} ? ${arm.type.bytes} : ${no}`,
        String(first!.type.bytes),
      );
      code.line(`const p = ${at} + (${width});`);
    }
    base = 'p';
    off = 0;
  }
}

function emitElement(ctx: EmitContext, field: Field, at: string, code: Code): void {
  const { type } = field;
  if (type.kind === 'magic') {
    if (type.forms.length === 1) {
      code.line([...type.forms[0]!.bytes].map((byte, i) => `b[${plusCode(at, i)}] = ${byteHex(byte)};`).join(' '));
      return;
    }
    const [first, ...others] = type.forms;
    for (let i = 0; i < first!.bytes.length; i++) {
      const value = others.reduce(
        (no, form) => `form === ${quoted(form.name)} ? ${byteHex(form.bytes[i]!)} : ${no}`,
        byteHex(first!.bytes[i]!),
      );
      code.line(`b[${plusCode(at, i)}] = ${value};`);
    }
    return;
  }
  if (type.kind === 'check') return;
  if (type.kind !== 'int') throw new Error(`no writer for an element of ${type.kind}`);
  const value = field.constant !== undefined ? String(field.constant) : field.role === 'id' ? 'id' : field.name;
  code.line(putInt(ctx, type, 'b', at, value));
}

/** Computes every checksum of the frame `[start, stop)` anew. */
function emitChecksums(ctx: EmitContext, parts: FrameParts, code: Code): void {
  for (const field of parts.layout) {
    if (field.type.kind !== 'check') continue;
    const { algorithm, word, over } = field.type;
    const [from, to] = [parts.layout.find(f => f.name === over.from)!, parts.layout.find(f => f.name === over.to)!];
    const place = (f: Field): string =>
      parts.head.includes(f) ? parts.place(f, 'start', bodyStartCode(parts, 'start')) : parts.tailPlace(f, 'stop');
    const first = from.type.kind === 'body' ? bodyStartCode(parts, 'start') : place(from);
    const last = to.type.kind === 'body' ? plus('stop', -parts.tailSize) : plusCode(place(to), sizeOf(to.type).min);
    code.line(putInt(ctx, word, 'b', place(field), `${ctx.use(algorithm.function)}(b, ${first}, ${last})`));
  }
}

/** Completes a frame that was written without its connection. */
export function emitFinish(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const serial = parts.layout.find(f => f.role === 'serial');
  if (serial === undefined || serial.type.kind !== 'int') return;
  const type = serial.type;
  ctx.useType('Writer');
  ctx.useType('ConnContext');
  code.line('/** Gives a frame that was written without its connection the next serial number, and checks it anew. */');
  code.block(
    'function finishFrame(w: Writer, frame: Uint8Array, from: number, to: number, conn: ConnContext): void',
    () => {
      code
        .line('const start = w.length;')
        .line('w.append(frame, from, to);')
        .line('const stop = w.length;')
        .line('const b = w.bytes;');
      const at = parts.head.includes(serial)
        ? parts.place(serial, 'start', bodyStartCode(parts, 'start'))
        : parts.tailPlace(serial, 'stop');
      code.line(putInt(ctx, type, 'b', at, `conn.nextSerial(${intRange(type).max})`));
      emitChecksums(ctx, parts, code);
    },
  );
  code.line();
}

/** The message of a checked frame, by its id. */
export function emitClassify(ctx: EmitContext, parts: FrameParts, direction: 'up' | 'down', code: Code): void {
  const { model } = ctx;
  const messages = model.messages.filter(m => m.dir === direction || m.dir === 'both');
  const name = direction === 'up' ? 'classifyUp' : 'classifyDown';
  code.block(`function ${name}(b: Uint8Array, start: number, stop: number): number`, () => {
    code.line(`if (!checkFrame(b, start, stop)) return ${ctx.use('BAD')};`);
    code.line('const id = frameId(b, start);');
    code.block('switch (id)', () => {
      messages.forEach((m: Message, index) => {
        const ids = m.sameId ? sameIds(model.messages, m) : m.ids;
        for (const id of ids.slice(0, -1)) code.line(`case ${byteHex(id)}:`);
        code.line(`case ${byteHex(ids.at(-1)!)}: return ${index}; // ${m.name}`);
      });
    });
    if (model.unknown.id) code.line(`return ${ctx.use('UNKNOWN')};`);
    else
      code.line(
        `return ${ctx.use('fail')}('UNKNOWN_ID', ${parts.place(parts.id, 'start', bodyStartCode(parts, 'start'))}, ${quoted(parts.id.name)}, id) ?? ${ctx.use('BAD')};`,
      );
  });
  code.line();
}

export function emitFrameId(ctx: EmitContext, parts: FrameParts, code: Code): void {
  code.block('function frameId(b: Uint8Array, start: number): number', () => {
    code.line(
      `return ${readInt(ctx, parts.id.type as IntType, parts.place(parts.id, 'start', bodyStartCode(parts, 'start')))};`,
    );
  });
  code.line();
}
