/** Many clients: what each costs in memory, what their number does to the cost of a message, and how fast they can come. */
import { Child } from './child.js';
import type { Settings } from './codec.js';
import type { First } from './load/arrive.js';
import type { CrowdRequest } from './load/crowd.js';
import type { PacedRequest } from './load/paced.js';
import type { StormRequest } from './load/storm.js';
import type { Memory, MemoryRequest } from './preload.js';
import type { Row } from './report.js';
import { type Running, sideBySide, startBare, startThree, stopAll } from './servers.js';
import { median } from './statistics.js';
import { inPairs, middle, timesOf } from './under-load.js';

/** Clients between which the slope of memory is taken. */
const FEW = 5000;
const MANY = 15_000;
/** Bytes for a client, beyond those of a bare socket. */
const MOST_BYTES = 3000;
/** The same messages a second, from so few clients and from {@link MANY}. */
const RATE = 15_000;
const FEWEST = 100;
/** Times as much as the bare server's own growth. */
const MOST_GROWTH = 1.15;
/** Clients that come in a second, to those of a bare server. */
const STORM = 0.5;
/** Clients that come at the same time. */
const AT_ONCE = 100;

/** Milliseconds of a measurement in which the processor's clock of 10 ms is fine enough at {@link RATE}. */
const LONG = 4000;

const bare = (): Promise<Running> => startBare('bare-echo');
const withLogin = (): Promise<Running> => startThree('crowd');

export async function measureCrowd(settings: Settings): Promise<Row[]> {
  return [await memory(settings), await growth(settings), await storm(settings)];
}

async function memory({ pairs, narrate }: Settings): Promise<Row> {
  const beyond: number[] = [];
  for (let i = 0; i < Math.min(pairs, 3); i++) {
    narrate(`memory of ${FEW} and of ${MANY} clients ...`);
    const mine = await slope(withLogin, 'login');
    const other = await slope(bare, 'echo');
    narrate(`  ${Math.round(mine)} bytes for a client, ${Math.round(other)} for a bare socket`);
    beyond.push(mine - other);
  }
  return {
    section: 'crowd',
    what: `memory of gateway and worker for one more client with a session, from ${FEW} to ${MANY}, beyond that of a bare socket`,
    subject: { name: 'three processes', value: median(beyond), unit: 'bytes' },
    other: { name: 'the bar', value: MOST_BYTES, unit: 'bytes' },
    ratios: beyond.map(bytes => bytes / MOST_BYTES),
    most: 1,
  };
}

/** Bytes for one more client in its server processes, garbage collected. */
async function slope(start: () => Promise<Running>, first: First): Promise<number> {
  const running = await start();
  const load = new Child('load/crowd');
  try {
    const sizes: number[] = [];
    for (const clients of [FEW, MANY]) {
      await load.ask({ port: running.port, first, clients } satisfies CrowdRequest);
      sizes.push(await memoryOf(running));
    }
    return (sizes[1]! - sizes[0]!) / (MANY - FEW);
  } finally {
    await load.stop();
    await stopAll(running);
  }
}

async function memoryOf({ servers }: Running): Promise<number> {
  let bytes = 0;
  for (const server of servers) {
    bytes += (await server.ask<Memory>({ measure: 'memory' } satisfies MemoryRequest)).rss;
  }
  return bytes;
}

async function growth({ pairs, round, narrate }: Settings): Promise<Row> {
  const load = new Child('load/paced');
  const times = { warm: 1000, measure: Math.max(timesOf(round).measure, round < 100 ? 0 : LONG) };
  try {
    return await sideBySide(startThree, bare, async (ours, other) => {
      const costs = async (connections: number): Promise<[number, number][]> => {
        narrate(`${RATE} messages a second from ${connections} clients ...`);
        const samples = await inPairs(load, ours, other, Math.min(pairs, 5), (port): PacedRequest => {
          return { port, connections, rate: RATE, ...times };
        });
        return samples.map(([a, b]) => [a.cpu ?? Number.NaN, b.cpu ?? Number.NaN]);
      };
      const few = await costs(FEWEST);
      const many = await costs(MANY);
      const grown = (side: 0 | 1): number => median(many.map(pair => pair[side])) / median(few.map(pair => pair[side]));
      return {
        section: 'crowd',
        what: `processor time for a message, ${RATE / 1000} k messages/s from ${MANY} clients : from ${FEWEST}`,
        subject: { name: 'three processes', value: grown(0), unit: 'x' },
        other: { name: 'bare net', value: grown(1), unit: 'x' },
        ratios: many.map(([mine, theirs], i) => mine / few[i]![0] / (theirs / few[i]![1])),
        most: MOST_GROWTH,
      };
    });
  } finally {
    await load.stop();
  }
}

async function storm({ pairs, round, narrate }: Settings): Promise<Row> {
  const load = new Child('load/storm');
  try {
    return await sideBySide(withLogin, bare, async (ours, other) => {
      narrate(`a storm of clients, ${AT_ONCE} at once ...`);
      const samples = await inPairs(load, ours, other, pairs, (port): StormRequest => {
        return { port, connections: AT_ONCE, first: port === ours.port ? 'login' : 'echo', ...timesOf(round) };
      });
      const [mine, bares] = [middle(samples, 0), middle(samples, 1)];
      return {
        section: 'crowd',
        what: `clients that connect, log in and go, ${AT_ONCE} at once : that connect, have one echo and go`,
        subject: { name: 'three processes', unit: 'clients/s', value: mine.rate, cpu: mine.cpu },
        other: { name: 'bare net', unit: 'clients/s', value: bares.rate, cpu: bares.cpu },
        ratios: samples.map(([a, b]) => a.rate / b.rate),
        target: STORM,
      };
    });
  } finally {
    await load.stop();
  }
}
