/** Connections before they are clients: headers of proxies, and who is let in, on a simulated network and clock. */
import t, { type Test } from 'tap';
import { Admission } from '../../src/gateway/index.js';
import { defineApp, type GatewaySettings, type ListenerConfig, startAll } from '../../src/index.js';
import { neighbourhood, parseAddress } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { lineProtocol } from '../support/line-protocol.js';
import { Caller } from '../support/line-world.js';
import { MemoryLogger } from '../support/memory-logger.js';

const HEADER = 'PROXY TCP4 203.0.113.7 10.0.0.1 51234 8282\r\n';

async function serve(
  t: Test,
  proxy: ListenerConfig['proxy'],
  limits: ListenerConfig['limits'] = {},
  gateway: GatewaySettings = {},
) {
  const world = new World({ seed: 3, weather: { latency: [0, 2], shreds: 0 } });
  const server = world.process('server');
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol({ login: false }), limits };
  const app = defineApp({ listeners: [{ ...listener, events: async () => ({}), ...(proxy && { proxy }) }], gateway });
  world.play();
  const running = await startAll(app, { platform: server.platform, logger: new MemoryLogger() });
  t.teardown(() => world.halt());
  const served = running.gateway!;
  let count = 0;
  const call = (host: string, ...pieces: string[]) => {
    const caller = new Caller();
    const process = world.process(`caller ${++count}`, host);
    const connection = process.dial(parseAddress(running.listening[0]!.address), caller);
    for (const [i, piece] of pieces.entries())
      world.after(5 + 5 * i, () => connection.write(Buffer.from(piece, 'latin1')));
    return { caller, connection };
  };
  const peers = () => [...served.tables.byId.values()].map(c => c.connection.peer);
  return { world, gateway: served, running, call, peers };
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
  t.equal(gateway.door.entering, 0);
  t.same(gateway.door.refusals, {});
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
  t.same([turned.caller.text, refusing.gateway.door.refusals], ['', { untrusted: 1 }]);

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
  t.same(gateway.door.refusals, { 'proxy-header': 2 });

  const slow = call(PROXY, 'PROXY TCP4 ');
  const silent = call(PROXY);
  const gone = call(PROXY, 'PROXY');
  await world.run(500);
  gone.connection.destroy();
  await world.run(500);
  t.equal(gateway.door.entering, 2);
  const good = call(PROXY, HEADER, '/ping\r\n');
  t.ok(await world.until(() => good.caller.text === '* pong\r\n', 1000), 'nobody else waits');
  t.notOk(slow.caller.isClosed);
  t.ok(await world.until(() => slow.caller.isClosed && silent.caller.isClosed, 4000));
  t.same(gateway.door.refusals, { 'proxy-header': 2, 'broken-off': 1, 'handshake-timeout': 2 });
  t.same([gateway.door.entering, peers()], [0, ['203.0.113.7:51234']]);
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
  t.equal(gateway.door.entering, 0);
});

t.test('an address has so many clients, in whatever stage, and no other pays for it', async t => {
  const { world, gateway, call, peers } = await serve(t, undefined, {}, { perAddress: { clients: 2 } });
  const many = Array.from({ length: 5 }, () => call('198.51.100.1', '/ping\r\n'));
  const other = call('198.51.100.2', '/ping\r\n');
  t.ok(await world.until(() => many.filter(c => c.caller.isClosed).length === 3, 1000));
  t.ok(await world.until(() => other.caller.text === '* pong\r\n', 1000));
  t.equal(peers().length, 3);
  t.same(gateway.door.refusals, { 'address-full': 3 });
  for (const { connection } of many) connection.destroy();
  await world.run(100);
  const again = call('198.51.100.1', '/ping\r\n');
  t.ok(await world.until(() => again.caller.text === '* pong\r\n', 1000), 'places are free again');
  for (const { connection } of [again, other]) connection.destroy();
  await world.run(100);
  t.equal(gateway.door.admission.size, 0, 'nothing is kept of those who are gone');

  const proxied = await serve(t, { trusted }, {}, { perAddress: { clients: 1 } });
  const first = proxied.call(PROXY, HEADER, '/ping\r\n');
  t.ok(await proxied.world.until(() => first.caller.text === '* pong\r\n', 1000));
  const second = proxied.call(PROXY, HEADER, '/ping\r\n');
  const stranger = proxied.call(PROXY, HEADER.replace('203.0.113.7', '203.0.113.8'), '/ping\r\n');
  t.ok(
    await proxied.world.until(() => second.caller.isClosed && stranger.caller.text !== '', 1000),
    'behind a proxy too',
  );
});

