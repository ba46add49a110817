/** Lists: their count in front, computed elsewhere or fixed, then item by item; and booleans, eight a byte. */
import type { Field, ListType, Size } from '../../model/model.js';
import { sizeOf } from '../../model/sizes.js';
import type { Expr } from '../../schema/expression.js';
import { intRange, putInt } from '../context.js';
import { FramePlaces } from '../frame-places.js';
import { printCondition } from '../print-expression.js';
import { itemScope } from '../read/read-lists.js';
import { compareSize } from './write-autos.js';
import { writeOf } from './write-nested.js';
import { Writing } from './writing.js';

/** How one item that is no type of the schema is written: like a field of its own. */
type WriteItem = (w: Writing, field: Field, value: string) => void;

export function writeList(w: Writing, field: Field, type: ListType, value: string, writeItem: WriteItem): void {
  // A count that is computed from something else is compared with that of the items.
  const isCompared = type.size.kind === 'expr' && !isItsCount(w, field, type.size.expr);
  if (!w.isLater(field) || isCompared) writeItems(w, field, type, value, writeItem);
  else {
    const kept = w.local(`${field.name}Kept`);
    w.line(`const ${kept} = ${w.kept(field, 'keptBytes')};`);
    w.code.block(`if (${kept} !== undefined)`, () => {
      writeCount(w, field, type.size, `${kept}.length / ${Math.max(1, sizeOf(type.item).min)}`);
      w.line(`w.append(${kept});`);
    });
    const inBlock = w.inBlock;
    w.inBlock = true;
    w.code.block('else', () => writeItems(w, field, type, value, writeItem));
    w.inBlock = inBlock;
  }
}

function writeItems(w: Writing, field: Field, type: ListType, value: string, writeItem: WriteItem): void {
  const list = w.local(field.name);
  const { size } = type;
  w.line(`const ${list} = ${w.checked(field, 'listOf', value, mostItems(w, size))};`);
  if (type.packed === true) {
    writeCount(w, field, size, `${list}.length`);
    if (size.kind === 'rest') w.line(`${w.checked(field, 'wholeBytes', `${list}.length`)};`);
    w.line(`${w.checked(field, 'writeBits', 'w', list)};`);
    return;
  }
  writeCount(w, field, size, `${list}.length`);
  // By index: `of` is three times as much for the engine, which then takes in less of what the loop calls.
  w.code.block(`for (let i = 0; i < ${list}.length; i++)`, () => {
    w.line(`const item = ${list}[i]!;`);
    if (type.item.kind === 'struct') {
      const canBeEmpty = sizeOf(type.item).min === 0;
      const at = canBeEmpty ? w.local('itemAt') : '';
      if (canBeEmpty) w.line(`const ${at} = w.length;`);
      w.line(`${writeOf(w, field, type.item.struct, 'item')};`);
      if (canBeEmpty) w.line(`${w.checked(field, 'someBytes', `w.length - ${at}`)};`);
      return;
    }
    const inner = new Writing(w.ctx, w.code, w.locals, { fields: [], path: w.path, outer: w.names });
    inner.inBlock = true;
    const item: Field = {
      name: field.name,
      place: field.place,
      type: type.item,
      bad: 'drop',
      trim: false,
      secret: false,
    };
    writeItem(inner, item, 'item');
  });
  if (type.last !== undefined) {
    const isLast = printCondition(type.last, itemScope(w.ctx, type, 'item', w.names));
    w.line(`${w.checked(field, 'endsAtLast', list, `item => ${isLast}`)};`);
  }
}

function mostItems(w: Writing, size: Size): number {
  const { list } = w.ctx.model.limits;
  if (size.kind === 'fixed') return size.count;
  return size.kind === 'prefix' && size.type.kind === 'int' ? Math.min(intRange(size.type).max, list) : list;
}

/** The count is written, or agrees with what tells it. */
function writeCount(w: Writing, field: Field, size: Size, count: string): void {
  if (size.kind === 'fixed') w.line(`${w.checked(field, 'sized', count, size.count, size.count)};`);
  else if (size.kind === 'expr') {
    if (!isItsCount(w, field, size.expr)) compareSize(w, field, size.expr, count);
  } else if (size.kind === 'prefix' && size.type.kind === 'varint') w.line(`${w.ctx.use('writeVarint')}(w, ${count});`);
  else if (size.kind === 'prefix' && size.type.kind === 'int') {
    const at = w.local(`${field.name}At`);
    w.line(`const ${at} = w.reserve(${size.type.bytes});`);
    w.line(putInt(w.ctx, size.type, 'w.bytes', at, count));
  }
}

/** The size is nothing but the computed count of this very list. */
export function isItsCount(w: Writing, field: Field, size: Expr): boolean {
  const name = size.kind === 'name' ? size.path[0] : undefined;
  const around = w.outer instanceof FramePlaces ? w.outer.frame.layout : [];
  const teller = [...w.fields, ...around].find(f => f.name === name);
  return teller?.auto?.kind === 'count' && teller.auto.of === field.name;
}
