/** Tells when the event loop of a process that runs no handlers was blocked: by the app's own `route`, for instance. */
import type { Clock } from '../net/index.js';
import type { Logger } from '../protocol/index.js';

/** Milliseconds between looks. */
const EVERY = 500;

/** @param atLeast milliseconds. */
export function watchLoop(clock: Clock, logger: Logger, atLeast = 1000): void {
  const look = (due: number): void => {
    const milliseconds = Math.round(clock.now() - due);
    if (milliseconds >= atLeast) {
      const what = 'nothing was read, answered or forwarded meanwhile';
      logger.warn(`The event loop was blocked for ${milliseconds} ms: ${what}`, { milliseconds });
    }
    const next = clock.now() + EVERY;
    clock.setTimer(EVERY, () => look(next));
  };
  look(clock.now());
}
