/** Groups inside a group: types, tagged items, and what stands behind its own size. */
import type { Field, IntType, MagicType, SizedType, Struct, Type } from '../../model/model.js';
import { byteHex } from '../code.js';
import { intRange, putInt } from '../context.js';
import { plusCode } from '../frame-places.js';
import { outerArguments } from '../read/read-nested.js';
import { writeScope } from './write-more.js';
import type { Writing } from './writing.js';

/** `writeEntity(w, v.seen, codec)`: a type's writer with the names that it takes from around it. */
export function writerCall(w: Writing, struct: Struct, value: string): string {
  const args = ['w', value, ...outerArguments(struct, w.names)];
  return `write${w.ctx.names.type(struct)}(${args.join(', ')})`;
}

/** The same, with a value that must be an object. */
export function writeOf(w: Writing, field: Field, struct: Struct, value: string): string {
  return writerCall(w, struct, w.checked(field, 'given', value));
}

/** Something behind its own size. */
export function writeSized(w: Writing, field: Field, { prefix, type }: SizedType, value: string): void {
  if (type.kind !== 'struct' && type.kind !== 'tlv') throw new Error(`no sized ${type.kind}`);
  const write = w.unlessKept(field, `${writeOf(w, field, type.struct, value)};`);
  if (prefix.kind === 'int') {
    writeBehind(w, field, prefix, () => writeScope(w, type, () => w.line(write)));
    return;
  }
  const at = w.local(`${field.name}At`);
  w.line(`const ${at} = w.length;`);
  writeScope(w, type, () => w.line(write));
  w.line(`${w.ctx.use('prefixVarint')}(w, ${at}, w.length - ${at});`);
}

/** Tagged items; inlined ones stand in the parent itself. */
export function writeTlv(w: Writing, field: Field, type: Extract<Type, { kind: 'tlv' }>, value: string): void {
  const { struct, size } = type;
  const items = `${field.inline === true ? writerCall(w, struct, w.v) : writeOf(w, field, struct, value)};`;
  const write = w.unlessKept(field, items);
  if (size.kind === 'prefix' && size.type.kind === 'int') writeBehind(w, field, size.type, () => w.line(write));
  else w.line(write);
}

/** The size is filled in when it is known. */
function writeBehind(w: Writing, field: Field, prefix: IntType, write: () => void): void {
  const at = w.local(`${field.name}At`);
  w.line(`const ${at} = w.reserve(${prefix.bytes});`);
  write();
  const size = w.checked(field, 'integer', `w.length - ${at} - ${prefix.bytes}`, 0, intRange(prefix).max);
  w.line(putInt(w.ctx, prefix, 'w.bytes', at, size));
}

export function writeMagic(w: Writing, type: MagicType, at: string): void {
  const { bytes } = leastForm(type, w.fields);
  w.line([...bytes].map((byte, i) => `b[${plusCode(at, i)}] = ${byteHex(byte)};`).join(' '));
}

/** The form of a marker that makes the shortest frame: the one that is written until more is known. */
export function leastForm(magic: MagicType, layout: readonly Field[]): MagicType['forms'][number] {
  const sized = layout.find(f => f.type.kind === 'case' && magic.forms.some(form => form.name === armsOf(f)[0]?.name));
  const least =
    sized === undefined ? undefined : [...armsOf(sized)].sort((a, b) => a.type.bytes - b.type.bytes)[0]!.name;
  return magic.forms.find(form => form.name === least) ?? magic.forms[0]!;
}

function armsOf(field: Field): readonly { name: string; type: IntType }[] {
  return field.type.kind === 'case' ? field.type.arms : [];
}
