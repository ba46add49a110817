/** What a supervisor answers over its control socket. */
import type { ControlCalls } from '../../control/index.js';
import { FramegateError } from '../../protocol/index.js';
import type { RollingTimes } from './rolling.js';
import type { Supervisor } from './supervisor.js';

/** Milliseconds for handlers in a reload or restart. */
const DEADLINE = 30_000;

export function supervisorCalls(supervisor: Supervisor): ControlCalls {
  const { rolling } = supervisor;
  return {
    hello: () => supervisor.info,
    ready: async () => {
      await supervisor.whenStarted;
      return supervisor.info;
    },
    /** A `ChildInfo` of each process. */
    children: () => supervisor.children.map(child => child.info),
    /** `within`: milliseconds for handlers. Answered when all have ended; the supervisor ends then, too. */
    stop: ({ within }) => supervisor.onStop(milliseconds(within, 'within')),
    /** A new process for every worker, in the place of the old one; see rolling.ts. `deadline`, `overall` in milliseconds. */
    reload: args => rolling.run('reload', ['worker'], rollingTimes(args)),
    /** `which`: names or roles of processes; default all. */
    restart: args => rolling.run('restart', words(args.which), rollingTimes(args)),
    /** What is under way, and the lines that tell of it from line `from` on. */
    progress: ({ from }) => rolling.progress(typeof from === 'number' ? from : 0),
    /** The process may end, and is not started again then. */
    retire: ({ name }) => {
      const child = supervisor.children.find(c => c.name === name);
      if (child === undefined) throw new FramegateError('FG_CONTROL', `There is no process "${String(name)}" here`);
      child.retire();
    },
    keys: () => supervisor.tell('keys'),
    counters: () => supervisor.tell('counters'),
  };
}

/** Of a reload or restart, if nothing is said. */
export function rollingTimes({ deadline, overall }: Readonly<Record<string, unknown>> = {}): RollingTimes {
  return {
    deadline: milliseconds(deadline, 'deadline') ?? DEADLINE,
    overall: milliseconds(overall, 'overall') ?? Infinity,
  };
}

function milliseconds(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 0) return value;
  throw new FramegateError('FG_CONTROL', `"${name}" is a number of milliseconds`);
}

function words(value: unknown): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(word => typeof word === 'string')) return value;
  throw new FramegateError('FG_CONTROL', '"which" is a list of names');
}
