/** Checking a frame that has been cut, and telling which message it is. */

import { sameIds } from '../model/check-conversation.js';
import type { Field, IntType, MagicType, Message } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, plus, readInt } from './context.js';
import { bodyStartCode, type FrameParts, formTest, isMagic, minOf, plusCode } from './frame-parts.js';

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
