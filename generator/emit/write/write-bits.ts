/** Numbers whose bits are fields: given, computed from what else is written, or learned of the connection. */
import type { BitsType, Field, FlagsType } from '../../model/model.js';
import { quoted } from '../code.js';
import { putInt } from '../context.js';
import type { Writing } from './writing.js';

type Bit = BitsType['bits'][number];

export function writeFlags(w: Writing, field: Field, type: FlagsType, at: string, value: string): void {
  const flags = w.local(field.name);
  w.line(`const ${flags} = ${w.checked(field, 'given', value)};`);
  const declared = type.set.bits.reduce((n, { bit }) => n + 2 ** bit, 0);
  const parts = type.set.bits.map(({ name, bit }) => shifted(flagBit(w, field, flags, name), bit));
  const spare = 2 ** (type.word.bytes * 8) - 1 - declared;
  if (spare !== 0) parts.push(spareBits(w, field, flags, spare));
  w.line(putInt(w.ctx, type.word, 'b', at, parts.join(' | ')));
}

/** A flag, or the sign of a number that it holds. */
function flagBit(w: Writing, field: Field, flags: string, flag: string): string {
  const given = `${flags}.${flag}`;
  const sign = signOf(w, field, flag, given);
  return `(${sign === undefined ? given : `(${sign})`} ? 1 : 0)`;
}

/** The bit as the sign of a number: at 0 the given bit stays. Several numbers must agree about it. */
function signOf(w: Writing, field: Field, bit: string, given: string): string | undefined {
  const signs = w.fields
    .filter(f => f.negative?.field === field.name && f.negative.bit === bit)
    .map(f => ({
      isZero: `${w.magnitudes.get(f.name)} === 0`,
      test: `${w.v}.${f.name} ${f.negative!.inverted ? '>' : '<'} 0`,
    }));
  const [only, ...others] = signs;
  if (only === undefined) return undefined;
  if (others.length === 0) return `${only.isZero} ? ${given} : ${only.test}`;
  const wanted = signs.map(({ isZero, test }) => `${isZero} ? undefined : ${test}`).join(', ');
  return `${w.ctx.use('sharedSign')}(${given}, [${wanted}], ${bitLabel(w, field, bit)})`;
}

export function writeBits(w: Writing, field: Field, type: BitsType, at: string, value: string): void {
  if (field.auto !== undefined) {
    w.line(putInt(w.ctx, type.word, 'b', at, presenceBits(w, field, type).join(' | ')));
    return;
  }
  const bits = w.local(field.name);
  const loose = w.isLayout && type.bits.some(b => b.auto !== undefined);
  if (!loose) w.line(`const ${bits} = ${w.checked(field, 'given', value)};`);
  else if (type.bits.some(b => b.spare || b.auto === undefined || b.auto.kind === 'conn'))
    w.line(`const ${bits} = ${value} ?? {};`);
  const parts = type.bits
    .filter(b => !b.spare && b.auto?.kind !== 'size')
    .map(b => shifted(bitNumber(w, field, b, bits, loose), b.shift));
  const spare = type.bits.filter(b => b.spare).reduce((n, b) => n + (2 ** b.width - 1) * 2 ** b.shift, 0);
  if (spare !== 0) parts.push(spareBits(w, field, bits, spare));
  w.line(putInt(w.ctx, type.word, 'b', at, parts.length === 0 ? '0' : parts.join(' | ')));
}

/** Which of the fields that each bit speaks of are given. */
function presenceBits(w: Writing, field: Field, type: BitsType): string[] {
  return type.bits
    .filter(b => !b.spare)
    .map(b => {
      const told = w.toldBy(`${field.name}.${b.name}`);
      const isGiven = told.map(f => w.given(f)).join(' || ');
      return shifted(`(${told.length === 0 ? 'false' : isGiven} ? 1 : 0)`, b.shift);
    });
}

function bitNumber(w: Writing, field: Field, b: Bit, bits: string, loose: boolean): string {
  const own = `${bits}.${b.name}`;
  if (b.auto?.kind === 'given') return givenBit(w, field, b, b.auto.of);
  if (b.auto?.kind === 'conn') return learnedBits(w, field, b, own, b.auto.name);
  const given = loose ? `${own} ?? ${b.width === 1 ? 'false' : '0'}` : own;
  return checkedBits(w, field, b, signOf(w, field, b.name, loose ? `(${given})` : given) ?? given);
}

/** Whether an element is given. */
function givenBit(w: Writing, field: Field, b: Bit, of: string): string {
  const told = w.fields.find(f => f.name === of);
  const given = told === undefined ? `${w.v}.${of} !== undefined` : w.given(told);
  w.computed.set(`${field.name}.${b.name}`, `(${given})`);
  return `(${given} ? 1 : 0)`;
}

/** What the connection has learned, unless the value says otherwise. */
function learnedBits(w: Writing, field: Field, b: Bit, own: string, name: string): string {
  const local = w.local(`${b.name}Bits`);
  const said = `${w.ctx.use('learned')}(conn, ${quoted(name)})`;
  w.line(`const ${local} = ${own} ?? ${b.width === 1 ? `${said} !== 0` : said};`);
  w.computed.set(`${field.name}.${b.name}`, local);
  return checkedBits(w, field, b, local);
}

function checkedBits(w: Writing, field: Field, b: Bit, value: string): string {
  const path = bitLabel(w, field, b.name);
  return b.width === 1
    ? `${w.ctx.use('bit')}(${value}, ${path})`
    : `${w.ctx.use('integer')}(${value}, 0, ${2 ** b.width - 1}, ${path})`;
}

const bitLabel = (w: Writing, field: Field, bit: string): string => quoted(`${w.label(field).slice(1, -1)}.${bit}`);

/** Bits without a name. */
function spareBits(w: Writing, field: Field, value: string, mask: number): string {
  return w.checked(field, 'spareBits', `${value}.$rest`, `0x${mask.toString(16)}`);
}

function shifted(code: string, shift: number): string {
  return shift === 0 ? code : `(${code} << ${shift})`;
}
