/** Echo: an application in three processes or in one, beside a bare server, under the same load. */
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import type { Settings } from './codec.js';
import type { LoadRequest, LoadResult } from './load/generator.js';
import type { Row } from './report.js';
import { median } from './statistics.js';

const CONNECTIONS = 50;

interface Running {
  readonly servers: readonly Child[];
  readonly port: number;
}

interface Sample {
  /** Messages a second. */
  readonly rate: number;
  readonly cpu: number | undefined;
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

const setups = [
  { name: 'three processes', start: startThree, targets: { 1: 1.0, 16: 0.4 } },
  { name: 'one process', start: startOne, targets: { 1: undefined, 16: 0.5 } },
] as const;

export async function measureEcho({ pairs, round, narrate }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, start, targets } of setups) {
    const started: Running[] = [];
    const load = new Child('load/generator');
    try {
      const ours = await start();
      started.push(ours);
      const bare = await startBare();
      started.push(bare);
      for (const window of [1, 16] as const) {
        narrate(`echo, ${name}, window ${window} ...`);
        const samples: [Sample, Sample][] = [];
        // One pair more than is counted: the first warms up.
        for (let pair = 0; pair <= pairs; pair++) {
          const order = pair % 2 === 0 ? [ours, bare] : [bare, ours];
          const first = await sample(load, order[0]!, window, round);
          const second = await sample(load, order[1]!, window, round);
          if (pair > 0) samples.push(pair % 2 === 0 ? [first, second] : [second, first]);
        }
        const side = (i: 0 | 1): { value: number; cpu: number | undefined } => {
          const cpus = samples.map(s => s[i].cpu).filter(c => c !== undefined);
          return { value: median(samples.map(s => s[i].rate)), cpu: cpus.length === 0 ? undefined : median(cpus) };
        };
        rows.push({
          section: 'echo',
          what: `echo of 64 bytes, 50 connections, window ${window}`,
          subject: { name, unit: 'messages/s', ...side(0) },
          other: { name: 'bare net', unit: 'messages/s', ...side(1) },
          ratios: samples.map(([a, b]) => a.rate / b.rate),
          target: targets[window],
        });
      }
    } finally {
      await load.stop();
      for (const { servers } of started) await stopAll(servers);
    }
  }
  return rows;
}

async function sample(load: Child, running: Running, window: number, round: number): Promise<Sample> {
  const measure = Math.max(200, round * 8);
  const request: LoadRequest = {
    port: running.port,
    connections: CONNECTIONS,
    window,
    warm: Math.min(measure / 2, 400),
    measure,
  };
  await load.ask<{ measuring: true }>(request);
  const before = cpuOf(running);
  const { messages, milliseconds } = await load.ask<LoadResult>();
  const after = cpuOf(running);
  const cpu = before === undefined || after === undefined ? undefined : (after - before) / messages;
  return { rate: (messages / milliseconds) * 1000, cpu };
}

async function startThree(): Promise<Running> {
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
    await stopAll(servers);
    throw error;
  }
}

/** The last one first: nobody then misses anybody. */
async function stopAll(servers: readonly Child[]): Promise<void> {
  for (const server of [...servers].reverse()) await server.stop();
}

async function startOne(): Promise<Running> {
  const port = await freePort();
  return startSingle(GW, ['start', app, '--log-level', 'warn', '--listen', `tcp://127.0.0.1:${port}`], port);
}

async function startBare(): Promise<Running> {
  const port = await freePort();
  return startSingle('load/bare-server', [String(port)], port);
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
function cpuOf({ servers }: Running): number | undefined {
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
