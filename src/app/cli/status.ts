/** `gw status`: how the processes of an application are, for people and for probes. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../../codec/index.js';
import type { ControlClient } from '../../control/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { type AppStatus, appStatus, healthOf, supervisorHealth } from '../inspect/app-status.js';
import type { Health, ProcessStatus } from '../inspect/process-status.js';
import { type Before, statusText } from '../inspect/status-text.js';
import type { ChildInfo } from '../supervisor/child.js';
import { SUPERVISOR } from '../supervisor/supervisor.js';
import { also } from './arguments.js';
import { askAll, nothingRuns, reach } from './ask.js';
import { runDirOption } from './run-dir-option.js';

interface Options {
  readonly runDir?: string;
  readonly process: readonly string[];
  readonly live?: boolean;
  readonly ready?: boolean;
  readonly watch?: number | true;
  readonly json?: boolean;
}

export function statusCommand(): Command {
  const probes = ['live', 'ready'];
  return new Command('status')
    .description('show how the processes of an application are; the exit code says whether all is ready')
    .argument('<app>', 'the file that was started')
    .option('--process <name>', 'this process only; once for each (default: all)', also, [] as string[])
    .addOption(new Option('--live', 'only whether they answer, as a probe').conflicts(['ready', 'watch']))
    .addOption(new Option('--ready', 'only whether they are ready, as a probe').conflicts('watch'))
    .addOption(
      new Option('--watch [seconds]', 'again and again, with what has come in between (default: every 2)').argParser(
        every,
      ),
    )
    .option('--json', `an object, a line each time; the whole of it but for ${probes.map(p => `--${p}`).join(' and ')}`)
    .addOption(runDirOption())
    .action(status);
}

async function status(file: string, options: Options): Promise<void> {
  if (options.live === true || options.ready === true) return probe(file, options);
  let last: { readonly status: AppStatus; readonly at: number } | undefined;
  for (;;) {
    const now = await look(file, options);
    const at = performance.now();
    const before: Before | undefined = last && { status: last.status, ago: at - last.at };
    if (options.json === true) print(JSON.stringify(now));
    else {
      const again = last === undefined ? '' : '\n';
      process.stdout.write(
        `${process.stdout.isTTY && options.watch !== undefined ? CLEAR : again}${statusText(now, before)}\n`,
      );
    }
    process.exitCode = now.ready ? 0 : 1;
    if (options.watch === undefined) return;
    last = { status: now, at };
    await new Promise(resolve => setTimeout(resolve, 1000 * (options.watch === true ? EVERY : options.watch!)));
  }
}

/** Seconds between two looks. */
const EVERY = 2;
const CLEAR = '\x1b[H\x1b[2J';

async function look(file: string, options: Options): Promise<AppStatus> {
  const processes = await wanted(file, options);
  const { supervisors, others } = divided(processes);
  const [answers, [hello], [children]] = await Promise.all([
    askAll<ProcessStatus>(others, 'status'),
    askAll<ProcessInfo>(supervisors, 'hello'),
    askAll<readonly ChildInfo[]>(supervisors, 'children'),
  ]);
  for (const process of processes) process.close();
  return appStatus(answers, hello && { hello, children: children?.value ?? [] });
}

/** A supervisor has no clients and no links: it is asked other things. */
function divided(processes: readonly ControlClient[]): { supervisors: ControlClient[]; others: ControlClient[] } {
  const isSupervisor = ({ name }: ControlClient): boolean => name === SUPERVISOR;
  return { supervisors: processes.filter(isSupervisor), others: processes.filter(p => !isSupervisor(p)) };
}

/** One line, and the exit code. */
async function probe(file: string, options: Options): Promise<void> {
  const processes = await wanted(file, options);
  const { supervisors, others } = divided(processes);
  const [answers, hellos] = await Promise.all([
    askAll<Health>(others, 'health'),
    askAll<ProcessInfo>(supervisors, 'hello'),
  ]);
  for (const process of processes) process.close();
  const rows = answers.map(({ from: { name }, value, error }) =>
    value === undefined ? { name, answers: false, ready: false, problems: [error] } : { name, answers: true, ...value },
  );
  rows.push(...hellos.map(hello => ({ answers: hello.value !== undefined, ...supervisorHealth(hello) })));
  const alive = rows.map(row => (row.answers ? { ...row, ready: true, problems: [] } : row));
  const { ready, problems } = healthOf(options.live === true ? alive : rows);
  if (options.json === true) print(JSON.stringify({ [options.live === true ? 'live' : 'ready']: ready, problems }));
  else if (ready) print(options.live === true ? 'live' : 'ready');
  else for (const problem of problems) process.stderr.write(`gw: ${printable(problem)}\n`);
  process.exitCode = ready ? 0 : 1;
}

/** @throws FramegateError `FG_CONTROL` where nothing runs. */
async function wanted(file: string, options: Options): Promise<ControlClient[]> {
  const all = await reach(file, options.runDir);
  const { process: names } = options;
  const processes = all.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const other of all) if (!processes.includes(other)) other.close();
  if (processes.length === 0) throw nothingRuns(file, options.runDir);
  return processes;
}

function print(json: string): void {
  process.stdout.write(`${printable(json)}\n`);
}

function every(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0.1) return value;
  throw new InvalidArgumentError('It must be a number of seconds, 0.1 or more.');
}
