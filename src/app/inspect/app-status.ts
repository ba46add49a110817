/** The state of a whole application, from what its processes answer. */
import type { Answered } from '../cli/ask.js';
import type { Health, ProcessStatus } from './process-status.js';
import type { ChildStatus } from './supervisor-calls.js';

/** What the supervisor knows of a process. */
type Watched = Partial<Pick<ChildStatus, 'restarts' | 'lastError'>>;

/** A process that has answered. */
export type ProcessRow = ProcessStatus & Watched & { readonly answers: true };

/** One that has not: it is blocked, or has just ended, or waits to be started again. */
export interface SilentProcess extends Watched {
  readonly name: string;
  readonly answers: false;
  readonly ready: false;
  readonly problems: readonly string[];
}

export interface AppStatus {
  readonly ready: boolean;
  /** Of all processes, each with whose it is. */
  readonly problems: readonly string[];
  readonly processes: readonly (ProcessRow | SilentProcess)[];
}

/** @param children `undefined` where no supervisor is, or says so. */
export function appStatus(
  answers: readonly Answered<ProcessStatus>[],
  children: readonly ChildStatus[] | undefined,
): AppStatus {
  const watched = new Map(children?.map(child => [child.name, child]));
  const processes: (ProcessRow | SilentProcess)[] = answers.map(({ from: { name }, value, error }) => {
    const { restarts, lastError } = watched.get(name) ?? {};
    const known = { ...(restarts !== undefined && { restarts }), ...(lastError !== undefined && { lastError }) };
    watched.delete(name);
    if (value !== undefined) return { ...value, ...known, answers: true as const };
    return { name, answers: false as const, ready: false as const, problems: [error], ...known };
  });
  for (const { name, restarts, lastError } of watched.values()) {
    const why = lastError === null ? '' : `: it ${lastError}`;
    const problems = [`it does not run${why}`];
    processes.push({ name, answers: false, ready: false, problems, restarts, lastError });
  }
  return { ...healthOf(processes), processes };
}

/** All are well, or who is not and why. Where nobody is, nothing is well. */
export function healthOf(processes: readonly (Health & { readonly name: string })[]): Health {
  const problems = processes.flatMap(({ name, problems }) => problems.map(problem => `${name}: ${problem}`));
  return { ready: processes.length > 0 && processes.every(p => p.ready), problems };
}
