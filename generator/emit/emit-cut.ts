/** Finding a frame in a stream: where one can begin, how long it is, and what to do where it is none. */

import { between } from '../model/check-layout.js';
import { type FrameSize, frameSize } from '../model/frame-size.js';
import { idsOf, masksOf } from '../model/ids.js';
import type { Field, Frame, IntType, MagicType } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import { bitCode } from './arithmetic.js';
import { byteHex, Code } from './code.js';
import { type EmitContext, intRange, plus, readInt } from './context.js';
import { frameFunction } from './frame-names.js';
import { FramePlaces, formTest, minOf, plusCode } from './frame-places.js';
import { Locals } from './locals.js';
import { moduleName } from './modules.js';

/** What the cut by size needs to know of a layout. */
class SizedFrame {
  readonly head: readonly Field[];
  readonly tail: readonly Field[];
  readonly size: FrameSize;
  /** The whole frame takes this many bytes besides the size's own value, and its width where that counts. */
  readonly uncovered: number;
  readonly coversItself: boolean;
  /** Behind the size, where that is shortest. */
  readonly sizeEnd: number;
  readonly minimum: number;

  constructor(frame: Frame) {
    const { layout } = frame;
    const body = layout.findIndex(f => f.type.kind === 'body');
    this.head = layout.slice(0, body);
    this.tail = layout.slice(body + 1);
    this.size = frameSize(frame)!;
    const { field, range } = this.size;
    const covered = between(layout, range.from, range.to);
    this.coversItself = covered.includes(field);
    this.uncovered = minOf(layout.filter(f => !covered.includes(f) && f !== field));
    this.sizeEnd = minOf(this.head.slice(0, this.head.indexOf(field) + 1));
    this.minimum = minOf(this.head) + minOf(this.tail);
  }

  /** Where an element stands that has only elements of fixed size before it. */
  offset(field: Field): number {
    return minOf(this.head.slice(0, this.head.indexOf(field)));
  }
}

/** The function, or the value of a library's, that cuts frames of this shape. */
export function emitCut(ctx: EmitContext, frame: Frame, code: Code): void {
  const { split } = frame;
  const { frame: limit } = ctx.model.limits;
  const made = (factory: string, args: string): void => {
    code.line(`const ${frameFunction(frame, 'cut')} = /* @__PURE__ */ ${ctx.use(factory)}(${args});`).line();
  };
  switch (split.by) {
    case 'length':
      emitCutBySize(ctx, frame, code);
      return;
    case 'flag': {
      const parts = [
        `flag: ${byteHex(split.flag)}`,
        `shared: ${split.shared}`,
        `skipEmpty: ${split.skipEmpty}`,
        `limit: ${limit}`,
      ];
      if (frame.escape !== undefined) parts.push(`escape: ${ctx.escapeConstant(frame.escape)}`);
      if (!split.shared && frame.layout.length > 0) parts.push(`plausible: ${frameFunction(frame, 'check')}`);
      made('flagCutter', `{ ${parts.join(', ')} }`);
      return;
    }
    case 'slip':
      made('slipCutter', String(limit));
      return;
    case 'cobs':
      made('cobsCutter', String(limit));
      return;
    case 'hex':
      made('hexCutter', `${limit}, [${split.ends.map(e => ctx.bytesConstant(e)).join(', ')}]`);
      return;
    case 'until': {
      const list = (all: readonly Uint8Array[]): string => `[${all.map(e => ctx.bytesConstant(e)).join(', ')}]`;
      const rule = frameFunction(frame, 'delimit');
      code.line(`const ${rule} = { starts: ${list(split.starts)}, ends: ${list(split.ends)} };`);
      made('untilCutter', `{ ...${rule}, limit: ${limit}${split.skipEmpty ? ', skipEmpty: true' : ''} }`);
      return;
    }
    case 'fixed':
      made('fixedCutter', String(split.size));
      return;
    case 'quiet':
      made('quietCutter', `${split.after}, ${split.max}`);
      return;
    case 'table':
      emitTable(ctx, frame, split.sizes, code);
      return;
    case 'custom':
      made('customCutter', `${moduleName(split.use, 'split')}, ${limit}`);
      return;
    default:
      throw new Error(`no cut by ${split.by}`);
  }
}

