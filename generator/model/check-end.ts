/** What ends a frame stands behind it: a template that holds it is one of a frame that can neither come nor be written. */
import type { Node, Place } from '../schema/source.js';
import { frameNode } from './check-start.js';
import type { Frame, Message, Split, TemplatePart } from './model.js';
import type { Resolver } from './resolver.js';

export function checkEnds(r: Resolver, messages: readonly Message[], frames: readonly Frame[]): void {
  for (const frame of frames) {
    const { split, text } = frame;
    if (text === undefined || split.by !== 'until') continue;
    check(r, frameNode(r, frame, 'text'), text.template, split);
    for (const m of messages) if (m.frame === frame && m.template !== undefined) check(r, m.place, m.template, split);
  }
}

function check(
  r: Resolver,
  at: Node | Place | undefined,
  template: readonly TemplatePart[],
  split: Split & { by: 'until' },
): void {
  const [starts, ends] = [split.starts, split.ends].map(all => all.map(b => new TextDecoder('latin1').decode(b)));
  for (const [i, part] of template.entries()) {
    if (!('literal' in part)) continue;
    const start = i > 0 ? undefined : starts!.find(s => part.literal.startsWith(s));
    const end = ends!.find(e => part.literal.slice(start?.length ?? 0).includes(e));
    if (end === undefined) continue;
    const hint = 'leave it out of the text: it stands behind the frame, and an encoder writes it';
    r.source.error('BAD_VALUE', at, `no frame can hold ${JSON.stringify(end)}, which ends it`, hint);
    return;
  }
}
