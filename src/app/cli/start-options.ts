/** What `gw start` has been told. */
import { leaveLastWords, runDirOf } from '../../control/index.js';
import { type LogFormat, type LogSink, sinkLogger } from '../../log/index.js';
import type { Logger, LogLevel } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import type { App } from '../define-app.js';
import type { LinkFiles } from '../link-files.js';
import { SUPERVISOR } from '../supervisor/supervisor.js';
import { print } from './print.js';

export interface StartOptions extends LinkFiles {
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
  readonly logFile?: string;
  readonly pidFile?: string;
  readonly runDir?: string;
  /** Name of the control socket of a supervisor's process. */
  readonly as?: string;
  readonly daemon?: boolean;
  readonly json?: boolean;
  /** This is the daemon, and whoever has asked for it waits until it is ready. */
  readonly detached?: boolean;
}

export function runsSeveral({ gateways, workers }: Pick<StartOptions, 'gateways' | 'workers'>): boolean {
  return gateways !== undefined || workers !== undefined;
}

/** Of the control socket of a process with these options. */
export function socketName(options: StartOptions, pid: number | undefined): string {
  return options.as ?? (runsSeveral(options) ? SUPERVISOR : `${options.role ?? 'app'}-${pid}`);
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
export function loggerOf(
  app: App,
  { logLevel, logFormat: format, name }: StartOptions,
  sink: LogSink,
  role?: string,
): Logger {
  const logger = app.logger ?? sinkLogger(sink, logLevel, { format, role, name });
  process.on('exit', () => logger.flush?.());
  return logger;
}

/** Why this process ends, for whoever has started it and waits: a supervisor, or the command that a daemon was asked of. */
export function leaveWords(file: string, options: StartOptions, name: string, text: string): void {
  if (options.as === undefined && options.detached !== true) return;
  leaveLastWords(runDirOf(file, { given: options.runDir }), name, text);
}

/** Takes the lines of a start: a daemon has nobody who reads what it prints. */
export function sayerOf({ detached }: StartOptions, logger: Logger): (line: string) => void {
  return detached === true ? line => logger.info(line) : print;
}

/** What a start says on stdout. */
export function linesOf(
  role: ProcessInfo['role'],
  { listening, inner }: Pick<ProcessInfo, 'listening' | 'inner'>,
  { link }: StartOptions,
): string[] {
  return [
    ...listening.map(({ name, address }) => `${name} listening on ${address}`),
    ...(role === 'register' ? [`register listening on ${inner}`] : []),
    ...(role !== 'register' && link !== undefined ? [`links on ${inner}`] : []),
  ];
}
