/**
 * Ids, uids and names of groups as calls take them, one or several: checked before anything is written, because what is
 * wrong in one call must not cost the link that all share.
 */
import { nameProblem } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';

export type Names = string | readonly string[];

/** Names, one or several. @throws FramegateError `FG_VALUE` */
export function namesOf(names: Names): readonly string[] {
  if (typeof names !== 'string') return listed(names);
  checkName(names);
  return [names];
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
  const wrong =
    typeof name === 'string' ? nameProblem(name) : `Ids, uids and names of groups are strings, not ${told(name)}`;
  if (wrong !== undefined) throw new FramegateError('FG_VALUE', wrong);
}

function told(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'value'}` : `the ${typeof value} ${String(value)}`;
}
