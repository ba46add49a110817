/** What `stop`, `restart` and `reload` share: finding whom to ask, and telling how it went. */
import { Command, Option } from 'commander';
import { type ControlClient, connectTo, runDirOf } from '../../control/index.js';
import { type Platform, realPlatform } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import type { RollingResult } from '../supervisor/rolling.js';
import { SUPERVISOR } from '../supervisor/supervisor.js';
import { seconds } from './arguments.js';
import { print } from './print.js';
import { runDirOption } from './run-dir-option.js';

export interface ReachOptions {
  readonly runDir?: string;
  readonly json?: boolean;
}

export function reachCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<app>', 'the file that `gw start` was given')
    .addOption(runDirOption())
    .option('--json', 'the result as one line of JSON');
}

export function deadlineOption(): Option {
  const text = 'time for the handlers of each process to settle, and for its successor to be ready';
  return new Option('--deadline <seconds>', text).argParser(seconds).default(30);
}

export function overallOption(): Option {
  const text = 'time for all of them; what is not done then stays as it is (default: as long as the deadlines take)';
  return new Option('--overall <seconds>', text).argParser(seconds);
}

export interface RollOptions extends ReachOptions {
  readonly deadline: number;
  readonly overall?: number;
}

/** @throws FramegateError `FG_CONTROL` when there is no supervisor. */
export async function reachSupervisor(what: string, app: string, options: ReachOptions): Promise<ControlClient> {
  const dir = runDirOf(app, { given: options.runDir });
  const platform: Platform = realPlatform();
  const supervisor = await connectTo(dir, SUPERVISOR, platform);
  if (supervisor !== undefined) return awake(what, supervisor);
  const text = `Cannot ${what}: no supervisor runs in "${dir}"`;
  const advice =
    'only `gw start --gateways/--workers` has one; all in one process, or with --role, stop it and start it again';
  throw new FramegateError('FG_CONTROL', `${text}; ${advice}`);
}

/** Milliseconds in which a supervisor says that it is there. */
const THERE_WITHIN = 5000;

/** One that stands still would begin when it goes on, and nobody waits for it any more. */
async function awake(what: string, supervisor: ControlClient): Promise<ControlClient> {
  try {
    await supervisor.ask('hello', {}, THERE_WITHIN);
    return supervisor;
  } catch {
    supervisor.close();
    const text = `Cannot ${what}: the supervisor does not answer within ${THERE_WITHIN / 1000} s, as it is stopped or blocked`;
    const advice = 'nothing was begun. Let it go on, or kill it and start the next one, which takes its processes over';
    throw new FramegateError('FG_CONTROL', `${text}; ${advice}`);
  }
}

/** Has the supervisor replace processes, and tells on stderr what it does. */
export async function roll(
  supervisor: ControlClient,
  call: 'reload' | 'restart',
  args: Readonly<Record<string, unknown>>,
  options: RollOptions,
): Promise<void> {
  let told = 0;
  let telling = Promise.resolve();
  const tell = async (): Promise<void> => {
    const { lines } = (await supervisor.ask('progress', { from: told })) as { readonly lines: readonly string[] };
    told += lines.length;
    for (const line of lines) process.stderr.write(`${line}\n`);
  };
  const { deadline, overall } = options;
  const times = { deadline: deadline * 1000, ...(overall !== undefined && { overall: overall * 1000 }) };
  const asked = supervisor.ask(call, { ...args, ...times }, Infinity) as Promise<RollingResult>;
  const watch = setInterval(() => {
    telling = telling.then(tell).catch(() => {});
  }, 200);
  let result: RollingResult;
  try {
    result = await asked;
    await telling.then(tell);
  } finally {
    clearInterval(watch);
    supervisor.close();
  }
  const { done, left, unready, error } = result;
  if (options.json === true) print(JSON.stringify(result));
  else print([`${done.length} done`, ...named('as before', left), ...named('not ready again', unready)].join(', '));
  if (error !== null) throw new FramegateError('FG_CONTROL', `The ${call} is not complete: ${error}`);
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${names.length} ${what}: ${names.join(', ')}`];
}
