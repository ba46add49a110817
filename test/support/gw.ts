/** Starts `gw` as a process of its own and reads what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { newRunDir } from './run-dir.js';
import { PATIENCE, until } from './wait.js';

const program = fileURLToPath(new URL('../../src/app/cli/main.js', import.meta.url));
export const lineApp = fileURLToPath(new URL('./line-app.js', import.meta.url));

/** A command that goes on running. */
export class Started {
  stdout = '';
  stderr = '';
  /** Exit code, or the signal's name. */
  exit: number | string | undefined;
  readonly process: ChildProcess;

  /** @param env all of it: the test runner's own hooks are left out. */
  constructor([command, ...args]: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd?: string) {
    this.process = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
    this.process.stdout!.on('data', b => {
      this.stdout += b;
    });
    this.process.stderr!.on('data', b => {
      this.stderr += b;
    });
    this.process.on('exit', () => {
      // What it has started may outlive it, and has its pipes too: nobody has to wait for that.
      for (const pipe of [this.process.stdout, this.process.stderr]) (pipe as Socket).unref();
    });
    this.process.on('close', (code, signal) => {
      this.exit = code ?? signal ?? 'unknown';
    });
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Waits for the first match of the pattern on stdout; returns its first group. */
  async says(pattern: RegExp, within = PATIENCE): Promise<string> {
    await until(() => pattern.test(this.stdout) || this.exit !== undefined, String(pattern), within).catch(error => {
      throw new Error(`${error.message}; stdout: ${this.stdout} stderr: ${this.stderr}`);
    });
    const match = pattern.exec(this.stdout);
    if (match === null) throw new Error(`gw ended with ${this.exit}: ${this.stderr}`);
    return match[1] ?? match[0];
  }

  async complains(pattern: RegExp, within = PATIENCE): Promise<void> {
    await until(() => pattern.test(this.stderr), `${pattern} on stderr, which has: ${this.stderr}`, within);
  }

  async ended(within = PATIENCE): Promise<number | string> {
    await until(() => this.exit !== undefined, 'gw to end', within);
    return this.exit!;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.exit === undefined) this.process.kill(signal);
  }

  async stop(): Promise<void> {
    this.kill('SIGTERM');
    await this.ended();
  }
}

export class Gw extends Started {
  readonly runDir: string;

  /** @param under a command that runs it. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, under: readonly string[] = []) {
    const runDir = env.GW_RUN_DIR ?? newRunDir();
    const all = { PATH: process.env.PATH, GW_RUN_DIR: runDir, GW_LOG_FORMAT: 'pretty', ...env };
    super([...under, process.execPath, program, ...args], all);
    this.runDir = runDir;
  }
}
