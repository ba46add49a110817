/** Applications with a supervisor, for tests of what becomes of them. */
import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { type ControlClient, connectTo } from '../../src/control/index.js';
import { realPlatform } from '../../src/net/index.js';
import { Gw, lineApp } from './gw.js';
import { LineClient } from './line-client.js';
import { livingIn, newRunDir } from './run-dir.js';
import { PATIENCE, until } from './wait.js';

export interface Application {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  start(...more: string[]): Gw;
  /** Runs another `gw` command to its end. */
  command(name: string, ...more: string[]): Promise<Gw>;
  /** Asks a process over its control socket. */
  ask(name: string, call: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  pidOf(name: string): Promise<number>;
  client(address: string, name: string): Promise<LineClient>;
}

export function application(t: Test, more: Readonly<Record<string, string>> = {}): Application {
  const dir = newRunDir();
  const env = { GW_RUN_DIR: dir, ...more };
  t.teardown(async () => {
    for (const pid of livingIn(dir)) process.kill(pid, 'SIGKILL');
    await until(() => livingIn(dir).length === 0, 'all to end');
  });
  const ask: Application['ask'] = async (name, call, args) => {
    const client = (await connectTo(dir, name, realPlatform())) as ControlClient | undefined;
    if (client === undefined) throw new Error(`There is no ${name}`);
    return client.ask(call, args, PATIENCE).finally(() => client.close());
  };
  return {
    dir,
    env,
    start: (...args) => new Gw(['start', lineApp, '--register', 'tcp://127.0.0.1:0', ...args], env),
    async command(name, ...args) {
      const gw = new Gw([name, lineApp, ...args], env);
      await gw.ended();
      return gw;
    },
    ask,
    pidOf: async name => ((await ask(name, 'hello')) as { pid: number }).pid,
    async client(address, name) {
      const client = await LineClient.connect(address);
      t.teardown(() => client.close());
      await client.login(name);
      return client;
    },
  };
}

/** One that has ended counts as such even if nobody has asked how. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
