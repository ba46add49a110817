/** Values that a schema gives to a field: of its type, and only where an encoder can write them. */
import { type Mapping, scalarText } from '../schema/mapping.js';
import { isScalar } from '../schema/source.js';
import type { Field, Type } from './model.js';
import type { Resolver } from './resolver.js';

const isNumber = ({ kind }: Type): boolean => kind === 'int' || kind === 'varint' || kind === 'float';
const isDigits = ({ kind }: Type): boolean => kind === 'hex' || kind === 'bcd';

/** What a type is for somebody who gave it a value of another one. */
export function kindName(type: Type): string {
  if (type.kind === 'text' || type.kind === 'word' || type.kind === 'rest') return 'text';
  return isNumber(type) ? 'a number' : 'neither number nor text';
}

export function checkConstants(r: Resolver, map: Mapping, field: Field): void {
  const { type } = field;
  const wrong = (key: string, text: string, hint?: string): void =>
    r.source.error('BAD_TYPE', map.at(key), `${key} of ${map.label} ${text}`, hint);
  if (map.has('const') && type.kind !== 'int') {
    const hint = type.kind === 'text' ? 'valid: { match: "^OK$" }' : 'type: u8, const: 3';
    wrong('const', 'is for whole numbers of a fixed size', hint);
  } else if (map.has('const') && type.kind === 'int' && type.bigint)
    wrong('const', 'cannot be compared with a bigint', 'without "as"');
  if (map.has('none') && field.enum !== undefined)
    wrong('none', 'cannot stand beside "enum"', `a name for it: enum: { nothing: ${map.text('none')} }`);
  if (map.has('from') && !isNumber(type)) wrong('from', 'is for numbers');
  if (map.has('default')) checkDefault(r, map, field);
}

export function takesDefault(type: Type): boolean {
  return isNumber(type) || type.kind === 'text' || isDigits(type) || type.kind === 'bool';
}

/** Of whole numbers of up to 48 bits, the range is looked at with their other numbers. */
function checkDefault(r: Resolver, map: Mapping, { type, enum: named, scale }: Field): void {
  const node = map.at('default');
  if (!isScalar(node) || !takesDefault(type)) {
    r.source.error('BAD_TYPE', node, `default of ${map.label} is for numbers, text and booleans`);
    return;
  }
  const hint = misfit(node.value, type, named, scale !== undefined, scalarText(node) ?? '');
  if (hint !== undefined) r.source.error('BAD_VALUE', node, `default cannot be ${JSON.stringify(node.value)}`, hint);
}

/** What the value should be, if it is not. */
function misfit(value: unknown, type: Type, named: Field['enum'], isScaled: boolean, text: string): string | undefined {
  if (named !== undefined) {
    const names = named.set.members.map(m => m.name);
    return names.includes(String(value)) || (named.open && typeof value === 'number') ? undefined : names.join(', ');
  }
  if (type.kind === 'bool') return typeof value === 'boolean' ? undefined : 'true or false';
  if (type.kind === 'text' || isDigits(type)) {
    if (typeof value !== 'string') return `"${text}", in quotes`;
    return isDigits(type) && !/^(?:[\da-f]{2})*$/i.test(value) ? 'two digits for each byte' : undefined;
  }
  if (type.kind === 'int' && type.bytes <= 6 && !isScaled) return undefined;
  const isGood = type.kind === 'float' || isScaled ? Number.isFinite(value) : Number.isSafeInteger(value);
  return isGood ? undefined : 'a number';
}