t.test('an address connects so fast, and is let in again when it has calmed down', async t => {
  const { world, gateway, call } = await serve(t, undefined, {}, { perAddress: { connects: 2 } });
  const hasty = Array.from({ length: 50 }, () => call('198.51.100.1', '/ping\r\n'));
  const other = call('198.51.100.2', '/ping\r\n');
  t.ok(await world.until(() => hasty.filter(c => c.caller.isClosed).length >= 29, 1000));
  t.equal(gateway.door.refusals['address-rate'], 30);
  t.ok(await world.until(() => other.caller.text !== '', 1000));
  await world.run(1000);
  const later = [1, 2, 3].map(() => call('198.51.100.1', '/ping\r\n'));
  t.ok(await world.until(() => later.filter(c => c.caller.text !== '').length === 2, 1000), 'two more after a second');
});

t.test('who is denied is never let in; who is banned, not for a while', async t => {
  const ban = { after: 2, within: 10_000, for: 60_000 };
  const { world, gateway, call, peers } = await serve(
    t,
    undefined,
    { badFrames: 1 },
    { deny: ['203.0.113.0/24'], ban },
  );
  const denied = call('203.0.113.9', '/ping\r\n');
  t.ok(await world.until(() => denied.caller.isClosed, 1000));
  const settled = call('198.51.100.1', '/ping\r\n');
  t.ok(await world.until(() => settled.caller.text !== '', 1000));
  for (let i = 0; i < 2; i++) {
    const bad = call('198.51.100.1', '\x01\r\n');
    t.ok(await world.until(() => bad.caller.isClosed, 1000));
  }
  const banned = call('198.51.100.1', '/ping\r\n');
  t.ok(await world.until(() => banned.caller.isClosed, 1000));
  const other = call('198.51.100.2', '/ping\r\n');
  t.ok(await world.until(() => other.caller.text !== '', 1000));
  t.same([gateway.door.refusals, gateway.door.admission.bans], [{ denied: 1, banned: 1 }, 1]);
  t.equal(peers().length, 2, 'those who are in stay');
  await world.run(60_000);
  const back = call('198.51.100.1', '/ping\r\n');
  t.ok(await world.until(() => back.caller.text !== '', 1000));
});

t.test('neighbourhoods: an IPv4 address, and 64 bits of an IPv6 one', async t => {
  for (const [host, key] of [
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001::5:6:7:8:9', '2001:0:0:5'],
    ['::1', '0:0:0:0'],
    ['1::', '1:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
    ['1:2:3:4:5::', '1:2:3:4'],
  ] as const)
    t.equal(neighbourhood(host), key, host);
});

t.test('memory of a crowd of addresses is bounded by those that matter', async t => {
  const admission = new Admission({ ban: { after: 3, within: 1000 }, perAddress: { connects: 1 } });
  let most = 0;
  for (let i = 0; i < 200_000; i++) {
    const host = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    // A thousand new ones each second, and each is gone at once.
    admission.enter(host, i);
    if (i % 10 === 0) admission.misbehaved(host, i);
    admission.leave(host, i);
    most = Math.max(most, admission.size);
  }
  t.ok(most < 8192, `${most} at most`);
});

t.test('the time of a ban begins with the first bad client, and a ban makes good what led to it', async t => {
  const admission = new Admission({ ban: { after: 3, within: 1000, for: 100 } });
  admission.enter('198.51.100.1', 0);
  t.same(
    [900, 950, 1050].map(now => admission.misbehaved('198.51.100.1', now)),
    [undefined, undefined, 100],
  );
  t.equal(admission.enter('198.51.100.1', 1100), 'banned');
  t.equal(admission.misbehaved('198.51.100.1', 1200), undefined, 'one more is not three');
  t.equal(admission.enter('198.51.100.1', 1200), undefined);
});

t.test('settings that make no sense are said at the start', async t => {
  const wrong: readonly [settings: object, message: RegExp][] = [
    [{ deny: '10.0.0.0/8' }, /"deny" of a gateway is a list/],
    [{ deny: ['10.0.0.0/64'] }, /"10\.0\.0\.0\/64" in "deny" of a gateway is no network/],
    [{ ban: true }, /"ban" of a gateway says when; write \{ after: 10 \}/],
    [{ ban: { after: 1, befor: 1 } }, /There is no "befor" in "ban" of a gateway; there are after, within, for/],
    [{ perAddress: { client: 1 } }, /There is no "client" in "perAddress" of a gateway; there are clients, connects/],
    [{ bann: {} }, /There is no "bann" in "gateway" of an application/],
    [{ ban: { after: 0 } }, /"after" in "ban" of a gateway is a number above 0/],
  ];
  for (const [settings, message] of wrong) {
    const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: async () => ({}) };
    t.throws(() => defineApp({ listeners: [listener], gateway: settings }), { code: 'FG_CONFIG', message });
  }
});
