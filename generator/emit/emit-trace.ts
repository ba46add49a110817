/**
 * Tracing: calls in a decoder that say what it reads and where, for `gw-gen explain`. They are emitted only for a codec that is
 * made for it; the code that users get has none. `$trace` is generator/explain/trace.ts.
 */
import type { Field, Frame } from '../model/model.js';
import { fixedSize } from '../model/sizes.js';
import { bitCode } from './arithmetic.js';
import type { Code } from './code.js';
import { type EmitContext, readInt } from './context.js';
import { frameFunction } from './frame-names.js';
import { minOf, plusCode } from './frame-places.js';

/** One call, where a codec is made for tracing. */
export function trace(ctx: EmitContext, code: Code, call: string): void {
  if (ctx.traced !== undefined) code.line(`$trace.${call};`);
}

/** A field begins at `from`. */
export function traceBegin(ctx: EmitContext, code: Code, field: Field, from: string): void {
  trace(ctx, code, `begin(${traceNumber(ctx, field)}, ${from})`);
}

/** The field that began last ends at `to`, with this value. */
export function traceEnd(ctx: EmitContext, code: Code, field: Field, to: string, value = 'undefined'): void {
  const size = fixedSize(field.type);
  const detail = size === undefined ? '' : traceDetail(ctx, field, plusCode(to, -size));
  trace(ctx, code, `end(${to}, ${value}${detail === '' ? '' : `, ${detail}`})`);
}

/** The value of a field that has ended already: its sign has been read. */
export function traceLate(ctx: EmitContext, code: Code, field: Field, value: string): void {
  trace(ctx, code, `late(${traceNumber(ctx, field)}, ${value})`);
}

/** What an item of a tagged type is. */
export function traceTagged(ctx: EmitContext, code: Code, field: Field): void {
  trace(ctx, code, `is(${traceNumber(ctx, field)})`);
}

export function traceNumber(ctx: EmitContext, field: Field): number {
  const all = ctx.traced?.fields;
  if (all === undefined) return 0;
  const known = all.indexOf(field);
  return known < 0 ? all.push(field) - 1 : known;
}

/** `{ raw: u16be(b, o), bits: { a: ... } }`: the number on the wire and its parts. */
export function traceDetail(ctx: EmitContext, { type }: Field, at: string): string {
  if (type.kind === 'int') return `{ raw: ${readInt(ctx, type, at)} }`;
  if (type.kind !== 'bits' && type.kind !== 'flags') return '';
  const raw = readInt(ctx, type.word, at);
  if (type.kind === 'flags') return `{ raw: ${raw} }`;
  const bits = type.bits.filter(b => !b.spare).map(b => `${b.name}: ${bitCode(raw, b, type.word.bytes * 8)}`);
  return `{ raw: ${raw}, bits: { ${bits.join(', ')} } }`;
}

/** What stands in place of the check of a frame: the first that is wrong is noted, and the rest is still looked at. */
export function tracedCheck(ctx: EmitContext, frame: Frame): string {
  const tail = frame.layout.slice(frame.layout.findIndex(f => f.type.kind === 'body') + 1);
  const names = `${frameFunction(frame, 'trace')}, ${frameFunction(frame, 'check')}`;
  return `if (!$trace.frame(b, start, stop, ${names}, ${minOf(tail)})) return ${ctx.use('BAD')};`;
}
