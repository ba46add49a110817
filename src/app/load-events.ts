/** Loads the events module of a listener: whatever that does which it should not is the application's fault, and told as such. */
import { errorText, FramegateError } from '../protocol/index.js';
import type { WorkerModule } from '../worker/index.js';

/** @throws FramegateError `FG_EVENTS` */
export async function loadEvents(
  protocol: string,
  events: () => Promise<WorkerModule['events']>,
): Promise<WorkerModule['events']> {
  let loaded: unknown;
  try {
    loaded = await events();
  } catch (error) {
    const text = `Cannot load the events module of protocol "${protocol}": ${errorText(error)}`;
    throw new FramegateError('FG_EVENTS', text, { cause: error });
  }
  if (typeof loaded === 'object' && loaded !== null) return loaded as WorkerModule['events'];
  throw new FramegateError(
    'FG_EVENTS',
    `What "events" of protocol "${protocol}" returns is no module; it must say: events: () => import('./events.js')`,
  );
}
