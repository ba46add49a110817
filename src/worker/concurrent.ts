/** How many handlers of one client may be under way at the same time. */
import { FramegateError } from '../protocol/index.js';

/** A gateway hands out no more events of one client than this before the oldest is settled. */
const MOST = 64;

/** @throws FramegateError `FG_CONFIG` @returns 1 if nothing is said */
export function concurrentHandlers(given: unknown, where: string): number {
  if (given === undefined) return 1;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= MOST) return given;
  const text = `"concurrent" of ${where} is how many messages of one client are handled at the same time`;
  throw new FramegateError('FG_CONFIG', `${text}, a whole number from 1 to ${MOST}; it is ${String(given)}`);
}
