/** What `gw start` has been told. */
import { type LogFormat, stderrLogger } from '../../log/index.js';
import type { Logger, LogLevel } from '../../protocol/index.js';
import type { App } from '../define-app.js';

export interface StartOptions {
  readonly role?: 'register' | 'gateway' | 'worker';
  readonly register: readonly string[];
  readonly gateway: readonly string[];
  readonly link?: string;
  readonly name?: string;
  readonly state?: string;
  readonly advertise?: string;
  readonly keyFile?: string;
  readonly gateways?: number;
  readonly workers?: number;
  readonly listen: readonly string[];
  readonly listenFd?: readonly string[];
  readonly wait: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly runDir?: string;
  /** Name of the control socket of a supervisor's process. */
  readonly as?: string;
}

/** What can be read again. */
export function filesOf(app: App, { keyFile, role }: StartOptions): string | undefined {
  const serves = role !== 'worker' && role !== 'register';
  const files = [
    ...(keyFile === undefined ? [] : ['keys']),
    ...(app.linkTls !== undefined || (serves && app.listeners.some(l => l.tls !== undefined)) ? ['certificates'] : []),
    ...(serves && app.gateway.denyFile !== undefined ? ['denials'] : []),
  ];
  if (files.length === 0) return undefined;
  const last = files.pop();
  return `The ${files.length === 0 ? last : `${files.join(', ')} and ${last}`}`;
}

/** The app's own, or one that is written as the options say. */
export function loggerOf(app: App, { logLevel, logFormat: format, name }: StartOptions, role?: string): Logger {
  const logger = app.logger ?? stderrLogger(logLevel, { format, role, name });
  process.on('exit', () => logger.flush?.());
  return logger;
}
