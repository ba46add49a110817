/** Lists: counted, up to the end of their scope, up to an item that says it is the last; and booleans, eight a byte. */
import type { Field, ListType, Type } from '../../model/model.js';
import { freshName } from '../../model/names.js';
import { fixedSize, sizeOf } from '../../model/sizes.js';
import { quoted } from '../code.js';
import { type EmitContext, readInt } from '../context.js';
import { trace } from '../emit-trace.js';
import { Locals } from '../locals.js';
import { printCondition, type Scope } from '../print-expression.js';
import { hasStrayBits, typeText } from '../ts-types.js';
import { isLater, keepUpTo } from './read-later.js';
import { inlined, readerCall, readSized } from './read-nested.js';
import { readSize } from './read-size.js';
import { OWN, Reading, type Target } from './reading.js';

/** How one item that is no type of the schema is read: like a field of its own. */
type ReadItem = (r: Reading, field: Field, to: Target) => void;

export function readList(r: Reading, field: Field, type: ListType, to: Target, readItem: ReadItem): void {
  const { code, ctx } = r;
  const { limits } = ctx.model;
  const item = sizeOf(type.item);
  const count = type.size.kind === 'rest' ? undefined : readSize(r, field, type.size);
  if (count !== undefined) checkCount(r, field, type, count);
  if (isLater(r, field)) {
    keepUpTo(
      r,
      field,
      count === undefined ? 'end' : item.min === 1 ? `o + ${count}` : `o + ${count} * ${item.min}`,
      to,
    );
    return;
  }
  const items = r.local(to.own ? field.name : `${field.name}Items`);
  r.line(`const ${items}: ${typeText(type, ctx.names)} = [];`);
  code.block(headOf(type, count), () => {
    if (count === undefined)
      r.line(
        `if (${items}.length >= ${limits.list}) ${r.failed('LIMIT', 'o', field, 'undefined', String(limits.list))}`,
      );
    const index = count === undefined ? `${items}.length` : 'i';
    trace(ctx, code, `item(${index}, o)`);
    const sure = item.min === item.max && count !== undefined;
    pushItem(r, field, type.item, items, index, sure, readItem);
    trace(ctx, code, `end(o, ${items}.at(-1))`);
    if (type.last !== undefined) {
      const last = itemScope(ctx, type, `${items}[${items}.length - 1]!`, r.names);
      r.line(`if (${printCondition(type.last, last)}) break;`);
    }
  });
  if (!to.own) r.line(`${to.local} = ${items};`);
  else {
    r.names.set(field.name, { code: items });
    r.values.push({ key: field.name, code: items });
  }
}

function headOf(type: ListType, count: string | undefined): string {
  if (count !== undefined) return `for (let i = 0; i < ${count}; i++)`;
  return type.last === undefined ? 'while (o < end)' : 'for (;;)';
}

/** A count is no more than the schema allows, and than the bytes that are left could hold. */
function checkCount(r: Reading, field: Field, type: ListType, count: string): void {
  const { limits } = r.ctx.model;
  if (type.size.kind !== 'fixed') {
    r.line(`if (${count} > ${limits.list}) ${r.failed('LIMIT', 'o', field, count, String(limits.list))}`);
    if (type.size.kind === 'expr')
      r.line(`if (${count} < 0 || !Number.isInteger(${count})) ${r.failed('COUNT', 'o', field, count)}`);
  }
  const { min } = sizeOf(type.item);
  const room = min === 1 ? count : `${count} * ${Math.max(1, min)}`;
  r.line(`if (${room} > end - o) ${r.failed('COUNT', 'o', field, count)}`);
}

