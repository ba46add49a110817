/** What a link between a gateway and a worker, or a program beside it, may cost: credit while output jams, and the number of links. */
import t from 'tap';
import { accept, defineApp, startAll } from '../../src/index.js';
import { type Hello, Introduction, KeyRing, type Link, memoryLink } from '../../src/link/index.js';
import { realPlatform } from '../../src/net/index.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const platform = realPlatform();
/** What a worker grants at first, and the output beyond which it grants no more. */
const CREDIT_EVENTS = 8192;
const JAMMED = 4 * 1024 * 1024;
const MOST_LINKS = 4096;
/** A turn or two. */
const aWhile = () => new Promise(resolve => setTimeout(resolve, 50));

async function serve(t: { teardown(run: () => unknown): void }) {
  let handled = 0;
  const app = defineApp({
    listeners: [
      {
        listen: 'tcp://127.0.0.1:0',
        protocol: lineProtocol(),
        events: () =>
          Promise.resolve({
            onLogin: (_: unknown, { name }: { name: string }) => accept({ name }),
            onSay() {
              handled++;
            },
          }),
      },
    ],
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const ann = await LineClient.connect(running.listening[0]!.address);
  t.teardown(() => ann.close());
  await ann.login('ann');
  return { running, gateway: running.gateway!, worker: running.worker!, ann, handled: () => handled };
}

t.test('a worker whose output jams takes no more than it has granted, and goes on when it has drained', async t => {
  const { running, worker, ann, handled } = await serve(t);
  const [peer] = worker.gateways.ready();
  const { link } = peer!;
  let queued = JAMMED;
  Object.defineProperty(link, 'queued', { get: () => queued });
  const say = (count: number) => ann.send(...Array.from({ length: count }, () => 'hello'));
  say(100);
  await until(() => handled() === 100, 'what comes as long as it does not jam');
  const granted = worker.settled;
  queued = JAMMED + 1;
  say(CREDIT_EVENTS + 100);
  await until(() => handled() === 100 + CREDIT_EVENTS, 'all that was granted');
  await aWhile();
  t.equal(handled(), 100 + CREDIT_EVENTS, 'and no more');
  t.equal(worker.settled, granted);
  const bob = await LineClient.connect(running.listening[0]!.address);
  t.teardown(() => bob.close());
  bob.send('/ping');
  await bob.line('* pong');
  queued = 0;
  link.wake();
  await until(() => handled() === CREDIT_EVENTS + 200, 'the rest');
});

t.test('4,096 links are taken, and the next one when one of them has gone', async t => {
  const { gateway, ann } = await serve(t);
  const pusher: Hello = { role: 'pusher', id: 'p', epoch: 'e', creditEvents: 0, creditBytes: 0, protocols: [] };
  let met = 0;
  const refused: string[] = [];
  const dial = (): Link => {
    const [theirs, own] = memoryLink(platform.turn);
    gateway.addWorker(theirs);
    new Introduction(own, {
      platform,
      side: 'dialled',
      wanted: ['gateway'],
      keys: new KeyRing(),
      own: () => ({ ...pusher, id: `p${met}` }),
      met() {
        met++;
        own.attach({ record() {}, flushing() {}, closed() {} });
      },
      failed: why => refused.push(why),
    });
    return own;
  };
  const links: Link[] = [];
  while (gateway.peers.size < MOST_LINKS) {
    // A few handshakes at once are as many as it takes.
    const batch = Math.min(32, MOST_LINKS - gateway.peers.size);
    const so = gateway.peers.size + batch;
    for (let i = 0; i < batch; i++) links.push(dial());
    await until(() => gateway.peers.size === so, `${so} links`);
  }
  t.equal(met, MOST_LINKS - 1, 'with the worker');
  dial();
  await until(() => refused.length === 1, 'the refusal');
  t.match(refused, [/too many links/]);
  t.equal(gateway.peers.size, MOST_LINKS);
  links[0]!.close();
  await until(() => gateway.peers.size === MOST_LINKS - 1, 'one to go');
  dial();
  await until(() => met === MOST_LINKS, 'the next');
  ann.send('/ping');
  await ann.line('* pong');
});
