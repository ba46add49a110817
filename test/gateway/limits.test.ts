/** How fast clients may come and speak, and how many there may be: on a simulated network and clock. */
import fc from 'fast-check';
import t from 'tap';
import { Pace, ratesOf } from '../../src/gateway/pace.js';
import { Rate } from '../../src/gateway/rate.js';
import { defineApp, type ListenerLimits } from '../../src/index.js';
import { lineProtocol } from '../support/line-protocol.js';
import { serveLines } from '../support/line-world.js';

const PING = '/ping\r\n';

t.test('so many a second pass, and a burst at once', async t => {
  const rate = new Rate(10, 2);
  const payer = { paidAt: 0 };
  const takes = (now: number, times: number): number =>
    Array.from({ length: times }, () => rate.takes(payer, now)).filter(taken => taken).length;
  t.equal(takes(1000, 50), 20);
  t.equal(takes(1050, 5), 0);
  t.equal(takes(1100, 5), 1);
  t.equal(takes(2100, 50), 10);
  t.equal(takes(60_000, 50), 20, 'no more than a burst is saved up');
  const rare = new Rate(0.1, 2);
  const other = { paidAt: 0 };
  t.same([rare.takes(other, 1000), rare.takes(other, 9000), rare.takes(other, 11_000)], [true, false, true]);
});

t.test('whatever comes in whichever chunks is cut in order, and no faster than it may', async () => {
  const chunk = fc.record({ after: fc.nat(3000), size: fc.integer({ min: 1, max: 2000 }) });
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 300 }), (chunks, each) => {
      const limits = { framesPerSecond: 10, bytesPerSecond: 1000 };
      const cut: number[] = [];
      let isHeld = false;
      const owner = {
        framesIn: 0,
        get isRead() {
          return !isHeld;
        },
        cut(b: Uint8Array, start: number, end: number) {
          cut.push(...b.subarray(start, end));
          owner.framesIn = Math.floor(cut.length / each);
        },
        flooded() {
          isHeld = true;
        },
      };
      const pace = new Pace(owner, ratesOf(limits)!);
      let now = 1000;
      let sent = 0;
      const fits = (): boolean => {
        const most = 2 + (now - 1000) / 1000;
        return cut.length <= most * 1000 + 256 && owner.framesIn <= most * 10 + Math.ceil(256 / each);
      };
      for (const { after, size } of chunks) {
        now += after;
        isHeld &&= pace.owes(now);
        if (!isHeld) pace.goOn(now);
        const bytes = Uint8Array.from({ length: size }, (_, i) => (sent + i) & 0xff);
        pace.take(bytes, 0, size, now);
        bytes.fill(0);
        sent += size;
        if (!fits() || pace.held !== sent - cut.length) return false;
      }
      for (; pace.held > 0; now += 100) {
        isHeld &&= pace.owes(now);
        if (!isHeld) pace.goOn(now);
        if (!fits()) return false;
      }
      return cut.length === sent && cut.every((byte, i) => byte === (i & 0xff));
    }),
  );
});

t.test('a client that says too much is read later, loses nothing and holds nobody up', async t => {
  for (const [title, limits] of [
    ['frames', { framesPerSecond: 10 }],
    ['bytes', { bytesPerSecond: 10 * PING.length }],
  ] as const) {
    const { world, gateway, call } = await serveLines(t, { limits });
    const from = world.now;
    const { caller } = call(PING.repeat(500));
    const other = call(PING);
    t.ok(await world.until(() => other.caller.count('pong') === 1, 1000), title);
    await world.run(1000);
    // What is cut at once is a little more than may be, and is paid for later.
    t.ok(caller.count('pong') >= 20 && caller.count('pong') < 70, `${title}: ${caller.count('pong')} at once`);
    t.ok(gateway.buffers.unfinished > 2000, 'what waits is counted');
    t.ok(await world.until(() => caller.count('pong') === 500, 60_000), `${title}: ${caller.count('pong')} in the end`);
    t.ok(world.now - from > 44_000, `${title}: after ${world.now - from} ms`);
    t.notOk(caller.isClosed);
    t.same([gateway.buffers.unfinished, gateway.closes], [0, {}]);
  }
});

t.test('its clocks stand still meanwhile, but for that of the login', async t => {
  const protocol = { within: 3000, every: 1000, miss: 2 };
  const limits = { framesPerSecond: 1 };
  const { world, gateway, call } = await serveLines(t, { limits, protocol: { ...protocol, login: false } });
  const { caller } = call(PING.repeat(30));
  t.ok(await world.until(() => caller.count('pong') === 30, 60_000));
  t.notOk(caller.isClosed, 'silence has not begun');
  t.ok(await world.until(() => gateway.closes['heartbeat-timeout'] === 1, 40_000));

  const strict = await serveLines(t, { limits, protocol: { ...protocol, login: true } });
  strict.call(PING.repeat(100));
  t.ok(await strict.world.until(() => strict.gateway.closes['auth-timeout'] === 1, 3200));
});

