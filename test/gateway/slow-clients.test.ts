/** Clients that do not read as fast as they are sent to: what is left out, what never is, and that all of it is counted. */
import t, { type Test } from 'tap';
import {
  accept,
  type Client,
  defineApp,
  type Events,
  type GatewaySettings,
  type ListenerLimits,
  message,
  startAll,
  type Worker,
} from '../../src/index.js';
import { parseAddress } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { arena } from '../fixtures/generated/game/codec.js';
import type { Arena } from '../fixtures/generated/game/types.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Device } from '../support/device.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

/** What the system takes by itself. */
const ROOM = 4096;
const LINE = 'x'.repeat(80);

async function serve(t: Test, limits: ListenerLimits, events: Events<Arena> = {}, gateway: GatewaySettings = {}) {
  const world = new World({ seed: 5, weather: { latency: [0, 2], shreds: 0, room: ROOM } });
  const logger = new MemoryLogger();
  let worker: Worker<Arena> | undefined;
  const clients: Client<Arena>[] = [];
  const all: Events<Arena> = {
    onWorkerStart(w) {
      worker = w;
    },
    onHello(client, { nick }) {
      clients.push(client);
      return accept({ self: 1, team: 'red', tick: nick.length });
    },
    ...events,
  };
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: arena, events: async () => all, limits };
  world.play();
  const app = defineApp({ listeners: [listener], gateway });
  const running = await startAll(app, { platform: world.process('server').platform, logger });
  t.teardown(() => world.halt());
  const connect = async (nick: string) => {
    const { platform } = world.process(nick);
    const device = new Device(platform.net, parseAddress(running.listening[0]!.address), arena);
    device.send('hello', { build: 1, token: '', nick });
    t.ok(await world.until(() => device.values('welcome').length === 1, 1000), `${nick} is in`);
    return device;
  };
  /** In many turns. */
  const say = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) {
      worker!.sendToAll('chat', { from: String(n), line: LINE });
      await world.run(1);
    }
  };
  const told = (device: Device): number[] => device.values('chat').map(({ from }) => Number(from));
  return { world, gateway: running.gateway!, logger, worker: worker!, clients, connect, say, told };
}

const isRising = (list: readonly number[]): boolean => list.every((n, i) => i === 0 || n > list[i - 1]!);
const limits = { sendBuffer: 8192, sendBufferLow: 2048 };

t.test(
  'what has waited longest, or what is new, is left out; all of it is counted, and nobody else misses any',
  async t => {
    for (const slowClient of ['drop-oldest', 'drop-newest'] as const) {
      const { world, gateway, logger, connect, say, told } = await serve(t, { ...limits, slowClient });
      const [slow, good] = [await connect('slow'), await connect('good')];
      slow.pause();
      await say(1, 500);
      t.ok(
        gateway.buffers.output > 4096 && gateway.buffers.output <= 2048 + 8192 + 1024,
        `${gateway.buffers.output} bytes`,
      );
      slow.resume();
      await world.run(1000);
      await say(501, 510);
      await world.run(1000);
      t.same(
        told(good),
        Array.from({ length: 510 }, (_, i) => i + 1),
        slowClient,
      );
      const heard = told(slow);
      t.ok(isRising(heard), 'in order');
      t.same(
        heard.slice(0, 40),
        Array.from({ length: 40 }, (_, i) => i + 1),
        'what was on its way came',
      );
      t.same(
        heard.slice(-10),
        Array.from({ length: 10 }, (_, i) => 501 + i),
        'it is as others again',
      );
      t.equal(heard.includes(500), slowClient === 'drop-oldest');
      const left = 510 - heard.length;
      t.same({ ...gateway.dropped.messages }, { 'arena.chat': left });
      t.ok(gateway.dropped.bytes['arena.chat']! > 80 * left);
      t.same(gateway.closes, {});
      t.same(gateway.buffers.output, 0);
      const said = () => logger.lines.filter(line => /too slowly|did not get/.test(line));
      t.match(said(), [/^info Client \w+\S* reads too slowly: messages to it are left out, the first is "chat"$/]);
      slow.end();
      t.ok(await world.until(() => gateway.closes['client-closed'] === 1, 20_000));
      t.match(
        said()[1],
        new RegExp(`did not get ${left} messages of ${gateway.dropped.bytes['arena.chat']} bytes in all`),
      );
      t.equal(said().length, 2);
    }
  },
);

t.test(
  'of what is replaced only the newest waits, for each value of a field or for all, in the order of the newest',
  async t => {
    const slowClient = { latest: { chat: 'from', pong: true } } as const;
    const { world, gateway, worker, connect, clients } = await serve(t, { ...limits, slowClient });
    const slow = await connect('slow');
    const [client] = clients;
    slow.pause();
    for (let n = 1; n <= 300; n++) {
      client!.send('chat', { from: `car ${n % 7}`, line: `${n} ${LINE}` });
      if (n % 100 === 0) client!.send('bought', { req: n, ok: true, gold: 1 });
      if (n % 10 === 0) worker.sendToAll('pong', { t: n });
      await world.run(1);
    }
    t.ok(gateway.buffers.output < 2048 + 4096, 'few wait');
    slow.resume();
    await world.run(1000);
    const lines = slow.values('chat').map(({ line }) => Number(String(line).split(' ')[0]));
    t.ok(isRising(lines));
    t.same(lines.slice(-7), [294, 295, 296, 297, 298, 299, 300], 'the newest of each');
    t.same(
      slow.values('bought').map(({ req }) => req),
      [100, 200, 300],
      'what is not replaced is there',
    );
    t.equal(slow.values('pong').at(-1)!.t, 300);
    const order = slow.heard.slice(-9).map(h => h.message);
    t.same(order.filter(name => name !== 'pong' && name !== 'bought').length, 7);
    const missed = gateway.dropped.messages;
    t.equal(missed['arena.chat'], 300 - lines.length);
    t.equal(missed['arena.pong'], 30 - slow.values('pong').length);
    t.same(gateway.closes, {});
  },
);

