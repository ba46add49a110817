/**
 * Options of `gw start`, and of `gw check`, that mean nothing together. A flag that means nothing is wrong usage. An environment variable may be
 * there for all containers of a set, and for others of them: it is left out.
 */
import type { Command } from 'commander';
import { runsSeveral, type StartOptions } from './start-options.js';

/** What both have. */
interface Given {
  readonly role?: StartOptions['role'] | undefined;
  readonly gateways?: number;
  readonly workers?: number;
  readonly gateway: readonly string[];
  readonly register: readonly string[];
}

/** Options that mean nothing there. */
const useless = {
  'all in one process': ['register', 'gateway', 'advertise', 'name', 'state', 'wait'],
  '--gateways and --workers': ['gateway', 'link', 'advertise', 'name', 'wait'],
  '--role register': ['gateway', 'link', 'advertise', 'listen', 'name', 'state', 'wait'],
  '--role gateway': [],
  '--role worker': ['link', 'advertise', 'listen', 'name'],
} as const;

/** @returns what is meant; wrong usage ends the process. */
export function settle<O extends Given>(given: O, command: Command): O {
  const byFlag = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const refuse = (one: string, other: string): never =>
    command.error(`error: option '--${one}' cannot be used with option '--${other}'`);
  let options: O = given;
  if (given.role !== undefined) {
    for (const name of ['gateways', 'workers'] as const) if (byFlag(name)) refuse('role', name);
    const { gateways: _, workers: __, ...rest } = options;
    options = rest as O;
  }
  if (given.gateway.length > 0 && given.register.length > 0) {
    if (byFlag('gateway') === byFlag('register')) refuse('gateway', 'register');
    options = { ...options, [byFlag('gateway') ? 'register' : 'gateway']: [] };
  }
  const alone = runsSeveral(options) ? '--gateways and --workers' : 'all in one process';
  const mode = options.role === undefined ? alone : (`--role ${options.role}` as const);
  for (const name of useless[mode]) {
    if (!byFlag(name)) continue;
    const where = mode === 'all in one process' ? `when the app runs ${mode}` : `with ${mode}`;
    command.error(`error: option '--${name}' has no effect ${where}; leave it out`);
  }
  return options;
}
