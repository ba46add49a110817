/** Echo: an application in three processes or in one, beside a bare server, under the same load. */
import { Child } from './child.js';
import type { Settings } from './codec.js';
import type { EchoRequest } from './load/echo.js';
import type { Row } from './report.js';
import { sideBySide, startBare, startOne, startThree } from './servers.js';
import { inPairs, middle, timesOf } from './under-load.js';

const CONNECTIONS = 50;

const setups = [
  { name: 'three processes', start: startThree, targets: { 1: 1.0, 16: 0.4 } },
  { name: 'one process', start: startOne, targets: { 1: undefined, 16: 0.5 } },
] as const;

export async function measureEcho({ pairs, round, narrate }: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  const load = new Child('load/echo');
  try {
    for (const { name, start, targets } of setups) {
      await sideBySide(
        start,
        () => startBare('bare-echo'),
        async (ours, bare) => {
          for (const window of [1, 16] as const) {
            narrate(`echo, ${name}, window ${window} ...`);
            const samples = await inPairs(load, ours, bare, pairs, (port): EchoRequest => {
              return { port, connections: CONNECTIONS, window, ...timesOf(round) };
            });
            const [mine, other] = [middle(samples, 0), middle(samples, 1)];
            rows.push({
              section: 'echo',
              what: `echo of 64 bytes, ${CONNECTIONS} connections, window ${window}`,
              subject: { name, unit: 'messages/s', value: mine.rate, cpu: mine.cpu },
              other: { name: 'bare net', unit: 'messages/s', value: other.rate, cpu: other.cpu },
              ratios: samples.map(([a, b]) => a.rate / b.rate),
              target: targets[window],
            });
          }
        },
      );
    }
  } finally {
    await load.stop();
  }
  return rows;
}
