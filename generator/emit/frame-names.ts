/** Names of the functions that are generated for one shape of frames. */
import type { Frame } from '../model/model.js';
import { pascal } from '../model/names.js';
import type { Way } from './ways.js';

/**
 * `cutFrame`, `classifyUp` where a protocol has one shape of frames; `cutHello`, `classifyHelloUp` for one that is called
 * hello.
 */
export function frameFunction(frame: Pick<Frame, 'name'>, verb: string, way?: Way): string {
  const shape = frame.name === '' ? (way === undefined ? 'Frame' : '') : pascal(frame.name);
  return `${verb}${shape}${way === undefined ? '' : pascal(way)}`;
}
