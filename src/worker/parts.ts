/** One value of a message that has come in parts, each with some items of a list. */
import type { ConnContext, Decoded, MessageValue, Protocol } from '../codec/index.js';
import { Reader, readParts } from '../link/index.js';

/** @returns `undefined` with the reason in `problem` when a part cannot be decoded */
export function decodeParts(
  protocol: Protocol,
  index: number,
  b: Uint8Array,
  start: number,
  end: number,
  conn: ConnContext,
  request?: Decoded,
): Decoded | undefined {
  const { frames, last } = readParts(new Reader().over(b, start, end));
  const { list } = protocol.up[index]!.fragments!;
  const items: unknown[] = [];
  let whole: Decoded | undefined;
  for (const [i, frame] of frames.entries()) {
    const part = protocol.decodeAs('up', index, frame, 0, frame.length, conn, request);
    if (part === undefined || part.index !== index) return part;
    items.push(...((part.value[list] ?? []) as unknown[]));
    // An answer goes to the part that has come last: all others have been answered.
    if (i === last) whole = part;
  }
  if (whole === undefined) return undefined;
  const value: MessageValue = { ...whole.value, [list]: items };
  return { ...whole, value };
}
