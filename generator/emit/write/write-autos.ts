/** What a field says about others: sizes are filled in, or compared, when what they speak of has been written. */
import type { Field } from '../../model/model.js';
import { type Expr, namesIn } from '../../schema/expression.js';
import { intRange, putInt } from '../context.js';
import { printNumber } from '../print-expression.js';
import { beginsRange, tellersAmong } from '../tellers.js';
import type { Writing } from './writing.js';

/** Notes where a range begins whose size is stated elsewhere. */
export function markStart(w: Writing, field: Field): void {
  if (!beginsRange(w.fields, field) || w.starts.has(field.name)) return;
  const start = w.local(`${field.name}Start`);
  w.starts.set(field.name, start);
  w.line(`const ${start} = w.length;`);
}

/** Fills in the sizes that this field completes. */
export function completeSizes(w: Writing, field: Field): void {
  for (const teller of tellersAmong(w.fields)) {
    const { auto, type } = teller;
    if (auto?.kind !== 'size' || auto.range.to !== field.name || type.kind !== 'int') continue;
    const size = `w.length - ${w.starts.get(auto.range.from)}`;
    const value = w.local(`${teller.name}Value`);
    w.computed.set(teller.name, value);
    w.line(`const ${value} = ${w.checked(teller, 'integer', size, 0, intRange(type).max)};`);
    w.line(putInt(w.ctx, type, 'w.bytes', w.patches.get(teller)!, value));
  }
}

/** Data whose size computed fields state, or the request: compared when these are known. */
export function compareSize(w: Writing, field: Field, stated: Expr, bytes: string): void {
  const maybe = w.written.get(field.name);
  const size = maybe ?? w.local(`${field.name}Bytes`);
  w.line(`${maybe === undefined ? 'const ' : ''}${size} = ${bytes};`);
  const asks = namesIn(stated).some(path => path[0] === 'request');
  const known = [...(maybe === undefined ? [] : [`${size} !== undefined`]), ...(asks ? ['request !== undefined'] : [])];
  w.sizeChecks.push(() => {
    const agree = w.checked(field, 'agree', size, printNumber(stated, w.names));
    w.line(`${known.length === 0 ? '' : `if (${known.join(' && ')}) `}${agree};`);
  });
}