/** `Item(until more == 0)`: what expressions about the item `code` can name. Enumerations are numbers in them. */
export function itemScope(ctx: EmitContext, type: ListType, code: string, around: Scope): Scope {
  const fields = type.item.kind === 'struct' ? type.item.struct.fields : [];
  const fieldAt = (path: readonly string[]): Field | undefined => fields.find(f => f.name === path[0]);
  return {
    name(path) {
      const field = fieldAt(path);
      if (field === undefined) return around.name(path);
      const value = `${code}.${path.join(field.when === undefined ? '.' : '?.')}`;
      if (field.enum !== undefined) return { code: enumNumberOf(ctx, field.enum, value) };
      const bit = field.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
      if (field.type.kind === 'bool' || field.type.kind === 'flags' || bit?.width === 1)
        return { code: `(${value} === true)`, boolean: true };
      return { code: field.when === undefined ? value : `(${value} ?? 0)` };
    },
    enumAt: path => fieldAt(path)?.enum?.set ?? around.enumAt?.(path),
    call: () => undefined,
  };
}

/** The number of a name that is known to be good. */
function enumNumberOf(ctx: EmitContext, { set, open }: NonNullable<Field['enum']>, value: string): string {
  const number = `${ctx.names.type(set)}[${value}]`;
  return open ? `(typeof ${value} === 'number' ? ${value} : ${number})` : number;
}

/** @param sure the room for all items has been checked */
function pushItem(
  r: Reading,
  field: Field,
  type: Type,
  items: string,
  index: string,
  sure: boolean,
  readItem: ReadItem,
): void {
  const path = `\`${field.name}[\${${index}}]\``;
  const push = (value: string): void => r.line(`${items}.push(${value});`);
  if (type.kind === 'struct') {
    const inline = sure ? inlined(r, type.struct, 'o', 0) : undefined;
    if (inline !== undefined) {
      push(inline);
      r.line(`o += ${fixedSize(type)};`);
      return;
    }
    const item = freshName('item', new Locals(r.ctx.reserved, r.locals));
    r.line(`const ${item} = ${readerCall(r, type, 'o', 'end')};`);
    r.line(`if (${item} === undefined) return ${r.ctx.use('inside')}(${path});`);
    push(item);
    r.line(`o = ${r.ctx.use('cursor')}.at;`);
  } else if (type.kind === 'sized') push(readSized(r, field, type, 'item', path));
  else if (type.kind === 'int' && sure) {
    push(readInt(r.ctx, type, 'o'));
    r.line(`o += ${type.bytes};`);
  } else {
    // In a scope of its own.
    const inner = new Reading(r.ctx, r.code, r.locals, r.names);
    readItem(inner, { name: field.name, place: field.place, type, bad: 'drop', trim: false, secret: false }, OWN);
    push(inner.values[0]!.code);
  }
}

/** Booleans, eight a byte. */
export function readPacked(r: Reading, field: Field, type: ListType, to: Target): void {
  const { limits } = r.ctx.model;
  const count = type.size.kind === 'rest' ? '(end - o) * 8' : readSize(r, field, type.size);
  const bytes = type.size.kind === 'fixed' ? String(Math.ceil(type.size.count / 8)) : `(${count} + 7) >> 3`;
  if (type.size.kind === 'fixed')
    r.line(`if (${bytes} > end - o) ${r.failed('TRUNCATED', 'end', field, 'end - o', bytes)}`);
  else {
    r.line(`if (${count} > ${limits.list}) ${r.failed('LIMIT', 'o', field, count, String(limits.list))}`);
    r.line(`if (!(${count} >= 0) || (${bytes}) > end - o) ${r.failed('COUNT', 'o', field, count)}`);
  }
  r.settle(field, to, `${r.ctx.use('bits')}(b, o, ${count})`);
  // A tagged item has nobody to warn: with bits that mean nothing it is kept as bytes.
  if (hasStrayBits(type) && r.isItem)
    r.line(`if (${r.ctx.use('strayBits')}(b, o, ${count})) ${r.failed('SIZE', 'o', field)}`);
  else if (hasStrayBits(type)) {
    const warning = quoted(`${field.name}: bits behind the last are set`);
    r.line(`if (${r.ctx.use('strayBits')}(b, o, ${count})) warn = ${r.ctx.use('warned')}(warn, ${warning});`);
  }
  r.line(`o += ${bytes};`);
}
