/**
 * The file that tells the pid of a daemon, for whoever sends it signals.
 *
 * What one says that was left behind is never believed: a process counts only if it answers, under this pid, at a control
 * socket of the run dir. So a pid that has gone to somebody else keeps nobody from starting.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connectAll } from '../../control/index.js';
import { realPlatform } from '../../net/index.js';
import { errorText, FramegateError } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { askAll } from './ask.js';

/**
 * The file goes with this process.
 * @throws FramegateError `FG_CONTROL` when the process of the file lives; `FG_CONFIG` when it cannot be written.
 */
export async function writePidFile(path: string, runDir: string): Promise<void> {
  const other = readPid(path);
  if (other !== undefined && other !== process.pid && (await lives(other, runDir))) {
    throw new FramegateError(
      'FG_CONTROL',
      `Cannot start: pid ${other} runs this application already, as "${path}" says; ` +
        '`gw stop` ends it, and another --run-dir or --pid-file lets one run beside it',
    );
  }
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    const text = `Cannot write the pid file "${path}" (${errorText(error)}); name another one with --pid-file`;
    throw new FramegateError('FG_CONFIG', text);
  }
  process.on('exit', () => {
    // Another one may have it by now.
    if (readPid(path) === process.pid) rmSync(path, { force: true });
  });
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function lives(pid: number, runDir: string): Promise<boolean> {
  const clients = await connectAll(runDir, realPlatform());
  const answers = await askAll<ProcessInfo>(clients, 'hello');
  for (const client of clients) client.close();
  // One that is blocked cannot say it, but may have its pid in its name.
  return answers.some(({ from, value }) => value?.pid === pid || from.name.endsWith(`-${pid}`));
}
