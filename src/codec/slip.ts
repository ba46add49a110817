/** SLIP, RFC 1055: `c0` ends a frame; in it `db dc` stands for `c0` and `db dd` for `db`. */
import { escapeInto, escapeRule, unescapeFrame } from './escape.js';
import { recoded } from './scratch.js';
import type { CutFunction } from './splitter.js';
import { untilCutter } from './until.js';
import type { Writer } from './writer.js';

const END = 0xc0;
const RULE = /* @__PURE__ */ escapeRule(0xdb, [
  [0xdc, END],
  [0xdd, 0xdb],
]);

/** Most bytes of a frame on the wire: each may be escaped, and one ends it. */
export function slipRoom(limit: number): number {
  return limit * 2 + 1;
}

/**
 * Frames in SLIP. Empty ones are left out: many senders begin a frame with `c0` too. A frame with another escape is skipped
 * with `ESCAPE`.
 * @param limit bytes of the longest frame, escapes undone; the splitter must have room for {@link slipRoom} bytes
 */
export function slipCutter(limit: number): CutFunction {
  const raw = untilCutter({ ends: [Uint8Array.of(END)], limit: limit * 2, skipEmpty: true });
  return recoded(raw, (b, start, end) => unescapeFrame(b, start, end, RULE), limit, 'ESCAPE');
}

/** Makes a frame of what was written from `from` on: escaped, with its end. */
export function slipInto(w: Writer, from: number): void {
  escapeInto(w, from, RULE);
  const o = w.reserve(1);
  w.bytes[o] = END;
}
