/**
 * SIGHUP: what comes from files is read again. By default it ends a process, which is right where a terminal goes at which somebody
 * has started it, and nowhere else: systemd takes that for an end that was wanted, and does not start it again.
 */
import { isatty } from 'node:tty';
import type { LogSink } from '../../log/index.js';
import { errorText, type Logger } from '../../protocol/index.js';

const STDIN = 0;
const NOTHING_TO_REREAD =
  'There is nothing to be read again: neither keys nor certificates nor denials nor the log are in files here';

let act: (() => void) | undefined;
let waiting = false;
let heeded = false;

/** From the first moment on. Whatever is loaded meanwhile may have been read already: one that comes then is kept until somebody takes it. */
export function heedHangups(): void {
  if (!isatty(STDIN)) heed();
}

/**
 * The log is opened anew, and then the rest read again. Where there is anything of the kind, hangups at a terminal are heeded as well.
 * @param files those besides the log, in words; `undefined`: none
 */
export function onHangup(sink: LogSink, logger: Logger, files: string | undefined, rest: () => void): void {
  const canReread = files !== undefined || sink.path !== undefined;
  act = () => {
    if (!canReread) logger.info(NOTHING_TO_REREAD);
    reopenLog(sink, logger);
    rest();
  };
  if (canReread) heed();
  if (waiting) act();
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

/** After somebody has moved the file away. */
function reopenLog(sink: LogSink, logger: Logger): void {
  try {
    sink.reopen();
  } catch (error) {
    logger.error(`The log goes on in the file that it had: ${errorText(error)}`);
  }
}
