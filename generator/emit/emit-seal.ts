/** Closing a frame: head, sizes, tail and checksums around a body that has been written. */

import type { Field, MagicType } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import type { Expr } from '../schema/expression.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, intRange, plus, putInt } from './context.js';
import { bodyStartCode, type FrameParts, plusCode } from './frame-parts.js';
import { isPlainLayout } from './names.js';
import { type Printed, printValue } from './print-expression.js';

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
      const expr = pickCode(parts.frame.pick!.expr, alternatives.type as MagicType);
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
