/** What a good frame teaches about its connection, and what an encoder takes from there. */
import type { Field, Frame } from '../model/model.js';
import { fixedSize } from '../model/sizes.js';
import { Code, quoted } from './code.js';
import { type EmitContext, intRange } from './context.js';
import type { FramePlaces } from './frame-places.js';
import { printCondition, printNumber, type Scope } from './print-expression.js';
import { FieldWriter } from './write/field-writer.js';

/** `conn.learned.v2019 = ...`. */
export function emitLearn(places: FramePlaces, code: Code): void {
  for (const { name, expr } of places.frame.learn)
    code.line(`if (conn !== undefined) conn.learn(${quoted(name)}, ${printNumber(expr, places)});`);
}

/** `conn.identity = ...`: who the last frame said that it is from. */
export function emitIdentity(ctx: EmitContext, places: FramePlaces, code: Code): void {
  const field = places.frame.layout.find(f => f.role === 'identity');
  if (field === undefined) return;
  const there = field.when === undefined ? '' : ` && (${printCondition(field.when, places)})`;
  code.line(`if (conn !== undefined${there}) conn.identity = ${identityText(ctx, places, field)};`);
}

/** The text of an element that names the device. */
export function identityText(ctx: EmitContext, places: FramePlaces, field: Field): string {
  const { type } = field;
  const [from, to] = [places.place(field), places.end(field)];
  switch (type.kind) {
    case 'bcd':
      return `${ctx.use(field.trim ? 'bcdTrimmed' : 'bcd')}(b, ${from}, ${to})`;
    case 'hex':
      return `${ctx.use('hex')}(b, ${from}, ${to})`;
    case 'int':
      return `String(${places.number(field)})`;
    default:
      return `${ctx.use('latin1')}(b, ${from}, ${to})`;
  }
}

/** Something in a frame that only its connection knows, unless it is given. */
export interface Told {
  readonly field: Field;
  /** Local that holds it. */
  readonly local: string;
  /** Its bit among what an unfinished frame lacks. */
  readonly bit: number;
  readonly kind: 'serial' | 'identity' | 'conn';
  /** Name of the bit field and of the variable, for `conn`. */
  readonly part?: { readonly bit: string; readonly variable: string };
}

/** Every message asks its frame. */
const toldOf = new WeakMap<Frame, readonly Told[]>();

/** What an encoder of this shape must know from the connection, in the order of the layout. */
export function toldBy(frame: Frame): readonly Told[] {
  const known = toldOf.get(frame);
  if (known !== undefined) return known;
  const all: Omit<Told, 'bit'>[] = [];
  for (const field of frame.layout) {
    if (field.role === 'serial') all.push({ field, local: 'serial', kind: 'serial' });
    if (field.role === 'identity') all.push({ field, local: 'identity', kind: 'identity' });
    if (field.type.kind !== 'bits') continue;
    for (const bit of field.type.bits) {
      if (bit.auto?.kind === 'conn')
        all.push({ field, local: `${bit.name}Told`, kind: 'conn', part: { bit: bit.name, variable: bit.auto.name } });
    }
  }
  const told = all.map((t, i) => ({ ...t, bit: 2 ** i }));
  toldOf.set(frame, told);
  return told;
}

/** Whether an element with a role and `if` is there, by the value that is written; nothing where it always is. */
export function whenGiven(ctx: EmitContext, frame: Frame, { when }: Field): string | undefined {
  if (when === undefined) return undefined;
  const { names } = new FieldWriter(ctx, new Code(), [], { fields: frame.layout });
  const scope: Scope = {
    name(path) {
      const field = frame.layout.find(f => f.name === path[0]);
      const bit = field?.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
      return bit?.auto?.kind === 'given'
        ? { code: `(v.${bit.auto.of} !== undefined)`, boolean: true }
        : names.name(path);
    },
    enumAt: path => names.enumAt?.(path),
    call: (name, args, print) => names.call(name, args, print),
  };
  return `(${printCondition(when, scope)})`;
}

/** The number of the next frame. */
export function nextSerial(field: Field): string {
  if (field.type.kind !== 'int') throw new Error('a serial is a number');
  return `conn.nextSerial(${intRange(field.type).max})`;
}

/** What stands for an identity until the connection is known. */
export function placeholder(field: Field): string {
  const size = fixedSize(field.type);
  if (field.type.kind === 'int') return '0';
  if (field.type.kind === 'bcd') return quoted(field.trim || size === undefined ? '0' : '0'.repeat(size * 2));
  return field.type.kind === 'hex' ? quoted('00'.repeat(size ?? 0)) : quoted('');
}
