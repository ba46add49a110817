/** Two lists of fields: which is which, what came, went or moved, and what each is like. */
import { isDeepStrictEqual } from 'node:util';
import type { Bad, Field, Frame, Valid } from '../model/model.js';
import { compareEnums, compareTypes } from './compare-types.js';
import type { Findings, Place } from './findings.js';
import { showAuto, showBad, showExpr, showRange, showScale, showType } from './show.js';

/**
 * What follows the fields. `open`: nothing, they end their message, so that fields which may be missing can be added behind them.
 * `named`: each is found by its name, wherever it stands.
 */
export type End = 'open' | 'closed' | 'named';

/** Whether devices write the names of fields: names and values, or JSON. */
export function isNamed(frame: Frame): boolean {
  return frame.text?.body?.kind === 'kv' || frame.text?.body?.kind === 'json';
}

export function compareFields(
  found: Findings,
  place: Place,
  before: readonly Field[],
  after: readonly Field[],
  end: End,
): void {
  const old = unfolded(found, place, before, after);
  const now = unfolded(found, place, after, before);
  const heirs = heirsOf(old, now, end);
  for (const a of old) {
    const b = heirs.get(a);
    const at = { ...place, field: a.name };
    if (b === undefined) found.add('FIELD_REMOVED', at, showType(a.type));
    else {
      found.changed('FIELD_RENAMED', at, a.name, b.name);
      compareOptional(found, at, a, b);
      compareTypes(found, at, a.type, b.type);
      compareAttributes(found, at, a, b);
    }
  }
  const kept = new Set(heirs.values());
  for (const [i, b] of now.entries()) {
    if (kept.has(b)) continue;
    const last = now.slice(i).every(f => !kept.has(f));
    const fits =
      isGuarded(b, old) || (end === 'open' && mayBeMissing(b) && last) || (end === 'named' && b.optional === true);
    found.add(fits ? 'FIELD_APPENDED' : 'FIELD_ADDED', { ...place, field: b.name }, undefined, showType(b.type));
  }
  if (end === 'named') return;
  const was = old.filter(a => heirs.has(a)).map(a => heirs.get(a)!.name);
  const is = now.filter(b => kept.has(b)).map(b => b.name);
  found.changed('FIELDS_MOVED', place, was.join(', '), is.join(', '));
}

/** With the fields of a group in its place, where the other list has these instead of the group: the bytes are the same. */
function unfolded(found: Findings, place: Place, fields: readonly Field[], others: readonly Field[]): readonly Field[] {
  return fields.flatMap(f => {
    if (f.type.kind !== 'struct' || others.some(o => o.name === f.name)) return [f];
    const inner = f.type.struct.fields;
    const at = others.findIndex(o => o.name === inner[0]?.name);
    if (at < 0 || inner.some((field, i) => others[at + i]?.name !== field.name)) return [f];
    found.add('INLINE_CHANGED', { ...place, field: f.name });
    return inner;
  });
}

/** By name; a field whose place is taken by a new one of the same type has only another name. */
function heirsOf(old: readonly Field[], now: readonly Field[], end: End): Map<Field, Field> {
  const heirs = new Map<Field, Field>();
  for (const a of old) {
    const b = now.find(f => f.name === a.name);
    if (b !== undefined) heirs.set(a, b);
  }
  if (end === 'named') return heirs;
  const isNew = (f: Field | undefined): f is Field => f !== undefined && !old.some(a => a.name === f.name);
  for (const [i, a] of old.entries()) {
    if (heirs.has(a)) continue;
    const before = old[i - 1];
    const at = before === undefined ? 0 : now.indexOf(heirs.get(before)!) + 1;
    const b = before !== undefined && !heirs.has(before) ? undefined : now[at];
    if (isNew(b) && showType(a.type) === showType(b.type)) heirs.set(a, b);
  }
  return heirs;
}

/** `if: more(n)`: a message without it is good. */
function mayBeMissing(f: Field): boolean {
  return f.when?.kind === 'call' && f.when.name === 'more';
}

/** `if: mask.bit`, where the bit was spare: old senders leave it out by leaving the bit 0. */
function isGuarded(f: Field, old: readonly Field[]): boolean {
  if (f.when?.kind !== 'name' || f.when.path.length !== 2) return false;
  const [mask, bit] = f.when.path;
  const type = old.find(a => a.name === mask)?.type;
  return type?.kind === 'bits' && !type.bits.some(b => b.name === bit && !b.spare);
}

/** What {@link compareAttributes} looks at by itself, or what does not matter. */
const LOOKED_AT: ReadonlySet<string> = new Set<keyof Field>([
  'since',
  'until',
  'deprecated',
  'example',
  'name',
  'place',
  'type',
  'doc',
  'unit',
  'when',
  'role',
  'constant',
  'covers',
  'auto',
  'scale',
  'negative',
  'none',
  'enum',
  'valid',
  'bad',
  'default',
  'trim',
  'optional',
  'inline',
  'pad',
  'secret',
  'round',
  'lazy',
  'view',
]);

