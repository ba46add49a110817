/** Where facts go. Never a secret: callers log names, ids and reasons, not values. */

export const logLevels = { debug: 10, info: 20, warn: 30, error: 40, silent: 100 } as const;
export type LogLevel = keyof typeof logLevels;
/** Of a line. */
export type LineLevel = Exclude<LogLevel, 'silent'>;

/** What a line is about, for those who search: the same names everywhere. The text says it too. */
export interface LogFacts {
  /** Client id. */
  readonly client?: string | undefined;
  /** Id of the protocol. */
  readonly protocol?: string | undefined;
  /** Name of the message, or `connect`, `close`. */
  readonly message?: string | undefined;
  /** A close reason, a code of a problem, or why a peer was refused. */
  readonly reason?: string | undefined;
  /** Address of the other side, or the id of a gateway or worker. */
  readonly peer?: string | undefined;
  readonly field?: string | undefined;
  readonly bytes?: number | undefined;
  readonly milliseconds?: number | undefined;
}

/** One line for each call. An application may bring its own. */
export interface Logger {
  debug(text: string, facts?: LogFacts): void;
  info(text: string, facts?: LogFacts): void;
  warn(text: string, facts?: LogFacts): void;
  error(text: string, facts?: LogFacts): void;
  /** `false`: nobody sees lines of `debug`, so those that clients can cause by the thousand are not even made. */
  readonly debugs?: boolean;
  /** Says what is held back; called when a role or a connection ends. */
  flush?(): void;
}
