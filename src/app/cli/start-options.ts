/** What `gw start` has been told. */
import type { LogLevel } from '../../protocol/index.js';
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
  readonly runDir?: string;
  /** Name of the control socket of a supervisor's process. */
  readonly as?: string;
}

export /** What can be read again. */
function filesOf(app: App, { keyFile, role }: StartOptions): string | undefined {
  const hasTls = role !== 'worker' && role !== 'register' && app.listeners.some(l => l.tls !== undefined);
  if (keyFile === undefined) return hasTls ? 'The certificates' : undefined;
  return hasTls ? 'The keys and certificates' : 'The keys';
}
