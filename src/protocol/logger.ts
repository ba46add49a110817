/** Where facts go: one line each, on stderr by default. Never a secret: callers log names, ids and reasons, not values. */

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

/** Texts may carry what a peer sent: control characters must not reach a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, c => (c === '\n' ? ' | ' : '?'));
}
