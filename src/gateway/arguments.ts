/** Arguments of calls, checked: a peer's mistake is answered in a sentence. */
import { nameProblem, type Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';

/** A message for the clients of one protocol. */
export interface Part {
  readonly protocol: string;
  readonly flags: number;
  readonly frame: Uint8Array;
}

/** @throws FramegateError `FG_VALUE` */
export function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw new FramegateError('FG_VALUE', `Ids, uids and names of groups are strings, not ${kindOf(value)}`);
}

/** One text or a list of them. @throws FramegateError `FG_VALUE` */
export function texts(value: Value): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [text(value)];
}

/** A uid or the name of a group that is to be kept. @throws FramegateError `FG_VALUE` */
export function name(value: Value): string {
  const given = text(value);
  const wrong = nameProblem(given);
  if (wrong === undefined) return given;
  throw new FramegateError('FG_VALUE', wrong);
}

/** @throws FramegateError `FG_VALUE` */
export function milliseconds(value: Value): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new FramegateError('FG_VALUE', `A time is a number of milliseconds, not ${kindOf(value)}`);
}

/** @throws FramegateError `FG_VALUE` */
export function record(value: Value, what: string): { [key: string]: Value } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return { ...(value as { [key: string]: Value }) };
  }
  throw new FramegateError('FG_VALUE', `${what} is an object, not ${kindOf(value)}`);
}

/** Frames, each with its protocol and flags. @throws FramegateError `FG_VALUE` */
export function parts(value: Value): readonly Part[] {
  return (Array.isArray(value) ? (value as Value[]) : []).map(part => {
    const [protocol, flags, frame] = Array.isArray(part) ? (part as Value[]) : [];
    if (typeof protocol === 'string' && typeof flags === 'number' && frame instanceof Uint8Array) {
      return { protocol, flags, frame };
    }
    throw new FramegateError('FG_VALUE', 'A message is a protocol, flags and bytes');
  });
}

function kindOf(value: Value): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return value instanceof Uint8Array ? 'bytes' : `a ${typeof value}`;
}
