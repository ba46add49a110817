/** Broadcast: one message to all clients, alone and sixteen in one turn, beside a loop of `socket.write`. */
import { Child } from './child.js';
import type { Settings } from './codec.js';
import type { BroadcastRequest } from './load/broadcast.js';
import type { Row } from './report.js';
import { sideBySide, startBare, startThree } from './servers.js';
import { inPairs, middle, timesOf } from './under-load.js';

const CLIENTS = 900;
const setups = [
  { times: 1, how: 'one at a time', target: 0.9 },
  { times: 16, how: '16 in one turn', target: 6 },
] as const;

export async function measureBroadcast({ pairs, round, narrate }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  const load = new Child('load/broadcast');
  try {
    await sideBySide(
      startThree,
      () => startBare('bare-broadcast'),
      async (ours, bare) => {
        for (const { times, how, target } of setups) {
          narrate(`broadcast, ${how} ...`);
          const samples = await inPairs(load, ours, bare, pairs, (port): BroadcastRequest => {
            return { port, connections: CLIENTS, times, ...timesOf(round) };
          });
          const [mine, other] = [middle(samples, 0), middle(samples, 1)];
          rows.push({
            section: 'broadcast',
            what: `broadcast of 64 bytes to ${CLIENTS} clients, ${how}`,
            subject: { name: 'three processes', unit: 'messages/s', value: mine.rate, cpu: mine.cpu },
            other: { name: 'socket.write', unit: 'messages/s', value: other.rate, cpu: other.cpu },
            ratios: samples.map(([a, b]) => a.rate / b.rate),
            target,
          });
        }
      },
    );
  } finally {
    await load.stop();
  }
  return rows;
}
