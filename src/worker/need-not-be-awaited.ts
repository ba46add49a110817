/** Promises of what handlers may do without waiting for it. */
import { FramegateError } from '../protocol/index.js';

/**
 * A client that is gone is no fault of the handler: nobody need hear of it. Any other failure is one, and is reported as an
 * unhandled rejection where nobody awaits it.
 * @returns what the handler gets
 */
export function needNotBeAwaited<V>(done: Promise<V>): Promise<V> {
  const told: Promise<V> = done.catch((error: unknown) => {
    if (isGone(error)) told.catch(ignored);
    throw error;
  });
  return told;
}

function isGone(error: unknown): boolean {
  return error instanceof FramegateError && (error.code === 'FG_CLOSED' || error.code === 'FG_UNREACHABLE');
}

function ignored(): void {}