/** Bytes that the longest frame of this shape takes on the wire, if that is more than `limits.frame`. */
export function roomOf(ctx: EmitContext, frame: Frame): string | undefined {
  const { split } = frame;
  const { frame: limit } = ctx.model.limits;
  switch (split.by) {
    case 'flag':
      return `${ctx.use('flagRoom')}(${limit}, ${frame.escape !== undefined})`;
    case 'slip':
      return `${ctx.use('slipRoom')}(${limit})`;
    case 'cobs':
      return `${ctx.use('cobsRoom')}(${limit})`;
    case 'hex':
      return `${ctx.use('hexRoom')}(${limit}, [${split.ends.map(e => ctx.bytesConstant(e)).join(', ')}])`;
    case 'custom':
      return `${ctx.use('customRoom')}(${limit})`;
    case 'line':
      return String(limit + 2);
    case 'until':
      return String(limit + Math.max(...split.ends.map(e => e.length)));
    default:
      return undefined;
  }
}

/** Frames whose whole size follows from their id. */
function emitTable(ctx: EmitContext, frame: Frame, sizes: readonly { id: number; size: number }[], code: Code): void {
  const sized = frame.layout.find(f => f.role === 'id')!;
  const head = frame.layout.slice(0, frame.layout.indexOf(sized));
  const off = minOf(head);
  const width = sizeOf(sized.type).min;
  const name = frameFunction(frame, 'measure');
  code.line('/** The bytes of the frame at `o`, by its id; 0 while that is not there, -1 where it is none. */');
  code.block(`function ${name}(b: Uint8Array, o: number, end: number): number`, () => {
    code.line(`if (end - o < ${off + width}) return 0;`);
    code.block(`switch (${readInt(ctx, sized.type as IntType, plus('o', off))})`, () => {
      for (const { id, size } of sizes) code.line(`case ${byteHex(id)}: return ${size};`);
    });
    code.line('return -1;');
  });
  code.line();
  emitStarts(ctx, frame, code);
  const args = `${name}, ${ctx.model.limits.frame}, ${frameFunction(frame, 'starts')}`;
  code.line(`const ${frameFunction(frame, 'cut')} = /* @__PURE__ */ ${ctx.use('tableCutter')}(${args});`).line();
}