t.test('whoever leaves behind what he has said too fast is heard to the end', async t => {
  const { world, gateway, call } = await serveLines(t, { limits: { framesPerSecond: 10 } });
  const { caller } = call(PING.repeat(100));
  t.ok(await world.until(() => caller.count('pong') > 20, 1000));
  const [client] = gateway.tables.byId.values();
  // As a probe finds out.
  client!.ended();
  await world.run(1000);
  t.same(gateway.closes, {}, 'not before');
  t.ok(await world.until(() => gateway.closes['client-closed'] === 1, 30_000));
  t.ok(await world.until(() => caller.count('pong') === 100, 1000));
  t.ok(await world.until(() => gateway.door.sockets === 0, 20_000));
  t.equal(gateway.buffers.unfinished, 0);
});

t.test('where the listener says so, whoever says too much is closed', async t => {
  const limits: ListenerLimits = { framesPerSecond: 10, over: 'close' };
  const reasons: string[] = [];
  const events = {
    onClose: (_: unknown, { code, detail }: { code: string; detail: string }) =>
      void reasons.push(`${code}: ${detail}`),
  };
  const { world, gateway, call } = await serveLines(t, { limits, events, gateway: { ban: { after: 1 } } });
  const { caller } = call(PING.repeat(500));
  t.ok(await world.until(() => caller.isClosed && reasons.length > 0, 1000));
  t.same(gateway.closes, { flood: 1 });
  t.same(reasons, ['flood: more than 10 frames or Infinity bytes a second']);
  const again = call(PING);
  t.ok(await world.until(() => again.caller.isClosed, 1000));
  t.same(gateway.door.refusals, { banned: 1 });
  const calm = call('', '198.51.100.8');
  for (let i = 0; i < 50; i++) world.after(100 * i, () => calm.say(PING));
  await world.run(6000);
  t.same([calm.caller.count('pong'), calm.caller.isClosed], [50, false]);
});

t.test('a listener takes so many connections a second, and a gateway so many clients', async t => {
  const fast = await serveLines(t, { limits: { connects: 5 } });
  const callers = Array.from({ length: 30 }, () => fast.call(PING));
  t.ok(await fast.world.until(() => callers.every(c => c.caller.isClosed || c.caller.text !== ''), 2000));
  t.equal(callers.filter(c => c.caller.count('pong') === 1).length, 10);
  t.same(fast.gateway.door.refusals, { 'listener-rate': 20 });
  await fast.world.run(1000);
  const later = fast.call(PING);
  t.ok(await fast.world.until(() => later.caller.count('pong') === 1, 1000));

  const few = await serveLines(t, { gateway: { clients: 2 } });
  const [one, , three] = [few.call(PING), few.call(PING), few.call(PING)];
  t.ok(await few.world.until(() => three.caller.isClosed, 1000));
  t.same([few.gateway.door.refusals, few.gateway.closes], [{ 'gateway-full': 1 }, { 'too-many-clients': 1 }]);
  one.connection.destroy();
  await few.world.run(100);
  const four = few.call(PING);
  t.ok(await few.world.until(() => four.caller.count('pong') === 1, 1000));
});

t.test('limits that cannot be are refused in a sentence', async t => {
  const app = (limits: object, gateway: object = {}) => {
    const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: async () => ({}) };
    return () => defineApp({ listeners: [{ ...listener, limits: limits as ListenerLimits }], gateway });
  };
  const where = 'in "limits" of the listener on tcp://127.0.0.1:0';
  for (const [build, message] of [
    [app({ framesPerSecond: 0 }), `"framesPerSecond" ${where} is a number above 0, or Infinity; it is 0`],
    [app({ bytesPerSecond: '1k' }), `"bytesPerSecond" ${where} is a number above 0, or Infinity; it is 1k`],
    [app({ connects: -1 }), `"connects" ${where} is a number above 0, or Infinity; it is -1`],
    [app({ over: 'drop' }), `"over" ${where} is "pause" or "close"; it is "drop"`],
    [
      app({ sendBuffer: 1000, sendBufferLow: 2000 }),
      `"sendBufferLow" ${where} is 2000, more than "sendBuffer", which is 1000`,
    ],
    [
      app({ slowClient: 'drop' }),
      `"slowClient" ${where} is "close", "drop-newest", "drop-oldest" or { latest: {...} }; it is "drop"`,
    ],
    [app({ slowClient: { newest: {} } }), `There is no "newest" in "slowClient" ${where}; there are latest`],
    [
      app({ slowClient: { latest: ['said'] } }),
      `"latest" in "slowClient" ${where} names messages, each with a field or true; write { latest: { position: 'vehicle' } }`,
    ],
    [
      app({ slowClient: { latest: { say: true } } }),
      `"latest" in "slowClient" ${where} names "say", which is no message of protocol "line" that clients are sent`,
    ],
    [
      app({ slowClient: { latest: { said: 5 } } }),
      `"said" in "latest" in "slowClient" ${where} is the name of a field, or true; it is 5`,
    ],
    [app({}, { clients: 0 }), '"clients" of a gateway is a number above 0, or Infinity; it is 0'],
  ] as const) {
    t.throws(build, { code: 'FG_CONFIG', message });
  }
});
