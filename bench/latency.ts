/** How long the slowest hundredth of messages takes, at half of the rate that the application can do. */
import { Child } from './child.js';
import type { Settings } from './codec.js';
import type { EchoRequest } from './load/echo.js';
import type { PacedRequest } from './load/paced.js';
import type { Row } from './report.js';
import { sideBySide, startBare, startThree } from './servers.js';
import { inPairs, middle, timesOf } from './under-load.js';

const CONNECTIONS = 50;
const WINDOW = 16;
/** Times as long as the bare server, at the most. */
const MOST = 3;

export async function measureLatency({ pairs, round, narrate }: Settings): Promise<Row[]> {
  const fast = new Child('load/echo');
  const paced = new Child('load/paced');
  try {
    return await sideBySide(
      startThree,
      () => startBare('bare-echo'),
      async (ours, bare) => {
        narrate('latency: what can be done at most ...');
        const times = timesOf(round);
        const most = await inPairs(fast, ours, bare, Math.min(pairs, 3), (port): EchoRequest => {
          return { port, connections: CONNECTIONS, window: WINDOW, ...times };
        });
        const rate = Math.floor(middle(most, 0).rate / 2);
        narrate(`latency at ${rate} messages a second ...`);
        const samples = await inPairs(paced, ours, bare, pairs, (port): PacedRequest => {
          return { port, connections: CONNECTIONS, rate, ...times };
        });
        const [mine, other] = [middle(samples, 0), middle(samples, 1)];
        // Who waits for a core waits for milliseconds: that part decides about the slowest hundredth.
        narrate(
          `latency: ready, but without a core: ours ${percent(mine.waits)} of the time, bare ${percent(other.waits)}`,
        );
        return [
          {
            section: 'latency',
            what: `p99 of an echo at ${Math.round(rate / 1000)} k messages/s, half of the most`,
            subject: { name: 'three processes', unit: 'ns', value: mine.p99 * 1e6, cpu: mine.cpu },
            other: { name: 'bare net', unit: 'ns', value: other.p99 * 1e6, cpu: other.cpu },
            ratios: samples.map(([a, b]) => a.p99 / b.p99),
            most: MOST,
          },
        ];
      },
    );
  } finally {
    await fast.stop();
    await paced.stop();
  }
}

function percent(part: number | undefined): string {
  return part === undefined ? 'unknown' : `${(part * 100).toFixed(1)} %`;
}
