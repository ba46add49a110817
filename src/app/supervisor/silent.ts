/**
 * Processes that hold a control socket and do not answer: stopped, or blocked for good. Their place cannot be filled while
 * they live. Which process it is nobody says over the socket, so the system's list is looked through (Linux).
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../net/index.js';

/** A process, told from another that has its pid later. */
export interface Identity {
  readonly pid: number;
  /** When it was started, in a unit of the system's own. */
  readonly started: string;
}

/** Milliseconds until a process that was killed is gone, and between two looks. */
const GONE_WITHIN = 5000;
const LOOK_EVERY = 20;

/**
 * The one process of this user that a supervisor has started in the run dir under this name.
 * @param others pids that are known to be somebody else's
 * @returns `undefined` when there is none, or more than one that could be it
 */
export function findProcess(dir: string, name: string, others: ReadonlySet<number>): Identity | undefined {
  // One that has taken the place of another in a reload was started under a name of its own.
  const names = [name, `${name}.next`];
  const found = pids().flatMap(pid => {
    const identity = others.has(pid) ? undefined : identityOf(pid);
    return identity !== undefined && wasStarted(pid, dir, names) ? [identity] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Whether it is gone; nobody else is killed who has its pid by now. */
export async function killProcess({ pid, started }: Identity, clock: Clock): Promise<boolean> {
  const lives = (): boolean => identityOf(pid)?.started === started;
  const until = clock.now() + GONE_WITHIN;
  try {
    if (lives()) process.kill(pid, 'SIGKILL');
  } catch {}
  while (lives() && clock.now() < until) {
    await new Promise<void>(resolve => {
      clock.setTimer(LOOK_EVERY, resolve);
    });
  }
  return !lives();
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** `undefined`: it has ended, even if nobody has asked how. */
export function identityOf(pid: number): Identity | undefined {
  try {
    // Behind the name, which may have anything in it: the state, and 18 others before the time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const started = fields[19];
    return started === undefined || /^[ZX]$/.test(fields[0] ?? '') ? undefined : { pid, started };
  } catch {
    return undefined;
  }
}

function wasStarted(pid: number, dir: string, names: readonly string[]): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) return false;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const given = (option: string): string | undefined => words[words.indexOf(option) + 1];
    return given('--run-dir') === dir && names.includes(given('--as') ?? '');
  } catch {
    return false;
  }
}
