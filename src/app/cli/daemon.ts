/** `gw start --daemon`: starts the application in a session of its own, and waits until it is ready. */
import { closeSync, fstatSync, openSync, readSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeRunDir, runDirOf, takeLastWords } from '../../control/index.js';
import { openLog } from '../../log/index.js';
import { realPlatform } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { Member } from '../supervisor/member.js';
import { spawnDaemon } from '../supervisor/spawn.js';
import { print } from './print.js';
import { linesOf, type StartOptions, socketName } from './start-options.js';

interface DaemonFiles {
  readonly logFile: string;
  readonly pidFile: string;
}

/** Where a daemon has its log and its pid; the daemon itself and whoever starts it come to the same. */
export function daemonFiles(file: string, { runDir, role, logFile, pidFile }: StartOptions): DaemonFiles {
  const dir = runDirOf(file, { given: runDir });
  const pidName = role === undefined ? 'gw.pid' : `gw-${role}.pid`;
  return { logFile: resolve(logFile ?? join(dir, 'gw.log')), pidFile: resolve(pidFile ?? join(dir, pidName)) };
}

/**
 * Ends this process when the daemon is ready.
 * @throws FramegateError `FG_APP` with what the daemon has said when it ends before that.
 */
export async function startDaemon(file: string, options: StartOptions & DaemonFiles): Promise<void> {
  const { runDir, role, logFile, pidFile } = options;
  const dir = runDirOf(file, { given: runDir });
  makeRunDir(dir, runDir === undefined || runDir === '');
  const log = openLog(logFile);
  const { size } = fstatSync(log);
  // What an earlier one has left is not about this one.
  takeLastWords(dir, socketName(options, undefined));
  const [program, command, ...line] = process.argv.slice(1) as [string, string, ...string[]];
  const spawned = spawnDaemon(program, [command, '--detached', ...line], log);
  closeSync(log);
  const name = socketName(options, spawned.pid);
  const member = Member.started(dir, name, realPlatform(), spawned);
  const interrupted = passSignals(member);
  let info: ProcessInfo;
  try {
    info = await member.ready();
  } catch {
    const how = await member.ended;
    const said = takeLastWords(dir, name);
    if (interrupted()) process.exit(130);
    throw new FramegateError('FG_APP', said ?? `Cannot start: the process ${how}${tailOf(logFile, size)}`);
  }
  const { pid, listening, inner } = info;
  if (options.json === true) print(JSON.stringify({ pid, listening, inner, log: logFile, pidFile }));
  else {
    for (const text of linesOf(info.role, info, options)) print(text);
    print(`${role ?? 'application'} ready: pid ${pid}, log in ${logFile}`);
  }
  // The connection to the daemon would keep this process.
  process.exit(0);
}

/** The daemon is in another session than the terminal; a second interrupt insists, as it does in the foreground. */
function passSignals(member: Member): () => boolean {
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals++;
      member.kill('SIGTERM');
    });
  }
  return () => signals > 0;
}

/** Bytes of the log that are shown. */
const MOST = 4096;

/** What was written to the log meanwhile, for one that has ended without a word of its own. */
function tailOf(path: string, from: number): string {
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  const start = Math.max(from, size - MOST);
  const bytes = Buffer.alloc(Math.max(0, size - start));
  const read = readSync(fd, bytes, 0, bytes.length, start);
  closeSync(fd);
  const text = bytes.toString('utf8', 0, read).trim();
  if (text !== '') return `; in ${path} stands:\n${text}`;
  return `; it has left nothing in ${path}${isFull(path) ? ', as that disk is full: make room, or name another --log-file' : ''}`;
}

/** Whether nothing more can be written where this file is. */
export function isFull(path: string): boolean {
  try {
    return statfsSync(path).bavail === 0;
  } catch {
    return false;
  }
}
