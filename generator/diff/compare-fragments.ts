/** How messages that come in parts are put together. */
import type { Fragments } from '../model/model.js';
import type { Findings, Place } from './findings.js';
import { showFragments, showTime } from './show.js';

export function compareFragments(found: Findings, at: Place, a: Fragments | undefined, b: Fragments | undefined): void {
  found.changed('FRAGMENTS_CHANGED', at, showFragments(a), showFragments(b));
  if (a === undefined || b === undefined) return;
  const limit = (name: string): Place => ({ ...at, field: at.part === undefined ? `fragments.${name}` : name });
  found.bound(limit('bytes'), a.limits.bytes, b.limits.bytes);
  found.bound(limit('open'), a.limits.open, b.limits.open);
  found.bound(limit('ttl'), a.limits.ttl, b.limits.ttl, showTime);
}
