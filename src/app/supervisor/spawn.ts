/** Starts a process of an application that outlives whoever starts it: a supervisor, or a gateway that hands down its sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { errorText } from '../../protocol/index.js';
import { startVariables } from '../environment.js';

export interface Spawned {
  /** Absent: it cannot even be run. */
  readonly pid: number | undefined;
  /** How it has ended, as a part of a sentence. */
  readonly ended: Promise<string>;
}

/** The first descriptor behind the usual ones. */
const FIRST_FD = 3;

/**
 * @param program the `gw` of this process
 * @param line what `gw` is told
 * @param fds bound sockets for the process to listen on
 */
export function spawnGw(program: string, line: readonly string[], fds: readonly number[]): Spawned {
  const listen = fds.length === 0 ? [] : ['--listen-fd', ...fds.map((_, i) => String(i + FIRST_FD))];
  // An interrupt at the terminal is for the supervisor, which then stops the others in order.
  return run(program, [...line, ...listen], ['inherit', 'inherit', ...fds], inherited());
}

/** A process of a session of its own, which writes to this descriptor what it says. */
export function spawnDaemon(program: string, line: readonly string[], log: number): Spawned {
  return run(program, line, [log, log], process.env);
}

function run(
  program: string,
  line: readonly string[],
  out: readonly (number | 'inherit')[],
  env: NodeJS.ProcessEnv,
): Spawned {
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...process.execArgv, program, ...line], {
      stdio: ['ignore', ...out],
      detached: true,
      env,
    });
  } catch (error) {
    return { pid: undefined, ended: Promise.resolve(`cannot be run (${errorText(error)})`) };
  }
  const ended = new Promise<string>(resolve => {
    // Without a process there will be no exit.
    child.on('error', error => {
      if (child.pid === undefined) resolve(`cannot be run (${error.message})`);
    });
    child.on('exit', (code, signal) =>
      resolve(signal === null ? `ended with code ${code}` : `was killed by ${signal}`),
    );
  });
  return { pid: child.pid, ended };
}

/** What a supervisor has been told by its environment it tells its processes itself, each what is for it. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !startVariables.has(name)));
}
