/** Where facts go: one line each, on stderr by default. Never a secret: callers log names, ids and reasons, not values. */

import { printable } from '../codec/index.js';

export const logLevels = { debug: 10, info: 20, warn: 30, error: 40, silent: 100 } as const;
export type LogLevel = keyof typeof logLevels;

export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Writes `level text` lines to stderr. */
export function stderrLogger(level: LogLevel = 'info', prefix = ''): Logger {
  const least = logLevels[level];
  const at = (name: Exclude<LogLevel, 'silent'>) => (text: string) => {
    if (logLevels[name] >= least) process.stderr.write(`${name.padEnd(5)} ${prefix}${oneLine(text)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Texts may carry what a peer sent, which must not reach a terminal as it is. */
function oneLine(text: string): string {
  return printable(text.replaceAll('\n', ' | '));
}
