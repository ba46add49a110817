/** Runs the simulation in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('main.js', import.meta.url));

export interface Run {
  readonly exit: number | null;
  readonly output: string;
  readonly errors: string;
}

export function run(...args: string[]): Promise<Run> {
  return runUntil(() => false, ...args);
}

/** Interrupts it, as Ctrl-C does, as soon as what it has said on its error output is what was waited for. */
export function runUntil(isEnough: (errors: string) => boolean, ...args: string[]): Promise<Run> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [main, ...args], { env: {} });
    let output = '';
    let errors = '';
    child.stdout.on('data', b => {
      output += b;
    });
    child.stderr.on('data', b => {
      errors += b;
      if (isEnough(errors)) child.kill('SIGINT');
    });
    child.on('close', exit => resolve({ exit, output, errors }));
  });
}
