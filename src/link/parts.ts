/**
 * Several frames of one message in the payload of one event:
 *
 *     last u16 | (size u32 | frame) ...        last: which of them came last
 */
import { Writer } from '../codec/index.js';
import { putBytes, putU16, type Reader } from './bytes.js';

export function joinParts(frames: readonly Uint8Array[], last: number): Uint8Array {
  const w = new Writer(2 + frames.reduce((sum, f) => sum + 4 + f.length, 0));
  putU16(w, last);
  for (const frame of frames) putBytes(w, frame);
  return w.slice();
}

/** In order; the frames are copies. */
export function readParts(r: Reader): { readonly frames: readonly Uint8Array[]; readonly last: number } {
  const last = r.u16();
  const frames: Uint8Array[] = [];
  while (r.left > 0) frames.push(r.bytes());
  return { frames, last };
}
