/** What the cut of a shape of frames expects at their beginning. */
import type { Frame } from '../model/model.js';

/** One of these stands at the beginning of every frame of this shape; none where its cut expects nothing there. */
export function openingOf({ split }: Frame): readonly Uint8Array[] {
  if (split.by === 'flag') return [Uint8Array.of(split.flag)];
  return split.by === 'until' ? split.starts : [];
}
