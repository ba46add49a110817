/** Values of a message, drawn from its model: what a generated codec should be able to encode. */
import fc from 'fast-check';
import type { Field, Message, ProtocolModel, Type } from '../../generator/model/model.js';

type Value = Record<string, unknown>;

/** Values that an encoder may still refuse: an optional field, say, may not go with what follows it. */
export function valuesOf(message: Message, model: ProtocolModel): fc.Arbitrary<Value> {
  const roles: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of message.frame.layout) {
    if (field.role === 'serial') roles[field.name] = fc.integer({ min: 0, max: 0xffff });
    if (field.role === 'id' && message.ids.length > 1) roles[field.name] = fc.constantFrom(...message.ids);
  }
  return fc
    .tuple(recordOf(message.fields, model), fc.record(roles))
    .map(([fields, around]) => ({ ...around, ...fields }));
}

function recordOf(fields: readonly Field[], model: ProtocolModel): fc.Arbitrary<Value> {
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) {
    if (field.auto !== undefined || field.constant !== undefined) continue;
    const value = fieldValue(field, model);
    parts[field.name] = field.when === undefined ? value : fc.option(value, { nil: undefined });
  }
  return fc.record(parts).map(withSigns(fields));
}

/** A number's sign also stands in the bits that tell it. */
function withSigns(fields: readonly Field[]): (value: Value) => Value {
  const signed = fields.filter(f => f.negative !== undefined);
  return value => {
    for (const { name, negative } of signed) {
      const { field, bit, inverted } = negative!;
      const isNegative = (value[name] as number) < 0;
      value[field] = { ...(value[field] as Value), [bit]: isNegative !== inverted };
    }
    return value;
  };
}

function fieldValue(field: Field, model: ProtocolModel): fc.Arbitrary<unknown> {
  const { type, scale, valid } = field;
  if (field.enum !== undefined) return fc.constantFrom(...field.enum.set.members.map(m => m.name));
  if (scale === undefined || (type.kind !== 'int' && type.kind !== 'varint')) return typeValue(field, type, model);
  const { up, down, offset } = scale;
  const min = valid?.min === undefined ? undefined : Math.ceil(((valid.min - offset) * up) / down);
  const max = valid?.max === undefined ? undefined : Math.floor(((valid.max - offset) * up) / down);
  const raw = min === undefined || max === undefined ? typeValue(field, type, model) : fc.integer({ min, max });
  return (raw as fc.Arbitrary<number>).map(n => (n * down) / up + offset);
}

function typeValue(field: Field, type: Type, model: ProtocolModel): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int': {
      const top = 2 ** (type.bytes * 8);
      return type.signed ? fc.integer({ min: -top / 2, max: top / 2 - 1 }) : fc.integer({ min: 0, max: top - 1 });
    }
    case 'varint': {
      const top = 2 ** (7 * Math.min(type.max, 4));
      return type.zigzag ? fc.integer({ min: -top / 2, max: top / 2 - 1 }) : fc.nat({ max: top - 1 });
    }
    case 'bool':
      return fc.boolean();
    case 'bits': {
      const bits = type.bits.filter(b => !b.spare);
      const parts = bits.map(b => [b.name, b.width === 1 ? fc.boolean() : fc.nat({ max: 2 ** b.width - 1 })] as const);
      return fc.record(Object.fromEntries(parts) as Record<string, fc.Arbitrary<unknown>>);
    }
    case 'flags':
      return fc.record(Object.fromEntries(type.set.bits.map(b => [b.name, fc.boolean()])));
    case 'time':
      return fc.integer({ min: Date.UTC(2000) / 1000, max: Date.UTC(2099) / 1000 }).map(s => s * 1000);
    case 'bcd':
      return fc.stringMatching(
        new RegExp(field.trim ? `^[1-9][0-9]{0,${type.bytes * 2 - 1}}$` : `^[0-9]{${type.bytes * 2}}$`),
      );
    case 'text': {
      const { min, max } = field.valid?.len ?? { min: 0, max: 40 };
      const unit =
        type.charset === 'utf8' ? 'binary' : fc.integer({ min: 0, max: 127 }).map(c => String.fromCharCode(c));
      return fc.string({ unit, minLength: min, maxLength: Math.min(max, 40) });
    }
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 });
    case 'list':
      return fc.array(typeValue(field, type.item, model), { maxLength: 12 });
    case 'struct':
      return recordOf(type.struct.fields, model);
    default:
      throw new Error(`no values of type ${type.kind}`);
  }
}
