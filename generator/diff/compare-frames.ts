/** How the stream is cut, and what stands around every message. */
import type { Field, Frame, ProtocolModel, Split } from '../model/model.js';
import { showBytes } from '../schema/byte-literal.js';
import { compareFields } from './compare-fields.js';
import type { Findings, Place } from './findings.js';
import { showExpr } from './show.js';

interface NamedFrame {
  readonly name: string;
  readonly frame: Frame;
}

function framesOf(model: ProtocolModel): NamedFrame[] {
  return model.frames.map(frame => ({ name: frame.name === '' ? 'frame' : `frame ${frame.name}`, frame }));
}

export function compareFrames(found: Findings, old: ProtocolModel, now: ProtocolModel): void {
  compareFrameLists(found, framesOf(old), framesOf(now));
}

/** @internal for a test */
export function compareFrameLists(found: Findings, old: readonly NamedFrame[], now: readonly NamedFrame[]): void {
  for (const { name, frame } of old) {
    const other = now.find(f => f.name === name);
    if (other === undefined) found.add('FRAME_REMOVED', { part: name }, frame.split.by);
    else compareFrame(found, { part: name }, frame, other.frame);
  }
  for (const { name, frame } of now)
    if (!old.some(f => f.name === name)) found.add('FRAME_ADDED', { part: name }, undefined, frame.split.by);
}

/** What {@link compareFrame} looks at by itself. */
const LOOKED_AT: ReadonlySet<string> = new Set<keyof Frame>(['split', 'filters', 'emit', 'layout', 'pick', 'lenient']);

/** Keys of a split that tell only where to go on after bad bytes. */
const RESYNC: ReadonlySet<string> = new Set(['confirm', 'rescue']);

function compareFrame(found: Findings, at: Place, a: Frame, b: Frame): void {
  found.changed('SPLIT_CHANGED', at, ...both(a.split, b.split, split => showSplit(split, false)));
  found.changed('RESYNC_CHANGED', at, ...both(a.split, b.split, split => showSplit(split, true)));
  found.changed('FILTER_CHANGED', at, a.filters.join(', '), b.filters.join(', '));
  found.changed('LINE_END_CHANGED', at, showBytes(a.emit), showBytes(b.emit));
  compareFields(found, at, effective(a), effective(b), 'closed');
  const pick = (f: Frame): string | undefined => f.pick && `${f.pick.element}: ${showExpr(f.pick.expr)}`;
  found.changed('PICK_CHANGED', at, pick(a), pick(b));
  found.changed('FRAME_CHANGED', at, ...both(a, b, lenientBits));
  found.others('FRAME_CHANGED', at, a, b, LOOKED_AT);
}

/** `lenient: [sum]` is another way to write `bad: warn`. */
function effective({ layout, lenient }: Frame): Field[] {
  return layout.map(f => (lenient.includes(f.name) ? { ...f, bad: 'warn' } : f));
}

/** Bits whose failure is a warning: they have no `bad` of their own. */
function lenientBits({ lenient }: Frame): string {
  return lenient.filter(name => name.includes('.')).join(', ');
}

function both<T>(a: T, b: T, show: (x: T) => string): [string, string] {
  return [show(a), show(b)];
}

function showSplit(split: Split, resync: boolean): string {
  return Object.entries(split)
    .filter(([key, value]) => RESYNC.has(key) === resync && value !== undefined && value !== false)
    .map(([key, value]) =>
      typeof value === 'string' || value === true ? `${key}: ${value}` : `${key}: ${JSON.stringify(value)}`,
    )
    .sort()
    .join(', ');
}
