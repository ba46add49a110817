/** Numbers: within their range, with their names, scales and signs; the least form of what has no fixed width. */
import type { Field, IntType, Type, VarintType } from '../../model/model.js';
import { varintRange } from '../../model/numbers.js';
import { sizeOf } from '../../model/sizes.js';
import { rawRange } from '../arithmetic.js';
import { quoted } from '../code.js';
import { type EmitContext, intRange, putInt } from '../context.js';
import { printNumber } from '../print-expression.js';
import { orDefault, type Writing } from './writing.js';

/** Puts a whole number at `at`: given, constant or computed. */
export function writeWhole(w: Writing, field: Field, type: IntType, at: string, value: string): void {
  const { auto } = field;
  // What counts other elements is filled in when they have been written.
  if (field.covers !== undefined) return;
  if (auto?.kind === 'size' && field.constant === undefined && !isToldId(w, field)) {
    const local = w.local(`${field.name}At`);
    w.line(`const ${local} = ${at};`);
    w.patches.set(field, local);
    return;
  }
  w.line(putInt(w.ctx, type, 'b', at, wholeNumber(w, field, type, value)));
}

function wholeNumber(w: Writing, field: Field, type: IntType, value: string): string {
  if (isToldId(w, field)) return value;
  const { auto, constant } = field;
  if (constant !== undefined) return String(constant);
  if (auto?.kind === 'expr') {
    const { min, max } = intRange(type);
    return w.checked(field, 'integer', printNumber(auto.expr, w.names), min, max);
  }
  if (auto?.kind === 'count' && !w.told.has(field.name)) return countOf(w, field, type, auto.of);
  return field.negative === undefined ? numberOf(w, field, type, value) : w.magnitudes.get(field.name)!;
}

const isToldId = (w: Writing, field: Field): boolean => field.role === 'id' && w.told.has(field.name);

/** How many items a list has. */
function countOf(w: Writing, field: Field, type: IntType, of: string): string {
  const list = `${w.v}.${of}`;
  const most = Math.min(intRange(type).max, w.ctx.model.limits.list);
  const { min, max } = field.valid ?? {};
  const counted = w.fields.find(f => f.name === of);
  const isUnread = counted?.type.kind === 'list' && w.isLater(counted);
  const whole = isUnread && counted.when !== undefined ? `${list} ?? []` : list;
  const given = `${w.ctx.use('listOf')}(${whole}, ${most}, ${quoted(of)}).length`;
  if (isUnread) {
    // To ask an unread list would read it: what was kept of it tells as much.
    const size = sizeOf(counted.type.item).min;
    const kept = `${w.kept(counted, 'keptBytes')}?.length`;
    const ofItems = (items: string): string =>
      size === 1 ? `(${kept} ?? ${items})` : `(${kept} ?? ${items} * ${size}) / ${size}`;
    w.computed.set(field.name, `(${ofItems(`(${list}?.length ?? 0)`)})`);
    const length = min === undefined ? ofItems(given) : w.checked(field, 'integer', ofItems(given), min, max!);
    return counted.when === undefined ? length : `${w.given(counted)} ? ${length} : 0`;
  }
  const length = min === undefined ? given : w.checked(field, 'integer', given, min, max!);
  w.computed.set(field.name, `(${list}?.length ?? 0)`);
  return counted?.when !== undefined ? `${list} === undefined ? 0 : ${length}` : length;
}

/** The raw number of a value. */
function numberOf(w: Writing, field: Field, type: IntType, value: string): string {
  if (field.none !== undefined) {
    const { none, ...always } = field;
    const number = w.checked(field, 'butNone', numberOf(w, always, type, value), none);
    // In a tagged type, an item without a value is left out.
    return w.isItem ? number : `(${value} === undefined ? ${none} : ${number})`;
  }
  const { min, max } = intRange(type);
  const valued = orDefault(field, value);
  if (field.enum !== undefined) return enumNumber(w, field, valued, type);
  if (field.scale !== undefined) {
    const raw = rawRange(field, min, max);
    return unscaled(w, field, validNumber(w, field, valued), raw.min, raw.max);
  }
  if (type.bytes >= 7) return wideNumber(w, field, type, valued);
  const low = Math.max(min, Math.ceil(field.valid?.min ?? min));
  const high = Math.min(max, Math.floor(field.valid?.max ?? max));
  return w.checked(field, 'integer', valued, low, high);
}

