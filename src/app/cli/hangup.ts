/**
 * SIGHUP: what comes from files is read again. By default it ends a process, which is right where a terminal goes at which somebody
 * has started it, and nowhere else: systemd takes that for an end that was wanted, and does not start it again.
 */
import { isatty } from 'node:tty';

const STDIN = 0;

let act: (() => void) | undefined;
let waiting = false;
let heeded = false;

/** From the first moment on. Whatever is loaded meanwhile may have been read already: one that comes then is kept until somebody takes it. */
export function heedHangups(): void {
  if (!isatty(STDIN)) heed();
}

/** @param atTerminals there is something to be read again, for which those at a terminal are heeded as well */
export function onHangup(next: () => void, atTerminals: boolean): void {
  act = next;
  if (atTerminals) heed();
  if (waiting) next();
  waiting = false;
}

function heed(): void {
  if (heeded) return;
  heeded = true;
  process.on('SIGHUP', () => {
    if (act === undefined) waiting = true;
    else act();
  });
}
