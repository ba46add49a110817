/** `gw stop`: ends an application in order, with its supervisor or without. */
import type { Command } from 'commander';
import { type ControlClient, connectAll, runDirOf } from '../../control/index.js';
import { realPlatform } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { GRACE } from '../supervisor/supervisor.js';
import { seconds } from './arguments.js';
import { print } from './print.js';
import { type ReachOptions, reachCommand } from './reach.js';

interface StopOptions extends ReachOptions {
  readonly within: number;
}

/** Clients are told first, then handlers settle, then the register goes. A supervisor does all of that itself. */
const ORDER: readonly (readonly ProcessInfo['role'][])[] = [
  ['supervisor'],
  ['gateway'],
  ['app', 'worker'],
  ['register'],
];

export function stopCommand(): Command {
  return reachCommand('stop', 'end all processes of an application in order')
    .option('--within <seconds>', 'time for handlers to settle; what takes longer is killed', seconds, 10)
    .action(stop);
}

async function stop(app: string, options: StopOptions): Promise<void> {
  const dir = runDirOf(app, { given: options.runDir });
  const platform = realPlatform();
  const within = options.within * 1000;
  const stopped: string[] = [];
  const killed: string[] = [];
  for (const roles of ORDER) {
    const processes = await connectAll(dir, platform);
    await Promise.all(
      processes.map(async process => {
        if (roles.includes(roleOf(process.name))) {
          const how = await end(process, within, roles[0] === 'supervisor' ? 3 : 1);
          (how ? stopped : killed).push(process.name);
        }
        process.close();
      }),
    );
  }
  const left = await connectAll(dir, platform);
  for (const process of left) process.close();
  const result = { stopped, killed, left: left.map(({ name }) => name) };
  if (options.json === true) print(JSON.stringify(result));
  if (stopped.length + killed.length + left.length === 0) {
    throw new FramegateError('FG_CONTROL', `Nothing of this application runs in "${dir}"`);
  }
  if (left.length > 0) {
    throw new FramegateError(
      'FG_CONTROL',
      `Cannot stop ${result.left.join(', ')}: no answer, and it cannot be killed from here`,
    );
  }
  if (options.json !== true) print('stopped');
}

/** From the name of its socket: it may not answer any more. */
function roleOf(name: string): ProcessInfo['role'] {
  return /^(?:supervisor|gateway|worker|register|app)/.exec(name)?.[0] as ProcessInfo['role'];
}

/**
 * Whether it has ended by itself; otherwise it is killed, if it has ever said who it is.
 * @param rounds a supervisor stops three kinds of processes, one after the other
 */
async function end(client: ControlClient, within: number, rounds: number): Promise<boolean> {
  const info = (await client.ask('hello').catch(() => undefined)) as ProcessInfo | undefined;
  if (info !== undefined) process.stderr.write(`stopping ${client.name} (pid ${info.pid})\n`);
  client.ask('stop', { within }, Infinity).catch(() => {});
  const late = new Promise<false>(resolve => {
    setTimeout(resolve, (within + GRACE) * rounds, false).unref();
  });
  if ((await Promise.race([client.closed.then(() => true), late])) === true) return true;
  if (info !== undefined) {
    process.stderr.write(`${client.name} (pid ${info.pid}) did not stop in time and is killed\n`);
    process.kill(info.pid, 'SIGKILL');
    await client.closed;
  }
  return false;
}
