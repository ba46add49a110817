/** The fields of a group that say something about others. Each field asks for them, so they are looked for once. */
import type { Field } from '../model/model.js';

const known = new WeakMap<readonly Field[], readonly Field[]>();

export function tellersAmong(fields: readonly Field[]): readonly Field[] {
  const tellers = known.get(fields) ?? fields.filter(f => f.auto !== undefined);
  known.set(fields, tellers);
  return tellers;
}

/** A size counts from this field on. */
export function beginsRange(fields: readonly Field[], field: Field): boolean {
  return tellersAmong(fields).some(f => f.auto?.kind === 'size' && f.auto.range.from === field.name);
}

/** A size counts up to this field. */
export function endsRange(fields: readonly Field[], field: Field): boolean {
  return tellersAmong(fields).some(f => f.auto?.kind === 'size' && f.auto.range.to === field.name);
}