/** More bits than a number holds exactly: the range is told in bigints. */
function wideNumber(w: Writing, field: Field, type: IntType, value: string): string {
  const { min, max } = field.valid ?? {};
  const power = (bits: number): bigint => 2n ** BigInt(bits);
  const hex = (n: bigint): string => `0x${n.toString(16)}n`;
  const least = type.signed ? `-${hex(power(type.bytes * 8 - 1))}` : '0n';
  const most = hex(power(type.bytes * 8 - (type.signed ? 1 : 0)) - 1n);
  return w.checked(
    field,
    'wideInteger',
    value,
    min === undefined ? least : `${Math.ceil(min)}n`,
    max === undefined ? most : `${Math.floor(max)}n`,
  );
}

function unscaled(w: Writing, field: Field, value: string, min: number, max: number | string): string {
  const { up, down, offset } = field.scale!;
  if (down === 1 && offset === 0 && field.round === undefined)
    return w.checked(field, 'unscaledBy', value, up, min, max);
  const args = [value, up, down, offset, min, max, w.label(field)].join(', ');
  return `${w.ctx.use('unscaled')}(${args}${rounding(w.ctx, field)})`;
}

/** How a value between two raw numbers is rounded, where the schema says. */
function rounding(ctx: EmitContext, { round }: Field): string {
  return round === undefined ? '' : `, ${ctx.use(round === 'down' ? 'roundDown' : 'roundUp')}`;
}

function validNumber(w: Writing, field: Field, value: string): string {
  const { min, max } = field.valid ?? {};
  return min === undefined ? value : w.checked(field, 'within', value, min, max!);
}

/** The number of a name. */
export function enumNumber(w: Writing, field: Field, value: string, type = field.type): string {
  const set = w.ctx.names.type(field.enum!.set);
  if (!field.enum!.open) return w.checked(field, 'numberOf', set, value);
  const { min, max } = type.kind === 'varint' ? varintRange(type) : intRange(type as IntType);
  return w.checked(field, 'openNumberOf', set, value, min, max);
}

/** A number whose sign stands in a bit elsewhere: its size is known before either is written. */
export function prepareSigned(w: Writing, field: Field): void {
  const type = field.type as IntType;
  const size = w.checked(field, 'magnitude', validNumber(w, field, `${w.v}.${field.name}`));
  const local = w.local(`${field.name}Size`);
  w.magnitudes.set(field.name, local);
  const { max } = intRange(type);
  const raw =
    field.scale === undefined
      ? w.checked(field, 'integer', size, 0, max)
      : unscaled(w, field, size, 0, mostRaw(w, field, max));
  w.line(`const ${local} = ${raw};`);
}

/** The greatest raw number of each sign: the declared range need not be the same on both sides of 0. */
function mostRaw(w: Writing, field: Field, max: number): string {
  const { min: least, max: most } = field.valid ?? {};
  const above = rawRange(field, 0, max).max;
  if (least === undefined || most === undefined) return String(above);
  const below = rawRange({ ...field, valid: { min: -most, max: -least } }, 0, max).max;
  return above === below ? String(above) : `${w.v}.${field.name} < 0 ? ${below} : ${above}`;
}

export function writeReal(w: Writing, field: Field, type: Extract<Type, { kind: 'float' }>, at: string, value: string) {
  const put = w.ctx.use(`putF${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`);
  // What is written is what must be valid: the nearest number of four bytes.
  const number = w.checked(field, type.bytes === 4 ? 'single' : 'real', orDefault(field, value));
  w.line(`${put}(b, ${at}, ${validNumber(w, field, number)});`);
}

export function writeVarint(w: Writing, field: Field, type: VarintType, value: string): void {
  const { min, max } = varintRange(type);
  const low = Math.max(min, Math.ceil(field.valid?.min ?? min));
  const high = Math.min(max, Math.floor(field.valid?.max ?? max));
  const number = isToldId(w, field)
    ? value
    : field.enum !== undefined
      ? enumNumber(w, field, orDefault(field, value), type)
      : w.checked(field, 'integer', orDefault(field, value), low, high);
  const raw = type.zigzag ? `${w.ctx.use('zigzag')}(${number})` : number;
  w.line(`${w.ctx.use('writeVarint')}(w, ${raw});`);
}
