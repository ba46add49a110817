/** How a field's value looks in TypeScript. */
import type { Field, Type } from '../model/model.js';
import { moduleName } from './modules.js';
import type { Names } from './names.js';

/** The type of a field's value when it is there. */
export function fieldType(field: Field, names: Names): string {
  if (field.codec !== undefined) return `ReturnType<typeof ${moduleName(field.codec, 'codec')}.decode>`;
  if (field.enum !== undefined) {
    const name = names.type(field.enum.set);
    return field.enum.open ? `${name} | number` : name;
  }
  return field.words === undefined ? typeText(field.type, names) : names.type(field.words);
}

export function typeText(type: Type, names: Names): string {
  switch (type.kind) {
    case 'int':
      if (type.bytes < 7) return 'number';
      return type.bigint ? 'bigint' : 'number | bigint';
    case 'bool':
      return 'boolean';
    case 'bits': {
      const parts = type.bits
        .filter(b => !b.spare && (b.auto === undefined || b.auto.kind === 'conn'))
        .map(b => `${b.name}: ${b.width === 1 ? 'boolean' : 'number'}`);
      if (type.bits.some(b => b.spare)) parts.push('$rest?: number | undefined');
      return `{ ${parts.join('; ')} }`;
    }
    case 'flags':
      return names.type(type.set);
    case 'text':
    case 'hex':
    case 'bcd':
    case 'chars':
    case 'word':
    case 'rest':
      return 'string';
    case 'bytes':
    case 'body':
      return 'Uint8Array';
    case 'list': {
      const item = typeText(type.item, names);
      return /[ |]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'sized':
      return typeText(type.type, names);
    case 'tlv':
    case 'struct':
      return names.type(type.struct);
    default:
      return 'number';
  }
}

/** What may stand in the field when it is decoded: `undefined` where it can be absent or have no value. */
export function canBeUndefined(field: Field): boolean {
  if (field.optional === true || field.none !== undefined) return true;
  return field.when !== undefined || hasRaw(field);
}

/** Fields that are on the wire but not in the value. */
export function isHidden(field: Field): boolean {
  const { kind } = field.type;
  return (
    kind === 'magic' ||
    kind === 'check' ||
    kind === 'case' ||
    kind === 'body' ||
    field.constant !== undefined ||
    field.constantText !== undefined ||
    field.auto !== undefined ||
    field.covers !== undefined
  );
}

/** Whether decoding can leave a warning in this group of fields. */
export function canWarn(fields: readonly Field[]): boolean {
  return fields.some(f => (f.bad === 'warn' && f.valid !== undefined) || hasRaw(f) || hasStrayBits(f.type));
}

/** Booleans, eight a byte, whose last byte may have bits to spare: what these say is lost. */
export function hasStrayBits(type: Type): boolean {
  if (type.kind !== 'list' || type.packed !== true) return false;
  return type.size.kind === 'fixed' ? type.size.count % 8 !== 0 : type.size.kind !== 'rest';
}

/** A calendar time may be impossible; its bytes are then kept. */
export function hasRaw(field: Field): boolean {
  return field.type.kind === 'time' && (field.type.form === 'u8' || field.type.form === 'bcd');
}
