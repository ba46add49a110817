/** The servers under load: the benchmark's application in three processes or in one, and bare ones. */
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';

export interface Running {
  readonly servers: readonly Child[];
  readonly port: number;
}

/** What `gw` tells whoever started it. */
interface Ready {
  readonly ready: true;
  /** Where the other roles find it. */
  readonly inner: string;
}

/** The `gw` command, as users start it. */
const GW = '../src/app/cli/main';
const app = fileURLToPath(new URL('./echo/app.js', import.meta.url));

/** Register, gateway and worker. */
export async function startThree(): Promise<Running> {
  const servers: Child[] = [];
  const begin = async (role: string, args: readonly string[]): Promise<string> => {
    const server = new Child(GW, ['start', app, '--role', role, '--log-level', 'warn', ...args]);
    servers.push(server);
    return (await server.ask<Ready>()).inner;
  };
  try {
    const port = await freePort();
    const register = await begin('register', ['--register', 'tcp://127.0.0.1:0']);
    await begin('gateway', ['--register', register, '--listen', `tcp://127.0.0.1:${port}`]);
    await begin('worker', ['--register', register]);
    return { servers, port };
  } catch (error) {
    await stopAll({ servers });
    throw error;
  }
}

export async function startOne(): Promise<Running> {
  const port = await freePort();
  return startSingle(GW, ['start', app, '--log-level', 'warn', '--listen', `tcp://127.0.0.1:${port}`], port);
}

/** @param file of `load/`: a server that is given its port */
export async function startBare(file: 'bare-echo' | 'bare-broadcast'): Promise<Running> {
  const port = await freePort();
  return startSingle(`load/${file}`, [String(port)], port);
}

async function startSingle(file: string, args: readonly string[], port: number): Promise<Running> {
  const server = new Child(file, args);
  try {
    await server.ask<Ready>();
    return { servers: [server], port };
  } catch (error) {
    await server.stop();
    throw error;
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
export function cpuOf({ servers }: Running): number | undefined {
  let ticks = 0;
  for (const { pid } of servers) {
    try {
      // Behind the name, which may hold spaces: fields 14 and 15 of proc(5), in ticks of 10 ms.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()!.split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      return undefined;
    }
  }
  return ticks * 10_000;
}