export function compareAttributes(found: Findings, at: Place, a: Field, b: Field): void {
  const text = (x: unknown): string | undefined => (x === undefined ? undefined : String(x));
  found.changed('CONDITION_CHANGED', at, a.when && showExpr(a.when), b.when && showExpr(b.when));
  found.changed('ROLE_CHANGED', at, a.role, b.role);
  found.changed('CONST_CHANGED', at, text(a.constant), text(b.constant));
  found.changed('COVERS_CHANGED', at, a.covers && showRange(a.covers), b.covers && showRange(b.covers));
  found.changed('AUTO_CHANGED', at, showAuto(a), showAuto(b));
  found.changed('SCALE_CHANGED', at, showScale(a), showScale(b));
  found.changed('NONE_CHANGED', at, text(a.none), text(b.none));
  found.changed('ROUND_CHANGED', at, a.round ?? 'nearest', b.round ?? 'nearest');
  const late = (f: Field): string => (f.lazy === true ? 'when it is read' : 'before the handler');
  found.changed('LAZY_CHANGED', at, late(a), late(b));
  if ((a.view === true) !== (b.view === true)) found.add(b.view === true ? 'VIEW_ADDED' : 'VIEW_DROPPED', at);
  found.changed('PAD_CHANGED', at, text(a.pad), text(b.pad));
  found.changed('UNIT_CHANGED', at, a.unit, b.unit);
  if (a.trim !== b.trim) found.add('TRIM_CHANGED', at, text(a.trim), text(b.trim));
  if (a.inline !== b.inline) found.add('INLINE_CHANGED', at, text(a.inline), text(b.inline));
  if (a.secret !== b.secret) found.add(b.secret ? 'SECRET_ADDED' : 'SECRET_DROPPED', at);
  if (a.default !== b.default) {
    const code =
      a.default === undefined ? 'DEFAULT_ADDED' : b.default === undefined ? 'DEFAULT_REMOVED' : 'DEFAULT_CHANGED';
    found.add(code, at, text(a.default), text(b.default));
  }
  compareEnumUse(found, at, a, b);
  compareValid(found, at, a, b);
  found.others('FIELD_CHANGED', at, a, b, LOOKED_AT);
}

function compareEnumUse(found: Findings, at: Place, a: Field, b: Field): void {
  if (a.enum === undefined || b.enum === undefined) {
    found.changed('ENUM_CHANGED', at, a.enum?.set.name, b.enum?.set.name);
    return;
  }
  compareEnums(found, at, a.enum.set, b.enum.set);
  if (a.enum.open !== b.enum.open) found.add(b.enum.open ? 'ENUM_OPENED' : 'ENUM_CLOSED', at);
}

function compareValid(found: Findings, at: Place, a: Field, b: Field): void {
  if (!isDeepStrictEqual(a.valid, b.valid))
    found.add(
      isWider(a.valid, b.valid) ? 'VALID_WIDENED' : 'VALID_NARROWED',
      at,
      showValid(a.valid),
      showValid(b.valid),
    );
  if (mayBeWrong(a) && mayBeWrong(b) && showBad(a.bad) !== showBad(b.bad))
    found.add(
      graveness(b.bad) < graveness(a.bad) ? 'BAD_LOOSENED' : 'BAD_TIGHTENED',
      at,
      showBad(a.bad),
      showBad(b.bad),
    );
}

/** Whether `bad` means anything for it. */
function mayBeWrong(f: Field): boolean {
  return f.valid !== undefined || f.auto !== undefined || f.covers !== undefined || f.type.kind === 'check';
}

function graveness(bad: Bad): number {
  return typeof bad === 'string' ? { warn: 0, drop: 1, close: 3 }[bad] : 2;
}

/** Of text: whether there need not be anything. Tagged items are told by `require`. */
export function compareOptional(found: Findings, at: Place, a: Field, b: Field): void {
  if ((a.optional === true) !== (b.optional === true))
    found.add(b.optional === true ? 'ITEM_OPTIONAL' : 'ITEM_REQUIRED', at);
}

/** Whether all that was good still is. Of two patterns only none and the same are known to be wider. */
function isWider(old: Valid | undefined, now: Valid | undefined): boolean {
  if (now === undefined) return true;
  const low = (v: Valid | undefined): number => v?.min ?? v?.len?.min ?? Number.NEGATIVE_INFINITY;
  const high = (v: Valid | undefined): number => v?.max ?? v?.len?.max ?? Number.POSITIVE_INFINITY;
  return low(now) <= low(old) && high(now) >= high(old) && (now.match === undefined || now.match === old?.match);
}

function showValid(v: Valid | undefined): string | undefined {
  if (v === undefined) return undefined;
  const run = (min: number | undefined, max: number | undefined): string => `${min ?? ''}..${max ?? ''}`;
  const parts: string[] = [];
  if (v.min !== undefined || v.max !== undefined) parts.push(run(v.min, v.max));
  if (v.len !== undefined) parts.push(`len ${run(v.len.min, v.len.max)}`);
  if (v.match !== undefined) parts.push(`match ${v.match}`);
  return parts.join(', ');
}
