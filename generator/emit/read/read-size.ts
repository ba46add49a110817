/** How many bytes or items follow. */
import type { Field, Size } from '../../model/model.js';
import { sizeOf } from '../../model/sizes.js';
import { type Expr, namesIn } from '../../schema/expression.js';
import { readInt } from '../context.js';
import { trace } from '../emit-trace.js';
import { printNumber } from '../print-expression.js';
import { varintAt } from './read-numbers.js';
import type { Reading } from './reading.js';

/** As a local or expression; what stands in front is read. */
export function readSize(r: Reading, field: Field, size: Size): string {
  switch (size.kind) {
    case 'fixed':
      return String(size.count);
    case 'expr':
      return toldSize(r, field, size.expr);
    case 'prefix':
      return prefixedSize(r, field, size.type);
    default:
      throw new Error('the rest has no size');
  }
}

function toldSize(r: Reading, field: Field, expr: Expr): string {
  const asks = namesIn(expr).some(path => path[0] === 'request');
  const told = printNumber(expr, r.names);
  // Without the request there is as much as there are bytes.
  const code = asks ? `request === undefined ? ${roomLeft(field)} : ${told}` : told;
  if (/^\w+$/.test(code)) return code;
  const local = r.local(field.type.kind === 'list' ? `${field.name}Count` : `${field.name}Size`);
  r.line(`const ${local} = ${code};`);
  return local;
}

/** How much there is room for. */
function roomLeft({ type }: Field): string {
  if (type.kind !== 'list') return 'end - o';
  if (type.packed === true) return '(end - o) * 8';
  const item = sizeOf(type.item).min;
  return item > 1 ? `Math.floor((end - o) / ${item})` : 'end - o';
}

function prefixedSize(r: Reading, field: Field, type: Extract<Size, { kind: 'prefix' }>['type']): string {
  const wanted = field.type.kind === 'list' ? `${field.name}Count` : `${field.name}Size`;
  let local: string;
  if (type.kind === 'varint') local = varintAt(r, field, type.max, wanted);
  else {
    local = r.local(wanted);
    r.needs(type.bytes, field);
    r.line(`const ${local} = ${readInt(r.ctx, type, 'o')};`);
    r.line(`o += ${type.bytes};`);
  }
  trace(r.ctx, r.code, `size(o, ${local})`);
  return local;
}
