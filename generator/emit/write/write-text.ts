/** Text, digits and bytes: with their size in front, padded, up to a delimiter, or as long as they are. */
import type { Field, Size, Type } from '../../model/model.js';
import { fixedSize, longestMessage } from '../../model/sizes.js';
import { type Expr, namesIn } from '../../schema/expression.js';
import { intRange, putInt } from '../context.js';
import { moduleName } from '../modules.js';
import { printNumber } from '../print-expression.js';
import { compareSize } from './write-autos.js';
import { orDefault, type Writing } from './writing.js';

type RunType = Extract<Type, { kind: 'text' | 'hex' | 'bytes' }>;

export function writeRun(w: Writing, field: Field, type: RunType, value: string): void {
  const { ctx } = w;
  const { size } = type;
  const written = runWriter(w, field, type, value);
  const most = type.kind === 'text' ? ctx.model.limits.string : longestMessage(ctx.model);
  const bytes = (top: number): string => w.checked(field, 'sized', written, 0, top);
  if (size.kind === 'fixed')
    w.line(`${w.checked(field, 'padTo', 'w', written, size.count, field.pad ?? 'undefined')};`);
  else if (size.kind === 'until') {
    const from = w.local(`${field.name}At`);
    w.line(`const ${from} = w.length;`);
    w.line(`${bytes(most)};`);
    w.line(`${w.checked(field, 'endText', 'w', from, ctx.bytesConstant(size.bytes))};`);
  } else if (size.kind === 'prefix') writePrefixed(w, field, size.type, most, bytes);
  else if (size.kind === 'rest') w.line(`${bytes(most)};`);
  else if (field.pad === undefined) compareSize(w, field, size.expr, bytes(most));
  else w.line(`${w.checked(field, 'padTo', 'w', written, printNumber(size.expr, w.names), field.pad)};`);
}

/** The bytes behind their number. */
function writePrefixed(
  w: Writing,
  field: Field,
  prefix: Extract<Size, { kind: 'prefix' }>['type'],
  most: number,
  bytes: (most: number) => string,
): void {
  const at = w.local(`${field.name}At`);
  if (prefix.kind === 'varint') {
    w.line(`const ${at} = w.length;`);
    w.line(`${w.ctx.use('prefixVarint')}(w, ${at}, ${bytes(most)});`);
    return;
  }
  const count = w.local(`${field.name}Bytes`);
  w.line(`const ${at} = w.reserve(${prefix.bytes});`);
  w.line(`const ${count} = ${bytes(Math.min(intRange(prefix).max, most))};`);
  w.line(putInt(w.ctx, prefix, 'w.bytes', at, count));
}

/** Code that appends the run and tells how many bytes that were. */
function runWriter(w: Writing, field: Field, type: RunType, value: string): string {
  const written =
    field.codec === undefined
      ? w.checked(field, writerOf(type), 'w', formed(w, field, orDefault(field, value)))
      : w.checked(field, 'writeOwn', 'w', moduleName(field.codec, 'codec'), value);
  return w.isLater(field) ? `${w.kept(field, 'writeKept')} ?? ${written}` : written;
}

function writerOf(type: RunType): string {
  if (type.kind !== 'text') return type.kind === 'hex' ? 'writeHex' : 'writeBytes';
  return { utf8: 'writeUtf8', ascii: 'writeAscii', gbk: 'writeGbk', latin1: 'writeLatin1' }[type.charset];
}

/** Text of the length and form that the schema asks for. */
function formed(w: Writing, field: Field, value: string): string {
  const { len, match } = field.valid ?? {};
  if (len === undefined && match === undefined) return value;
  const form = match === undefined ? 'undefined' : w.ctx.pattern(match);
  return w.checked(field, 'formed', value, len?.min ?? 0, len?.max ?? 'Infinity', form);
}

export function writeBcd(w: Writing, field: Field, type: Extract<Type, { kind: 'bcd' }>, given: string): void {
  const value = orDefault(field, given);
  if (type.size.kind === 'expr' && isMeasured(w, type.size.expr)) {
    // The number is computed from what stands here: digits take the bytes that they need, which is what it must say.
    const written = w.checked(field, 'writeBcd', 'w', value, w.checked(field, 'bcdSize', value), String(field.trim));
    compareSize(w, field, type.size.expr, written);
    return;
  }
  const bytes = type.size.kind === 'expr' ? printNumber(type.size.expr, w.names) : String(fixedSize(type));
  w.line(`${w.checked(field, 'writeBcd', 'w', value, bytes, String(field.trim))};`);
}

/** Whether a size is computed from what stands there. */
export function isMeasured(w: Writing, size: Expr): boolean {
  return namesIn(size).some(([name]) => w.fields.some(f => f.name === name && f.auto?.kind === 'size'));
}
