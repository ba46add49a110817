/** Connections before they are clients: headers of proxies, on a simulated network and clock. */
import t, { type Test } from 'tap';
import { defineApp, type ListenerConfig, startAll } from '../../src/index.js';
import { type ConnectionHandler, parseAddress } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

const HEADER = 'PROXY TCP4 203.0.113.7 10.0.0.1 51234 8282\r\n';

class Caller implements ConnectionHandler {
  text = '';
  isClosed = false;

  data(b: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(b.subarray(start, end)).toString('latin1');
  }

  ended(): void {
    this.isClosed = true;
  }

  closed(): void {
    this.isClosed = true;
  }
}

async function serve(t: Test, proxy: ListenerConfig['proxy'], limits: ListenerConfig['limits'] = {}) {
  const world = new World({ seed: 3, weather: { latency: [0, 2], shreds: 0 } });
  const server = world.process('server');
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol({ login: false }), limits };
  const app = defineApp({ listeners: [{ ...listener, events: async () => ({}), ...(proxy && { proxy }) }] });
  world.play();
  const running = await startAll(app, { platform: server.platform, logger: new MemoryLogger() });
  t.teardown(() => world.halt());
  const gateway = running.gateway!;
  let count = 0;
  const call = (host: string, ...pieces: string[]) => {
    const caller = new Caller();
    const process = world.process(`caller ${++count}`, host);
    const connection = process.dial(parseAddress(running.listening[0]!.address), caller);
    for (const [i, piece] of pieces.entries())
      world.after(5 + 5 * i, () => connection.write(Buffer.from(piece, 'latin1')));
    return { caller, connection };
  };
  const peers = () => [...gateway.tables.byId.values()].map(c => c.connection.peer);
  return { world, gateway, running, call, peers };
}

const PROXY = '10.0.0.9';
const trusted = ['10.0.0.0/8'];

t.test('a client behind a proxy has its own address, and what follows the header is its first message', async t => {
  const { world, gateway, call, peers } = await serve(t, { trusted });
  for (const [title, ...pieces] of [
    ['at once', `${HEADER}/ping\r\n`],
    ['header and message apart', HEADER, '/ping\r\n'],
    ['byte by byte', ...`${HEADER}/ping\r\n`],
  ] as const) {
    const { caller, connection } = call(PROXY, ...pieces);
    t.ok(await world.until(() => caller.text === '* pong\r\n', 2000), title);
    t.same(peers(), ['203.0.113.7:51234'], title);
    connection.destroy();
    t.ok(await world.until(() => peers().length === 0, 2000), 'gone');
  }
  t.equal(gateway.entering, 0);
  t.same(gateway.refusals, {});
});

t.test('a proxy that speaks for itself is a client under its own address', async t => {
  const { world, call, peers } = await serve(t, { trusted });
  const { caller } = call(PROXY, 'PROXY UNKNOWN\r\n/ping\r\n');
  t.ok(await world.until(() => caller.text === '* pong\r\n', 2000));
  t.match(peers(), [/^10\.0\.0\.9:/]);
});

t.test('those who do not come through a proxy are refused, or served without a header', async t => {
  const refusing = await serve(t, { trusted });
  const turned = refusing.call('198.51.100.1', HEADER, '/ping\r\n');
  t.ok(await refusing.world.until(() => turned.caller.isClosed, 2000));
  t.same([turned.caller.text, refusing.gateway.refusals], ['', { untrusted: 1 }]);

  const direct = await serve(t, { trusted, others: 'direct' });
  const served = direct.call('198.51.100.1', '/ping\r\n');
  t.ok(await direct.world.until(() => served.caller.text === '* pong\r\n', 2000));
  t.match(direct.peers(), [/^198\.51\.100\.1:/]);
  const forged = direct.call('198.51.100.2', HEADER, '/ping\r\n');
  t.ok(await direct.world.until(() => forged.caller.text.includes('pong'), 2000));
  t.notOk(direct.peers().includes('203.0.113.7:51234'), 'nobody else is believed');
});

t.test('a header that is none, does not end, or does not come costs its connection', async t => {
  const { world, gateway, call, peers } = await serve(t, { trusted }, { handshake: 3000 });
  const none = call(PROXY, 'GET / HTTP/1.1\r\n');
  t.ok(await world.until(() => none.caller.isClosed, 1000), 'none');
  const endless = call(PROXY, ...Array.from({ length: 60 }, () => 'PROXY TCP4'));
  t.ok(await world.until(() => endless.caller.isClosed, 1000), 'endless');
  t.same(gateway.refusals, { 'proxy-header': 2 });

  const slow = call(PROXY, 'PROXY TCP4 ');
  const silent = call(PROXY);
  const gone = call(PROXY, 'PROXY');
  await world.run(500);
  gone.connection.destroy();
  await world.run(500);
  t.equal(gateway.entering, 2);
  const good = call(PROXY, HEADER, '/ping\r\n');
  t.ok(await world.until(() => good.caller.text === '* pong\r\n', 1000), 'nobody else waits');
  t.notOk(slow.caller.isClosed);
  t.ok(await world.until(() => slow.caller.isClosed && silent.caller.isClosed, 4000));
  t.same(gateway.refusals, { 'proxy-header': 2, 'broken-off': 1, 'handshake-timeout': 2 });
  t.same([gateway.entering, peers()], [0, ['203.0.113.7:51234']]);
});

t.test('connections that are not clients yet take places of clients', async t => {
  const { world, gateway, call } = await serve(t, { trusted }, { clients: 2, handshake: 3000 });
  call(PROXY);
  call(PROXY, 'PROXY');
  await world.run(100);
  const third = call(PROXY, HEADER, '/ping\r\n');
  t.ok(await world.until(() => third.caller.isClosed, 1000));
  t.equal(gateway.closes['too-many-clients'], 1);
  await world.run(4000);
  const fourth = call(PROXY, HEADER, '/ping\r\n');
  t.ok(await world.until(() => fourth.caller.text === '* pong\r\n', 1000), 'they are free again');
});

t.test('a gateway that stops does not wait for them', async t => {
  const { world, gateway, running, call } = await serve(t, { trusted });
  const { caller } = call(PROXY, 'PROXY');
  await world.run(100);
  let stopped = false;
  void running.stop().then(() => {
    stopped = true;
  });
  t.ok(await world.until(() => stopped && caller.isClosed, 3000));
  t.equal(gateway.entering, 0);
});
