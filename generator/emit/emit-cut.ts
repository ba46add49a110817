/** Finding a frame in a stream: where one can begin, how long it is, and what to do where it is none. */

import { sameIds } from '../model/check-conversation.js';
import type { IntType, MagicType } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import { byteHex, type Code } from './code.js';
import { type EmitContext, intRange, plus, readInt } from './context.js';
import { type FrameParts, formTest, headSize, minOf, plusCode } from './frame-parts.js';

/** Finds a frame in a stream. */
export function emitCut(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const { model } = ctx;
  const magics = parts.head.filter(
    f => f.type.kind === 'magic' || (f.constant !== undefined && f.type.kind === 'int' && f.type.bytes === 1),
  );
  emitStartsFrame(ctx, parts, code);
  emitFrameSize(ctx, parts, code);
  const anchored = magics.length > 0;
  const split = parts.frame.split;
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