function emitCutBySize(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = new SizedFrame(frame);
  const anchored = parts.head.some(f => f.type.kind === 'magic' || (f.constant !== undefined && f.type.kind === 'int'));
  emitStarts(ctx, frame, code);
  emitMeasure(ctx, frame, parts, code);
  const { split } = frame;
  const stop =
    split.by === 'length' && split.confirm !== undefined
      ? (parts.tail.at(-1)!.type as MagicType).forms[0]!.bytes
      : undefined;
  const rescue = split.by === 'length' && split.rescue !== undefined;
  const { frame: limit } = ctx.model.limits;
  const starts = frameFunction(frame, 'starts');
  const measure = frameFunction(frame, 'measure');
  // Among several shapes, garbage ends where any of them can begin: who chooses between them goes on from here.
  const resync =
    ctx.model.frames.length > 1 ? `${ctx.use('noFrame')}(cut, o)` : `${ctx.use('resync')}(cut, b, o, end, ${starts})`;
  const bad = rescue
    ? `${ctx.use('rescue')}(cut, b, o, end, ${ctx.bytesConstant((parts.tail.at(-1)!.type as MagicType).forms[0]!.bytes)}, ${parts.sizeEnd}, ${limit}, ${starts}, ${measure})`
    : resync;
  const more = ctx.use('more');
  code.line('/** The next frame of a stream, by its size. */');
  const head = `function ${frameFunction(frame, 'cut')}(cut: ${ctx.useType('Cut')}, b: Uint8Array, o: number, end: number): ${ctx.useType('CutResult')}`;
  code.block(head, () => {
    if (!anchored) code.line(`if (cut.pending > 0) return ${ctx.use('discard')}(cut, o, end);`);
    code.line(`if (!${starts}(b, o, end, cut.lost)) return ${resync};`);
    code.line(`const total = ${measure}(b, o, end);`);
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
}

/** `measureFrame(b, o, end)`: how long the frame is, as its size says. */
function emitMeasure(ctx: EmitContext, frame: Frame, parts: SizedFrame, code: Code): void {
  const { field, bit } = parts.size;
  const { type } = field;
  const off = parts.offset(field);
  const total = (read: string, width: number): string =>
    plus(read, parts.coversItself ? parts.uncovered : parts.uncovered + width);
  code.line(
    '/** The bytes of the frame at `o`, as its size says; 0 while the size is incomplete, -1 where it is none. */',
  );
  code.block(`function ${frameFunction(frame, 'measure')}(b: Uint8Array, o: number, end: number): number`, () => {
    if (type.kind === 'int') {
      code.line(`if (end - o < ${off + type.bytes}) return 0;`);
      code.line(`return ${total(readInt(ctx, type, plus('o', off)), type.bytes)};`);
    } else if (type.kind === 'bits' && bit !== undefined) {
      const { word } = type;
      code.line(`if (end - o < ${off + word.bytes}) return 0;`);
      const read = bitCode(readInt(ctx, word, plus('o', off)), bit, word.bytes * 8);
      code.line(`return ${total(bit.width === 1 ? `((${read}) ? 1 : 0)` : `(${read})`, word.bytes)};`);
    } else if (type.kind === 'varint') {
      const at = plus('o', off);
      code.line(`if (end - o > ${off} && b[${at}]! < 0x80) return ${total(`b[${at}]!`, 1)};`);
      code.line(`const size = ${ctx.use('sizeVarint')}(b, ${at}, end, ${type.max});`);
      code.line(`if (size < 0) return size === ${ctx.use('INCOMPLETE')} ? 0 : -1;`);
      code.line(
        `return ${plus(`size + ${ctx.use('cursor')}.at - ${at}`.replace(/- o \+/, '- o -'), parts.coversItself ? 0 : parts.uncovered)};`,
      );
    } else if (type.kind === 'case') {
      const on = parts.head.find(f => f.name === type.on)!;
      const onAt = plus('o', parts.offset(on));
      const [first, ...others] = type.arms;
      code.line(`if (end - o < ${off + Math.min(...type.arms.map(a => a.type.bytes))}) return 0;`);
      for (const arm of [...others, first!]) {
        const read = total(readInt(ctx, arm.type, plus('o', off)), arm.type.bytes);
        const width = off + arm.type.bytes;
        const whole = `end - o < ${width} ? 0 : ${read}`;
        if (arm === first) code.line(`return ${whole};`);
        else code.line(`if (${formTest(on.type as MagicType, arm.name, onAt)}) return ${whole};`);
      }
    } else throw new Error(`no size of ${type.kind}`);
  });
  code.line();
}

/**
 * Whether a frame can begin here, by all constants at fixed places that are already there. After garbage also by the
 * size and the id.
 */
export function emitStarts(ctx: EmitContext, frame: Frame, code: Code): void {
  const { model } = ctx;
  const body = frame.layout.findIndex(f => f.type.kind === 'body');
  const head = frame.layout.slice(0, Math.max(0, body));
  code.line('/** Whether a frame can begin at `o`; `strict` after garbage, where a marker alone proves little. */');
  const name = frameFunction(frame, 'starts');
  code.block(`function ${name}(b: Uint8Array, o: number, end: number, strict: boolean): boolean`, () => {
    let off = 0;
    for (const field of head) {
      if (field.when !== undefined) break;
      if (field.type.kind === 'magic') {
        const at = off;
        const tests = field.type.forms.map(form =>
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
        const { bytes } = field.type;
        // As far as its bytes are there, the first of them alone tells much.
        const lone =
          field.type.endian === 'big' ? Math.floor(field.constant / 256 ** (bytes - 1)) & 0xff : field.constant & 0xff;
        if (bytes > 1) code.line(`if (end - o > ${off} && b[${plus('o', off)}] !== ${byteHex(lone)}) return false;`);
        code.line(
          `if (end - o >= ${off + bytes} && ${readInt(ctx, field.type, plus('o', off))} !== ${field.constant}) return false;`,
        );
      } else if (field.valid?.min !== undefined && field.scale === undefined && field.type.kind === 'int') {
        const read = readInt(ctx, field.type, plus('o', off));
        const { min, max } = field.valid;
        const range = intRange(field.type);
        const tests = [
          ...(min > range.min ? [`${read} < ${min}`] : []),
          ...(max !== undefined && max < range.max ? [`${read} > ${max}`] : []),
        ];
        if (tests.length > 0)
          code.line(`if (end - o >= ${off + field.type.bytes} && (${tests.join(' || ')})) return false;`);
      }
      const size = sizeOf(field.type);
      if (size.min !== size.max) break;
      off += size.min;
    }
    const proofs = new Code();
    if (frameSize(frame) !== undefined) emitPlausibleSize(ctx, frame, proofs);
    // Constants prove less than a marker: without one, an id must be known, even where others are kept.
    const marked = head.some(f => f.type.kind === 'magic');
    if (!model.unknown.id || !marked) emitPlausibleId(ctx, frame, head, proofs);
    if (proofs.lines.length > 0) code.line('if (!strict) return true;');
    for (const line of proofs.lines) code.line(line);
    code.line('return true;');
  });
  code.line();
}

function emitPlausibleSize(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = new SizedFrame(frame);
  code.line(`const total = ${frameFunction(frame, 'measure')}(b, o, end);`);
  code.line(
    `if (total < 0 || (total > 0 && total < ${parts.minimum}) || total > ${ctx.model.limits.frame}) return false;`,
  );
}

/** An id that no message has cannot begin a frame. */
function emitPlausibleId(ctx: EmitContext, frame: Frame, head: readonly Field[], code: Code): void {
  const id = head.find(f => f.role === 'id');
  const mine = ctx.model.messages.filter(m => m.frame === frame);
  if (
    (id?.type.kind !== 'int' && id?.type.kind !== 'varint') ||
    mine.some(m => masksOf(m, ctx.model.messages).length > 0)
  )
    return;
  if (head.slice(0, head.indexOf(id)).some(f => f.when !== undefined)) return;
  const places = new FramePlaces(ctx, frame, code, new Locals(ctx.reserved, ['total', 'o', 'end']), {
    b: 'b',
    start: 'o',
    stop: 'end',
  });
  const at = places.place(id);
  const ids = [...new Set(mine.flatMap(m => idsOf(m, ctx.model.messages)))];
  if (ids.length === 0) return;
  const wrong = ids.map(n => `id !== ${byteHex(n)}`).join(' && ');
  if (id.type.kind === 'varint') {
    code.line(`const id = ${ctx.use('sizeVarint')}(b, ${at}, end, ${id.type.max});`);
    code.line(`if (id === ${ctx.use('INCOMPLETE')}) return true;`);
  } else {
    code.line(`if (end < ${plusCode(at, id.type.bytes)}) return true;`);
    code.line(`const id = ${places.number(id)};`);
  }
  code.line(`if (${wrong}) return false;`);
}