t.test('replies, requests, answers of the gateway and last messages are never left out', async t => {
  const events: Events<Arena> = {
    onBuy: (client, { req }) => client.reply('bought', { req, ok: true, gold: 1 }),
  };
  const slowClient = 'drop-newest';
  const { world, gateway, connect, clients, say, told } = await serve(t, { ...limits, slowClient }, events);
  const slow = await connect('slow');
  slow.pause();
  await say(1, 300);
  for (let req = 1; req <= 20; req++) slow.send('buy', { req, item: 1 });
  for (let n = 1; n <= 20; n++) slow.send('ping', { t: n });
  await world.run(100);
  await say(301, 320);
  clients[0]!.closeWith('chat', { from: '1000', line: 'the last' });
  await world.run(10);
  slow.resume();
  t.ok(await world.until(() => slow.isClosed, 5000));
  t.same(
    slow.values('bought').map(({ req }) => req),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  t.equal(slow.values('pong').length, 20);
  t.same([told(slow).at(-1), slow.heard.at(-1)!.message], [1000, 'chat']);
  t.ok(gateway.dropped.messages['arena.chat']! > 100);
  t.same(gateway.closes, { 'server-closed': 1 });
});

t.test('with too much of what is never left out the client is closed all the same', async t => {
  for (const slowClient of ['drop-oldest', 'drop-newest', { latest: { pong: true } }] as const) {
    const { world, gateway, connect, clients } = await serve(t, { ...limits, slowClient });
    const slow = await connect('slow');
    slow.pause();
    for (let n = 0; n < 300 && gateway.closes['slow-client'] === undefined; n++) {
      if (typeof slowClient === 'object') clients[0]!.send('chat', { from: '1', line: LINE });
      else for (let i = 0; i < 10; i++) slow.send('ping', { t: n });
      await world.run(1);
    }
    t.same(gateway.closes, { 'slow-client': 1 });
    t.ok(await world.until(() => gateway.buffers.output === 0, 1000));
  }
});

t.test('the longest wait takes no room that grows, and raw frames are named as they can be', async t => {
  const slowClient = { latest: { pong: true } } as const;
  const { world, gateway, worker, connect, clients } = await serve(t, { ...limits, slowClient });
  const slow = await connect('slow');
  slow.pause();
  for (let n = 0; n < 60; n++) clients[0]!.send('chat', { from: '1', line: LINE });
  await world.run(10);
  for (let n = 0; n < 20_000; n++) {
    worker.sendToAll('pong', { t: n });
    if (n % 100 === 0) await world.run(1);
  }
  worker.sendToAll(message(arena, Buffer.from('0583ffffffff', 'hex')));
  worker.sendToAll(message(arena, Buffer.from('0270', 'hex')));
  await world.run(10);
  t.ok(gateway.buffers.output < 20_000, `${gateway.buffers.output}`);
  slow.resume();
  await world.run(1000);
  t.equal(slow.values('pong').at(-1)!.t, 0xffffffff);
  t.equal(gateway.dropped.messages['arena.pong'], 20_001 - slow.values('pong').length);
});

t.test('over real sockets, with TLS and without', { skip: noOpenssl }, async t => {
  const authority = new Authority();
  t.teardown(() => authority.remove());
  const { cert, key } = authority.issue('slow', 30);
  for (const scheme of ['tcp', 'tls'] as const) {
    let worker: Worker | undefined;
    const events = {
      onWorkerStart(w: Worker) {
        worker = w;
      },
    };
    const listener = {
      listen: `${scheme}://127.0.0.1:0`,
      protocol: lineProtocol({ login: false }),
      events: async () => events as never,
      limits: { sendBuffer: 200_000, slowClient: 'drop-oldest' as const },
      ...(scheme === 'tls' && { tls: { cert, key } }),
    };
    const running = await startAll(defineApp({ listeners: [listener] }), { logger: new MemoryLogger() });
    t.teardown(() => running.stop());
    const slow = await LineClient.connect(running.listening[0]!.address, { rejectUnauthorized: false });
    t.teardown(() => slow.close());
    const { dropped, buffers, closes } = running.gateway!;
    const count = (): number => Object.values(dropped.messages).reduce((sum, n) => sum + n, 0);
    slow.send('/ping');
    await slow.line('* pong');
    slow.socket.pause();
    let sent = 0;
    const text = 'x'.repeat(8000);
    const more = () =>
      (worker as unknown as Worker<never>).sendToAll('answer' as never, { text: `${++sent} ${text}` } as never);
    await until(async () => {
      for (let i = 0; i < 20; i++) more();
      await new Promise(resolve => setImmediate(resolve));
      return count() > 50;
    }, 'some to be left out');
    t.ok(buffers.output < 1_500_000);
    slow.socket.resume();
    await until(() => {
      more();
      return buffers.output === 0;
    }, 'the client to catch up');
    slow.send('/ping');
    await slow.line('* pong');
    t.same(closes, {}, scheme);
  }
});
