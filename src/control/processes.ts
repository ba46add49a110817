/** Who lives in a run dir. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeStaleSocket } from '../net/index.js';
import { ControlClient, type ControlPlatform } from './client.js';
import { checkRunDir, socketPath } from './run-dir.js';

const SUFFIX = '.sock';
/** Milliseconds after which a socket without a listener is that of a process that has ended, not of one that begins. */
const STALE = 10_000;

/**
 * Connects to every process that has a control socket in the run dir, in the order of their names; whoever asks for them
 * closes them. Sockets that killed processes have left behind are removed. A run dir that is not there has no processes.
 * @throws FramegateError `FG_CONTROL` when the run dir is not this user's alone.
 * @example
 * for (const process of await connectAll(runDirOf('app.js'), platform)) console.log(await process.ask('hello'));
 */
export async function connectAll(dir: string, platform: ControlPlatform): Promise<ControlClient[]> {
  if (!checkRunDir(dir)) return [];
  const names = readdirSync(dir)
    .filter(file => file.endsWith(SUFFIX))
    .map(file => file.slice(0, -SUFFIX.length))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  const found = await Promise.all(names.map(name => connectTo(dir, name, platform)));
  return found.filter(client => client !== undefined);
}

/** The process of that name; `undefined`: there is none. */
export async function connectTo(
  dir: string,
  name: string,
  platform: ControlPlatform,
): Promise<ControlClient | undefined> {
  const client = await ControlClient.dial(name, socketPath(dir, name), platform);
  if (typeof client !== 'string') return client;
  if (client === 'ECONNREFUSED') await removeStaleSocket(join(dir, `${name}${SUFFIX}`), STALE);
  return undefined;
}
