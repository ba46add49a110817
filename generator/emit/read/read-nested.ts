/** Groups inside a group: types, tagged items, and what stands behind its own size. */
import type { Field, SizedType, Struct, Type } from '../../model/model.js';
import { fixedSize } from '../../model/sizes.js';
import { scaled } from '../arithmetic.js';
import { quoted } from '../code.js';
import { type EmitContext, plus, readInt } from '../context.js';
import type { Printed, Scope } from '../print-expression.js';
import { isLater, keepUpTo } from './read-later.js';
import { readSize } from './read-size.js';
import type { Reading, Target } from './reading.js';

/** A type of the schema at `at`. `o` does not move. */
export function readStruct(r: Reading, field: Field, struct: Struct, to: Target, at: string): void {
  const name = to.own ? r.local(field.name) : to.local!;
  const call = readerCall(r, { kind: 'struct', struct }, at, r.trusted ? 'stop' : 'end');
  r.line(`${to.own ? 'const ' : ''}${name} = ${call};`);
  r.line(`if (${name} === undefined) return ${r.ctx.use('inside')}(${quoted(field.name)});`);
  if (!to.own) return;
  r.names.set(field.name, { code: name });
  r.values.push({ key: field.name, code: name });
}

/** Tagged items up to the end of their scope, or in so many bytes. */
export function readTlv(r: Reading, field: Field, type: Extract<Type, { kind: 'tlv' }>, to: Target): void {
  const { struct, size } = type;
  let stop = 'end';
  if (size.kind !== 'rest') {
    const bytes = readSize(r, field, size);
    r.line(`if (${bytes} < 0 || ${bytes} > end - o) ${r.failed('SIZE', 'o', field, bytes, 'end - o')}`);
    stop = `o + ${bytes}`;
  }
  if (isLater(r, field)) {
    keepUpTo(r, field, stop, to);
    return;
  }
  const name = to.own ? r.local(field.name) : to.local!;
  r.line(`${to.own ? 'const ' : ''}${name} = ${readerCall(r, type, 'o', stop)};`);
  const inside = field.inline === true ? 'undefined' : `${r.ctx.use('inside')}(${quoted(field.name)})`;
  r.line(`if (${name} === undefined) return ${inside};`);
  r.line(`o = ${r.ctx.use('cursor')}.at;`);
  if (!to.own) return;
  if (field.inline !== true) r.values.push({ key: field.name, code: name });
  else for (const member of tlvMembers(struct)) r.values.push({ key: member, code: `${name}.${member}` });
}

/** What a value of a tagged type can hold, in the order of its literal. */
export function tlvMembers(struct: Struct): string[] {
  return [...struct.fields.map(f => f.name), 'unknown', '$order', ...(struct.tlv?.keepsTail === true ? ['tail'] : [])];
}

/** Something behind its own size, which it must fill. Returns the local that holds it. */
export function readSized(r: Reading, field: Field, type: SizedType, wanted: string, path: string): string {
  const size = sizeInFront(r, field, type);
  const stop = r.local(`${field.name}Stop`);
  r.line(`const ${stop} = o + ${size};`);
  const item = r.local(wanted);
  r.line(`const ${item} = ${readerCall(r, type.type, 'o', stop)};`);
  r.line(`if (${item} === undefined) return ${r.ctx.use('inside')}(${path});`);
  const at = `${r.ctx.use('cursor')}.at`;
  r.line(`if (${at} !== ${stop}) ${r.failed('TRAILING', at, field, `\`\${${stop} - ${at}} bytes\``)}`);
  r.line(`o = ${stop};`);
  return item;
}

/** How many bytes stand behind their size: no more than there are. */
export function sizeInFront(r: Reading, field: Field, { prefix }: SizedType): string {
  r.cursor.flush();
  const bare: Field = { ...field, type: { kind: 'bytes', size: { kind: 'rest' } } };
  const size = readSize(r, bare, { kind: 'prefix', type: prefix });
  r.line(`if (${size} > end - o) ${r.failed('TRUNCATED', 'end', field, 'end - o', size)}`);
  return size;
}

/** `readEntity(b, o, end, codec)`: a type's reader with the names that it takes from around it. */
export function readerCall(r: Reading, type: Type, from: string, to: string): string {
  if (type.kind !== 'struct' && type.kind !== 'tlv') throw new Error(`no reader for ${type.kind}`);
  return `read${r.ctx.names.type(type.struct)}(${['b', from, to, ...outerArguments(type.struct, r.names)].join(', ')})`;
}

/** What a type takes from around it, as numbers. */
export function outerArguments(struct: Struct, scope: Scope): string[] {
  return struct.outer.map(o => {
    const printed: Printed | undefined = scope.name(o.path);
    if (printed === undefined) throw new Error(`no ${o.path.join('.')} around ${struct.name}`);
    return printed.boolean === true ? `Number(${printed.code})` : printed.code;
  });
}

/** A small type in place, unless each of its fields has to say that it is read. */
export function inlined(r: Reading, struct: Struct, base: string, off: number): string | undefined {
  if (r.ctx.traced !== undefined && !r.trusted) return undefined;
  return inlineStruct(r.ctx, struct, base, off);
}

/** A small struct of plain numbers as a literal: no call, no check that could fail. */
function inlineStruct(ctx: EmitContext, struct: Struct, base: string, off: number): string | undefined {
  if (struct.fields.length > 6) return undefined;
  const parts: string[] = [];
  let at = off;
  for (const field of struct.fields) {
    const { type } = field;
    const plain =
      field.when ?? field.enum ?? field.valid ?? field.negative ?? field.constant ?? field.auto ?? field.none;
    if (type.kind !== 'int' || plain !== undefined) return undefined;
    parts.push(`${field.name}: ${scaled(readInt(ctx, type, plus(base, at)), field)}`);
    at += fixedSize(type)!;
  }
  return `{ ${parts.join(', ')} }`;
}
