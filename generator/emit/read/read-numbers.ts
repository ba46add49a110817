/** Numbers: whole ones with their constants, names, scales and signs; real ones; truth values; varints. */
import type { Field, IntType, Type, VarintType } from '../../model/model.js';
import { scaled } from '../arithmetic.js';
import { quoted } from '../code.js';
import { readInt } from '../context.js';
import { traceLate } from '../emit-trace.js';
import { markTeller } from './read-autos.js';
import { checkValid } from './read-valid.js';
import { OWN, type Reading, type Target } from './reading.js';

export function readWhole(r: Reading, field: Field, type: IntType, to: Target): void {
  const read = readInt(r.ctx, type, r.cursor.at);
  if (field.constant !== undefined) {
    if (!r.trusted)
      r.line(`if (${read} !== ${field.constant}) ${r.refuse('CONST', field, read, String(field.constant))}`);
  } else if (field.negative !== undefined) readSigned(r, field, read);
  else if (field.none !== undefined) readOrNone(r, field, read, to);
  else if (field.enum !== undefined) readNamed(r, field, field.enum, read, to);
  else {
    r.settle(field, to, scaled(read, field));
    checkValid(r, field, r.held(field, to));
    if (to.own) markTeller(r, field);
  }
}

/** One number means that there is no value. */
function readOrNone(r: Reading, field: Field, read: string, to: Target): void {
  const raw = r.local(`${field.name}Number`);
  r.line(`const ${raw} = ${read};`);
  r.settle(field, to, `${raw} === ${field.none} ? undefined : ${scaled(raw, field)}`);
  checkValid(r, field, r.held(field, to));
}

/** A number of an enumeration; expressions see the number, the value has its name. */
/** @param at where it begins */
function readNamed(
  r: Reading,
  field: Field,
  named: NonNullable<Field['enum']>,
  read: string,
  to: Target,
  at = r.cursor.at,
): void {
  const raw = r.local(`${field.name}Number`);
  const local = to.own ? r.local(field.name) : to.local!;
  const table = r.ctx.nameTable(named.set);
  r.line(`const ${raw} = ${read};`);
  r.names.set(field.name, { code: raw });
  const code = named.open ? `${table}[${raw}] ?? ${raw}` : `${table}[${raw}]`;
  r.line(`${to.own ? 'const ' : ''}${local} = ${code};`);
  // Even in a frame that has been checked: nothing there knows about names.
  if (!named.open) r.line(`if (${local} === undefined) ${r.failed('ENUM', at, field, raw)}`);
  if (to.own) r.values.push({ key: field.name, code: local });
}

/** The sign stands in a bit that is decoded later: the value is made when that is known. */
function readSigned(r: Reading, field: Field, read: string): void {
  const raw = r.local(`${field.name}Size`);
  const at = r.local(`${field.name}At`);
  const name = r.local(field.name);
  r.line(`const ${raw} = ${read};`);
  if (field.valid !== undefined && field.bad !== 'warn') r.line(`const ${at} = ${r.cursor.at};`);
  r.values.push({ key: field.name, code: name });
  const { field: teller, bit, inverted } = field.negative!;
  const sign = `${teller}.${bit}`;
  const settle = (): void => {
    const negative = r.names.own(sign)!;
    const positive = inverted ? negative : `!${negative}`;
    r.line(`const ${name} = ${scaled(`(${positive} ? ${raw} : 0 - ${raw})`, field)};`);
    r.names.set(field.name, { code: name });
    traceLate(r.ctx, r.code, field, name);
    checkValid(r, field, name, at);
  };
  r.late.push({ sign, settle });
}

export function readReal(r: Reading, field: Field, type: Extract<Type, { kind: 'float' }>, to: Target): void {
  const name = `f${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
  r.settle(field, to, `${r.ctx.use(name)}(b, ${r.cursor.at})`);
  checkValid(r, field, r.held(field, to));
}

export function readBool(r: Reading, field: Field, to: Target): void {
  const byte = `b[${r.cursor.at}]`;
  if (!r.trusted) r.line(`if (${byte}! > 1) ${r.refuse('RANGE', field, `${byte}!`, "'0 or 1'")}`);
  r.settle(field, to, `${byte} === 1`);
}

export function readVarint(r: Reading, field: Field, type: VarintType, to: Target): void {
  if (field.enum !== undefined) {
    const at = r.local(`${field.name}At`);
    if (!field.enum.open) r.line(`const ${at} = o;`);
    const raw = varintAt(r, field, type.max, `${field.name}Bits`);
    readNamed(r, field, field.enum, type.zigzag ? `${r.ctx.use('unzigzag')}(${raw})` : raw, to, at);
    return;
  }
  const plain = to === OWN && !type.zigzag && field.scale === undefined;
  const n = varintAt(r, field, type.max, plain ? field.name : `${field.name}Number`);
  r.settle(field, to, scaled(type.zigzag ? `${r.ctx.use('unzigzag')}(${n})` : n, field));
  checkValid(r, field, r.held(field, to));
}

/** Reads a varint at `o` into a local, and moves `o` behind it. */
export function varintAt(r: Reading, field: Field, max: number, wanted: string): string {
  const n = r.local(wanted);
  r.line(`const ${n} = ${r.ctx.use('varint')}(b, o, end, ${max}, ${quoted(field.name)});`);
  r.line(`if (${n} < 0) return undefined;`);
  r.line(`o = ${r.ctx.use('cursor')}.at;`);
  return n;
}
