/**
 * Ids, uids and names of groups as calls take them, one or several: checked before anything is written, because what is
 * wrong in one call must not cost the link that all share.
 */
import { FramegateError } from '../protocol/index.js';

export type Names = string | readonly string[];

/** Names, one or several. @throws FramegateError `FG_VALUE` */
export function namesOf(names: Names): readonly string[] {
  return typeof names === 'string' ? [names] : listed(names);
}

/** A list of names. @throws FramegateError `FG_VALUE` */
export function listed(names: unknown): readonly string[] {
  if (Array.isArray(names)) {
    for (const name of names) checkName(name);
    return names;
  }
  throw new FramegateError(
    'FG_VALUE',
    `Ids, uids and names of groups are strings or lists of them, not ${told(names)}`,
  );
}

/** @throws FramegateError `FG_VALUE` */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string') return;
  throw new FramegateError('FG_VALUE', `Ids, uids and names of groups are strings, not ${told(name)}`);
}

function told(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'value'}` : `the ${typeof value} ${String(value)}`;
}
