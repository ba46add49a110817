/** The state of a whole application, from what its processes answer. */
import type { Answered } from '../cli/ask.js';
import type { ProcessInfo } from '../control-calls.js';
import type { ChildInfo } from '../supervisor/child.js';
import type { Health, ProcessStatus } from './process-status.js';

/** What the supervisor knows of a process. */
type Watched = Partial<Pick<ChildInfo, 'restarts' | 'lastError'>>;

/** A process that has answered. */
export type ProcessRow = ProcessStatus & Watched & { readonly answers: true };

/** One that has not: it is blocked, or has just ended, or waits to be started again. */
export interface SilentProcess extends Watched {
  readonly name: string;
  readonly answers: false;
  readonly ready: false;
  readonly problems: readonly string[];
}

/** The process that starts the others again. */
export interface SupervisorRow {
  readonly pid: number;
  /** Milliseconds. */
  readonly uptime: number;
}

export interface AppStatus {
  readonly ready: boolean;
  /** Of all processes, each with whose it is. */
  readonly problems: readonly string[];
  /** `null`: there is none, or it does not answer. */
  readonly supervisor: SupervisorRow | null;
  /** All but the supervisor. */
  readonly processes: readonly (ProcessRow | SilentProcess)[];
}

/** What a supervisor has answered. */
export interface SupervisorAnswers {
  readonly hello: Answered<ProcessInfo>;
  readonly children: readonly ChildInfo[];
}

/** @param supervisor `undefined` where there is none. */
export function appStatus(
  answers: readonly Answered<ProcessStatus>[],
  supervisor?: SupervisorAnswers,
  now: number = Date.now(),
): AppStatus {
  const { hello, children } = supervisor ?? {};
  const watched = new Map(children?.map(child => [child.name, child]));
  const processes: (ProcessRow | SilentProcess)[] = answers.map(({ from: { name }, value, error }) => {
    const { restarts, lastError } = watched.get(name) ?? {};
    const known = { ...(restarts !== undefined && { restarts }), ...(lastError !== undefined && { lastError }) };
    watched.delete(name);
    if (value !== undefined) return { ...value, ...known, answers: true as const };
    return { name, answers: false as const, ready: false as const, problems: [error], ...known };
  });
  for (const { name, state, restarts, lastError } of watched.values()) {
    if (state === 'ending' || state === 'gone') continue;
    const why = lastError === null ? '' : `: it ${lastError}`;
    const problems = [`it does not run${why}`];
    processes.push({ name, answers: false, ready: false, problems, restarts, lastError });
  }
  const all = hello === undefined ? processes : [...processes, supervisorHealth(hello)];
  const info = hello?.value;
  const row = info === undefined ? null : { pid: info.pid, uptime: now - info.startedAt };
  return { ...healthOf(all), supervisor: row, processes };
}

/** As a supervisor says of itself. */
export function supervisorHealth({
  from: { name },
  value,
  error,
}: Answered<ProcessInfo>): Health & { readonly name: string } {
  if (value === undefined) return { name, ready: false, problems: [error] };
  return { name, ready: value.ready, problems: value.ready ? [] : ['it is still starting its processes'] };
}

/** All are well, or who is not and why. Where nobody is, nothing is well. */
export function healthOf(processes: readonly (Health & { readonly name: string })[]): Health {
  const problems = processes.flatMap(({ name, problems }) => problems.map(problem => `${name}: ${problem}`));
  return { ready: processes.length > 0 && processes.every(p => p.ready), problems };
}
