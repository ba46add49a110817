/** Messages in frames whose size the schema gives: what cannot fit would be written and never read. */
import type { Frame, Message } from './model.js';
import type { Resolver } from './resolver.js';
import { sizeOfAll } from './sizes.js';

export function checkGivenSizes(r: Resolver, messages: readonly Message[]): void {
  for (const message of messages) {
    const { split } = message.frame;
    if (message.template !== undefined) continue;
    if (split.by === 'fixed') checkSize(r, message, split.size, 'split.size');
    if (split.by !== 'table') continue;
    for (const id of message.ids) {
      const found = split.sizes.find(s => s.id === id);
      const shown = `0x${id.toString(16).padStart(2, '0')}`;
      if (found === undefined) {
        const text = `id ${shown} of "${message.name}" has no size in split.sizes`;
        r.source.error('BAD_VALUE', message.place, text, `sizes: { ${shown}: ${wholeSize(message).min} }`);
      } else checkSize(r, message, found.size, `split.sizes, ${shown}`);
    }
  }
}

function checkSize(r: Resolver, message: Message, size: number, where: string): void {
  const { min, max } = wholeSize(message);
  if (size >= min && size <= max) return;
  const takes = max === min ? String(min) : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
  const text = `a frame of "${message.name}" takes ${takes} bytes, but is cut at ${size} (${where})`;
  r.source.error('BAD_VALUE', message.place, text, 'a field for the bytes that are left: spare: bytes(*)');
}

/** Everything but the body, and the fields. */
function wholeSize({ frame, fields }: Message): { min: number; max: number } {
  return sizeOfAll([...around(frame), ...fields]);
}

const around = (frame: Frame): Frame['layout'] => frame.layout.filter(f => f.type.kind !== 'body');
