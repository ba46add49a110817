/** Runs `gw-gen` as people do: a process of its own, with what it said and how it ended. */
import { type ChildProcessWithoutNullStreams, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from './wait.js';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function gen(args: readonly string[], input: string | Buffer = '', env: NodeJS.ProcessEnv = {}): Run {
  const run: SpawnSyncReturns<string> = spawnSync(process.execPath, ['dist/generator/cli/main.js', ...args], {
    encoding: 'utf8',
    input,
    env: { PATH: process.env.PATH, ...env },
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

export const noStack = (t: Tap, run: Run): void => {
  t.notMatch(`${run.out}${run.err}`, /^\s+at .*:\d+:\d+\)?$/m, 'no stack is shown');
};
type Tap = { notMatch: (text: string, pattern: RegExp, message: string) => unknown };

/** A `gw-gen` that goes on running: what it says as it says it. */
export class Running {
  out = '';
  err = '';
  /** Exit code, or the signal's name. */
  exit: number | string | undefined;
  readonly process: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[], cwd = process.cwd()) {
    const env = { PATH: process.env.PATH };
    this.process = spawn(process.execPath, [resolve('dist/generator/cli/main.js'), ...args], { cwd, env });
    this.process.stdout.on('data', b => {
      this.out += b;
    });
    this.process.stderr.on('data', b => {
      this.err += b;
    });
    this.process.on('close', (code, signal) => {
      this.exit = code ?? signal ?? 'unknown';
    });
  }

  async says(text: string): Promise<void> {
    const done = (): boolean => `${this.out}${this.err}`.includes(text) || this.exit !== undefined;
    await until(done, `"${text}" after: ${this.out}${this.err}`);
    if (!`${this.out}${this.err}`.includes(text)) throw new Error(`ended with ${this.exit}: ${this.out}${this.err}`);
  }

  async ended(): Promise<number | string> {
    await until(() => this.exit !== undefined, 'gw-gen to end');
    return this.exit!;
  }

  kill(): void {
    if (this.exit === undefined) this.process.kill('SIGKILL');
  }
}
