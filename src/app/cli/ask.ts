/** How commands reach the processes of an application: all that have a control socket in its run dir. */
import { type ControlClient, connectAll, runDirOf } from '../../control/index.js';
import { realPlatform } from '../../net/index.js';
import { errorText, FramegateError } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';

/** What a process has answered, or why it has not. */
export type Answered<T> = { readonly from: ControlClient } & (
  | { readonly value: T; readonly error?: never }
  | { readonly value?: never; readonly error: string }
);

/** @returns none where nothing runs */
export function reach(file: string, runDir: string | undefined): Promise<ControlClient[]> {
  return connectAll(runDirOf(file, { given: runDir }), realPlatform());
}

/** @throws FramegateError `FG_CONTROL` where nothing runs */
export function nothingRuns(file: string, runDir: string | undefined): FramegateError {
  const where = runDirOf(file, { given: runDir });
  return new FramegateError(
    'FG_CONTROL',
    `Nothing of "${file}" runs here: there is no process in ${where}; if it was started with --run-dir, name it`,
  );
}

/** Asks all at the same time; who does not answer in time keeps nobody else. */
export function askAll<T>(
  processes: readonly ControlClient[],
  call: string,
  args: Readonly<Record<string, unknown>> = {},
  within?: number,
): Promise<Answered<T>[]> {
  return Promise.all(
    processes.map(async from => {
      try {
        return { from, value: (await from.ask(call, args, within)) as T };
      } catch (error) {
        return { from, error: errorText(error) };
      }
    }),
  );
}

/**
 * The processes that serve clients.
 * @throws FramegateError `FG_CONTROL` where nothing runs, where one of them does not answer, or none is a gateway
 */
export async function reachGateways(
  file: string,
  runDir: string | undefined,
  names: readonly string[] = [],
): Promise<ControlClient[]> {
  const processes = await reach(file, runDir);
  if (processes.length === 0) throw nothingRuns(file, runDir);
  const known = await askAll<ProcessInfo>(processes, 'hello');
  const gateways = known.filter(({ value }) => value === undefined || value.role === 'gateway' || value.role === 'app');
  for (const name of names) {
    if (gateways.some(({ from }) => from.name === name)) continue;
    const there = gateways.map(({ from }) => from.name).join(', ');
    throw new FramegateError('FG_CONTROL', `There is no gateway "${name}"; there is ${there === '' ? 'none' : there}`);
  }
  const wanted = gateways.filter(({ from }) => names.length === 0 || names.includes(from.name));
  const silent = wanted.find(({ error }) => error !== undefined);
  if (silent?.error !== undefined) throw new FramegateError('FG_CONTROL', silent.error);
  if (wanted.length === 0) throw new FramegateError('FG_CONTROL', 'No gateway runs here');
  for (const other of processes) if (!wanted.some(({ from }) => from === other)) other.close();
  return wanted.map(({ from }) => from);
}

/** Pages of all gateways, one after the other, as long as `take` wants more. */
export async function eachPage<P extends { readonly next: number | null }>(
  gateways: readonly ControlClient[],
  call: string,
  args: Readonly<Record<string, unknown>>,
  take: (page: P, from: ControlClient) => boolean,
): Promise<void> {
  for (const gateway of gateways) {
    let after: number | null = 0;
    while (after !== null) {
      const page: P = (await gateway.ask(call, { ...args, after })) as P;
      if (!take(page, gateway)) return;
      after = page.next;
    }
  }
}
