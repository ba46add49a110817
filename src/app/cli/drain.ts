/** `gw drain`: empties gateways, so that they can go without all of their clients calling again at once. */
import { Command, InvalidArgumentError } from 'commander';
import { printable } from '../../codec/index.js';
import { type ControlClient, connectTo, runDirOf } from '../../control/index.js';
import type { Drained } from '../../gateway/index.js';
import { realPlatform } from '../../net/index.js';
import { counted, durationText } from '../inspect/units.js';
import { SUPERVISOR } from '../supervisor/supervisor.js';
import { also, seconds } from './arguments.js';
import { askAll, reachGateways } from './ask.js';
import { runDirOption } from './run-dir-option.js';

interface Options {
  readonly runDir?: string;
  readonly gateway: readonly string[];
  readonly rate?: number;
  readonly deadline: number;
  readonly message?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
}

export function drainCommand(): Command {
  return new Command('drain')
    .description('have gateways accept nobody any more, close their clients one after the other, and end')
    .argument('<app>', 'the file that was started')
    .option('--gateway <name>', 'this process only; once for each', also, [] as string[])
    .option('--rate <n>', 'clients in a second, of each gateway (default: so that it takes half the time)', perSecond)
    .option('--deadline <seconds>', 'close the rest at once after so long', seconds, 30)
    .option('--message <name>', 'what clients are told before, where their protocol has it')
    .option('--values <json>', 'the fields of that message', fields)
    .option('--json', 'one object for each gateway, a line each')
    .addOption(runDirOption())
    .action(drain);
}

/** Milliseconds beyond the deadline in which a gateway must have said that it is done. */
const GRACE = 10_000;

async function drain(file: string, options: Options): Promise<void> {
  const { runDir, gateway, rate, deadline, message, values, json } = options;
  const gateways = await reachGateways(file, runDir, gateway);
  const ends = await retire(file, runDir, gateways);
  const args = { rate, deadline: deadline * 1000, message, values, end: ends };
  const answers = await askAll<Drained>(gateways, 'drain', args, deadline * 1000 + GRACE);
  for (const { from, value, error } of answers) {
    if (value === undefined) {
      process.stderr.write(`gw: ${printable(`${from.name}: ${error}`)}\n`);
      process.exitCode = 1;
    } else if (json === true) process.stdout.write(`${JSON.stringify({ gateway: from.name, ...value })}\n`);
    else process.stdout.write(`${from.name}: ${drainedText(value)}\n`);
  }
  if (!ends)
    process.stderr.write('gw: their supervisor would start them again, so they stay, empty, until it is stopped\n');
  // A process has ended when its connection has.
  await Promise.all(answers.map(({ from, value }) => (value === undefined || !ends ? from.close() : from.closed)));
}

/**
 * Their supervisor, if there is one, is told not to start them again.
 * @returns whether they may end: one that would be started again at once stays, empty.
 */
async function retire(file: string, runDir: string | undefined, gateways: readonly ControlClient[]): Promise<boolean> {
  const supervisor = await connectTo(runDirOf(file, { given: runDir }), SUPERVISOR, realPlatform());
  const told = await Promise.all(gateways.map(({ name }) => supervisor?.ask('retire', { name }))).then(
    () => true,
    () => false,
  );
  supervisor?.close();
  return told;
}

function drainedText({ clients, insisted, took }: Drained): string {
  const rest = insisted === 0 ? '' : `, ${counted(insisted, 'client')} of them at the deadline`;
  return `drained of ${counted(clients, 'client')} in ${durationText(took)}${rest}`;
}

function perSecond(text: string): number {
  const value = Number(text.replace(/\/s$/, ''));
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of clients above 0.');
}

function fields(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new InvalidArgumentError('It must be a JSON object, such as \'{"text": "back in a minute"}\'.');
}
