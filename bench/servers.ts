/** The servers under load: the benchmark's application in three processes or in one, and bare ones. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessInfo } from '../src/app/control-calls.js';
import { connectTo } from '../src/control/index.js';
import { realPlatform } from '../src/net/index.js';
import { Child } from './child.js';

export interface Running {
  readonly servers: readonly Child[];
  readonly port: number;
}

/** The application of `echo/`, or that of `crowd/`, which has a login. */
export type AppName = 'echo' | 'crowd';

/** The `gw` command, as users start it. */
const GW = '../src/app/cli/main';
const PRELOAD = ['--import', new URL('./preload.js', import.meta.url).href];
/** Milliseconds within which a process must be ready, and between two looks. */
const READY_WITHIN = 30_000;
const LOOK_EVERY = 20;

const platform = realPlatform();

/** One `gw start`. */
class Gw extends Child {
  readonly #runDir: string;
  readonly #role: string;

  constructor(app: AppName, runDir: string, role: 'app' | 'register' | 'gateway' | 'worker', args: readonly string[]) {
    const file = fileURLToPath(new URL(`./${app}/app.js`, import.meta.url));
    const which = role === 'app' ? [] : ['--role', role];
    super(GW, ['start', file, ...which, '--run-dir', runDir, '--log-level', 'warn', ...args], PRELOAD);
    this.#runDir = runDir;
    this.#role = role;
  }

  /** Where the other roles find it. */
  async ready(): Promise<string> {
    for (let waited = 0; waited < READY_WITHIN; waited += LOOK_EVERY) {
      this.check();
      const process = await connectTo(this.#runDir, `${this.#role}-${this.pid}`, platform);
      const info = await process?.ask('ready', {}, READY_WITHIN).finally(() => process.close());
      if (info !== undefined) return (info as ProcessInfo).inner;
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY));
    }
    throw new Error(`The ${this.#role} is not ready within ${READY_WITHIN / 1000} s`);
  }
}

/** Register, gateway and worker. */
export async function startThree(app: AppName = 'echo'): Promise<Running> {
  const servers: Child[] = [];
  const begin = async (runDir: string, role: 'register' | 'gateway' | 'worker', args: readonly string[]) => {
    const server = new Gw(app, runDir, role, args);
    servers.push(server);
    return server.ready();
  };
  return withRunDir(async runDir => {
    try {
      const port = await freePort();
      const register = await begin(runDir, 'register', ['--register', 'tcp://127.0.0.1:0']);
      await begin(runDir, 'gateway', ['--register', register, '--listen', `tcp://127.0.0.1:${port}`]);
      await begin(runDir, 'worker', ['--register', register]);
      return { servers, port };
    } catch (error) {
      await stopAll({ servers });
      throw error;
    }
  });
}

export async function startOne(): Promise<Running> {
  const port = await freePort();
  return withRunDir(async runDir => {
    const server = new Gw('echo', runDir, 'app', ['--listen', `tcp://127.0.0.1:${port}`]);
    return started(server, port, () => server.ready());
  });
}

/** @param file of `load/`: a server that is given its port */
export async function startBare(file: 'bare-echo' | 'bare-broadcast'): Promise<Running> {
  const port = await freePort();
  const server = new Child(`load/${file}`, [String(port)], PRELOAD);
  return started(server, port, () => server.ask());
}

async function started(server: Child, port: number, ready: () => Promise<unknown>): Promise<Running> {
  try {
    await ready();
    return { servers: [server], port };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Once all are ready nobody looks for them there any more. */
async function withRunDir<T>(use: (runDir: string) => Promise<T>): Promise<T> {
  const runDir = mkdtempSync(join(tmpdir(), 'framegate-bench-'));
  try {
    return await use(runDir);
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

/** The last one first: nobody then misses anybody. */
export async function stopAll({ servers }: Pick<Running, 'servers'>): Promise<void> {
  for (const server of [...servers].reverse()) await server.stop();
}

/** Starts both, hands them to `use`, and ends them. */
export async function sideBySide<T>(
  ours: () => Promise<Running>,
  bare: () => Promise<Running>,
  use: (ours: Running, bare: Running) => Promise<T>,
): Promise<T> {
  const first = await ours();
  try {
    const second = await bare();
    try {
      return await use(first, second);
    } finally {
      await stopAll(second);
    }
  } finally {
    await stopAll(first);
  }
}

/** Servers that are somebody's child say that they are ready, but not where they listen. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Microseconds of processor time, user and system, of all servers; `undefined` where there is no /proc. */
export function cpuOf(running: Running): number | undefined {
  // Behind the name, which may hold spaces: fields 14 and 15 of proc(5), in ticks of 10 ms.
  const ticks = sumOf(running, 'stat', text => {
    const fields = text.split(') ').pop()!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks && ticks * 10_000;
}

/** Microseconds that the main threads of all servers had something to do and got no core; `undefined` where there is no /proc. */
export function waitOf(running: Running): number | undefined {
  const nanoseconds = sumOf(running, 'schedstat', text => Number(text.split(' ')[1]));
  return nanoseconds && nanoseconds / 1000;
}

function sumOf({ servers }: Running, file: string, figure: (text: string) => number): number | undefined {
  let sum = 0;
  for (const { pid } of servers) {
    try {
      sum += figure(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    } catch {
      return undefined;
    }
  }
  return sum;
}
