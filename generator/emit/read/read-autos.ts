/** What a field says about others, sizes and counts, must be as it says. */
import type { Field } from '../../model/model.js';
import { plus } from '../context.js';
import { printNumber } from '../print-expression.js';
import { beginsRange, tellersAmong } from '../tellers.js';
import { isLater } from './read-later.js';
import type { Reading } from './reading.js';

/** Notes where a range begins whose size is stated elsewhere. */
export function markStart(r: Reading, field: Field, all: readonly Field[]): void {
  if (!beginsRange(all, field) || r.starts.has(field.name)) return;
  const mark = r.local(`${field.name}Start`);
  r.starts.set(field.name, mark);
  r.line(`const ${mark} = ${r.cursor.at};`);
}

/** Notes where a number that says something about others stands: what it says is verified when they have been read. */
export function markTeller(r: Reading, field: Field): void {
  if (field.auto === undefined || isSizeOfList(r, field)) return;
  const at = r.local(`${field.name}At`);
  r.places.set(field.name, at);
  r.line(`const ${at} = ${r.cursor.at};`);
}

/** Verifies the sizes and counts that this field completes. */
export function verifyAutos(r: Reading, field: Field, all: readonly Field[]): void {
  for (const teller of tellersAmong(all)) {
    const { auto } = teller;
    const stated = r.names.own(teller.name);
    const verify = (code: 'SIZE' | 'COUNT', want: string, test = `${stated} !== ${want}`): void =>
      r.line(`if (${test}) ${r.failed(code, r.places.get(teller.name)!, teller, stated, want)}`);
    if (auto?.kind === 'size' && auto.range.to === field.name) {
      const size = plus(`o - ${r.starts.get(auto.range.from)}`, r.cursor.off);
      verify('SIZE', size, `${size} !== ${stated}`);
    }
    if (auto?.kind === 'expr' && field === all.at(-1) && stated !== undefined)
      verify('COUNT', printNumber(auto.expr, r.names));
    if (auto?.kind === 'count' && auto.of === field.name && !isSizeOfList(r, teller)) {
      const list = r.names.own(field.name);
      // What is decoded later has been cut by this very number, so that it can be wrong only where nothing was cut.
      if (isLater(r, field)) verify('COUNT', '0', `${list} === undefined && ${stated} !== 0`);
      else {
        const count = field.when === undefined ? `${list}.length` : `(${list}?.length ?? 0)`;
        verify('COUNT', count, `${count} !== ${stated}`);
      }
    }
  }
}

/** Whether a count is what its list is read by, so that it cannot be wrong. Where the list is absent, it can. */
function isSizeOfList(r: Reading, teller: Field): boolean {
  const { auto } = teller;
  const list = auto?.kind === 'count' ? r.fields.find(f => f.name === auto.of) : undefined;
  const size = list?.type.kind === 'list' && list.when === undefined ? list.type.size : undefined;
  return size?.kind === 'expr' && size.expr.kind === 'name' && size.expr.path[0] === teller.name;
}
