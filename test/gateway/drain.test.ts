/** A gateway that empties itself, on a clock of the test's own; clients as operators see them and send them away. */
import t, { type Test } from 'tap';
import type { Drained } from '../../src/gateway/index.js';
import { Admission, connectionsPage, kickPage, linkRows } from '../../src/gateway/index.js';
import {
  type AppConfig,
  accept,
  type Client,
  defineApp,
  type Events,
  type Running,
  startAll,
} from '../../src/index.js';
import { type Connection, Networks } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

const ADDRESS = { host: '127.0.0.1', port: 1000 };

class Caller {
  text = '';
  isOpen = false;
  closedAt: number | undefined;
  readonly connection: Connection;

  constructor(world: World, host = '127.0.0.1') {
    const process = world.process(`caller ${host}`, host);
    this.connection = process.platform.net.connect(ADDRESS, {
      opened: () => {
        this.isOpen = true;
      },
      data: (b, start, end) => {
        this.text += new TextDecoder().decode(b.subarray(start, end));
      },
      ended: () => this.connection.end(),
      closed: () => {
        this.closedAt = world.now;
      },
    });
  }

  say(line: string): void {
    this.connection.write(new TextEncoder().encode(`${line}\r\n`));
  }
}

interface Served {
  readonly world: World;
  readonly running: Running;
  readonly closes: string[];
  /** Connects so many, who log in as c0, c1 ... */
  callers(count: number, host?: (i: number) => string): Promise<Caller[]>;
}

async function serve(t: Test, events: Partial<Events<Line>> = {}, gateway: AppConfig['gateway'] = {}): Promise<Served> {
  const world = new World();
  const closes: string[] = [];
  const all: Events<Line> = {
    onLogin: (_, { name }) => accept({ name }),
    onClose: (_: Client<Line>, { code, detail }) => void closes.push(`${code} ${detail}`.trim()),
    ...events,
  };
  const listeners = [{ listen: 'tcp://127.0.0.1:1000', protocol: lineProtocol(), events: async () => all }] as const;
  world.play();
  const platform = world.process('server').platform;
  const running = await startAll(defineApp({ listeners, gateway }), { platform, logger: new MemoryLogger() });
  world.halt();
  t.teardown(async () => {
    const stopped = running.stop();
    await world.run(30_000);
    await stopped;
  });
  const callers = async (count: number, host = (_: number) => '127.0.0.1'): Promise<Caller[]> => {
    const made = Array.from({ length: count }, (_, i) => new Caller(world, host(i)));
    for (const [i, caller] of made.entries()) caller.say(`/login c${i} pass`);
    await world.run(1000);
    return made;
  };
  return { world, running, closes, callers };
}

t.test('nobody comes in, those who are there go at the rate, and none before its turn', async t => {
  const { world, running, closes, callers } = await serve(t);
  const gateway = running.gateway!;
  const there = await callers(50);
  let drained: Drained | undefined;
  const begun = world.now;
  void gateway.drain({ rate: 10, deadline: 30_000 }).then(result => {
    drained = result;
  });
  t.ok(gateway.draining);
  const late = new Caller(world);
  await world.run(2000);
  t.notOk(late.isOpen, 'its port is closed');
  const gone = there.filter(c => c.closedAt !== undefined).length;
  t.ok(gone >= 18 && gone <= 20, `${gone} have gone in 2 s`);
  there[40]!.say('still served');
  there[41]!.connection.destroy();
  await world.run(100);
  t.equal(gateway.tables.byId.size, 50 - gone - 1 - (there.filter(c => c.closedAt !== undefined).length - gone - 1));
  await world.until(() => drained !== undefined, 10_000);
  t.match(drained, { clients: 50, closed: 49, insisted: 0 });
  t.ok(drained!.took >= 4800 && drained!.took <= 5000, `${drained!.took} ms`);
  await world.run(2000);
  t.ok(there.every(c => c.closedAt !== undefined && c.closedAt >= begun));
  t.same(closes.filter(c => c === 'shutdown').length, 49);
  t.same(gateway.listenerStates(), [
    { protocol: 'line', address: { ...ADDRESS, tls: false }, clients: 0, most: 50_000, open: false },
  ]);
});

t.test('at the deadline the rest goes at once; by default half of it is enough', async t => {
  const { world, running, callers } = await serve(t);
  await callers(30);
  const drained = running.gateway!.drain({ rate: 1, deadline: 5000 });
  await world.run(5100);
  t.match(await drained, { clients: 30, closed: 5, insisted: 25, took: 5000 });
  const other = await serve(t);
  await other.callers(400);
  const byDefault = other.running.gateway!.drain({ deadline: 10_000 });
  await other.world.run(5100);
  const { took, closed } = await byDefault;
  t.equal(closed, 400);
  t.ok(took > 4000 && took <= 5050, `${took} ms`);
  t.equal(await other.running.gateway!.drain(), await byDefault, 'the second time it is the same');
});

t.test('who is logged in is told, where the protocol has a message for it', async t => {
  const { world, running, callers } = await serve(t);
  const gateway = running.gateway!;
  const [ann] = await callers(1);
  const stranger = new Caller(world);
  await world.run(100);
  const refused = (message: string, values = {}) => gateway.drain({ last: { message, values } });
  await t.rejects(refused('farewell'), { code: 'FG_UNKNOWN_MESSAGE', message: /"farewell".*it has welcome/ });
  await t.rejects(refused('bye', { text: undefined }), {
    code: 'FG_VALUE',
    message: /^Clients cannot be told "bye": /,
  });
  await t.rejects(refused('token', { token: 'PLANTED-and-too-long' }), {
    message: /^(?!.*PLANTED)Clients cannot be told/,
  });
  await t.rejects(gateway.drain({ rate: 0 }), {
    code: 'FG_VALUE',
    message: /rate of a drain is a number above 0; it is 0/,
  });
  t.notOk(gateway.draining, 'nothing has begun');
  const drained = refused('bye', { text: 'back soon' });
  await world.run(2000);
  t.match(await drained, { clients: 2, closed: 2 });
  t.match(ann!.text, /\* bye back soon\r\n$/);
  t.equal(stranger.text, '');
});

t.test('a stop while it drains ends both', async t => {
  const { world, running, callers } = await serve(t);
  await callers(20);
  const drained = running.gateway!.drain({ rate: 1, deadline: 60_000 });
  await world.run(1500);
  const stopped = running.stop();
  await world.run(10_000);
  t.match(await drained, { clients: 20, closed: 1, insisted: 0 });
  await stopped;
});

t.test('clients are listed a page at a time, each once, by what is asked', async t => {
  const { world, running, callers } = await serve(t);
  const gateway = running.gateway!;
  const there = await callers(30, i => (i < 10 ? '10.0.0.1' : `10.0.1.${i}`));
  there[3]!.say('hello');
  await world.run(500);
  const seen: string[] = [];
  for (let after: number | null = 0, pages = 0; after !== null; pages++) {
    const { rows, next } = connectionsPage(gateway, {}, after, 7);
    t.ok(rows.length <= 7 && pages < 6);
    seen.push(...rows.map(r => r.uid!));
    after = next;
  }
  t.same(seen.toSorted(), Array.from({ length: 30 }, (_, i) => `c${i}`).toSorted());
  const uids = (whom: object) => connectionsPage(gateway, whom).rows.map(r => r.uid);
  t.same(uids({ networks: new Networks(['10.0.0.0/24'], 'x') }).length, 10);
  t.same(uids({ uid: 'c3' }), ['c3']);
  t.same(uids({ uid: 'c3', networks: new Networks(['10.0.1.0/24'], 'x') }), [], 'all must apply');
  t.same(uids({ uid: 'nobody' }), []);
  t.same(uids({ protocol: 'other' }), []);
  const [row] = connectionsPage(gateway, { uid: 'c3' }).rows;
  t.match(row, {
    protocol: 'line',
    address: /^10\.0\.0\.1:\d+$/,
    state: 'open',
    framesIn: 2,
    framesOut: 1,
    bytesIn: '/login c3 pass\r\nhello\r\n'.length,
    bytesOut: '* welcome c3\r\n'.length,
    waiting: 0,
    paused: false,
    worker: /^w/,
  });
  t.ok(row!.age >= 1400 && row!.idle >= 400 && row!.idle < row!.age);
  t.same(uids({ id: row!.id }), ['c3']);
  t.notOk('session' in row!);
});

t.test('who is kicked is told so to its handler, and its address may be kept out', async t => {
  const { world, running, closes, callers } = await serve(t);
  const gateway = running.gateway!;
  await callers(20, i => (i < 5 ? '10.0.0.1' : '10.0.1.1'));
  const how = { reason: 'too loud', ban: 0 };
  t.same(kickPage(gateway, { uid: 'nobody' }, how), { rows: [], next: null });
  t.equal(kickPage(gateway, { uid: 'c7' }, how).rows.length, 1);
  await world.run(100);
  t.same(closes, ['kicked too loud']);
  const networks = new Networks(['10.0.0.0/24'], 'x');
  t.equal(kickPage(gateway, { networks }, { reason: '', ban: 60_000 }).rows.length, 5);
  await world.run(2000);
  const [again] = await callers(1, () => '10.0.0.1');
  t.ok(again!.closedAt !== undefined && again!.text === '', 'refused');
  t.match(running.status().gateway, { refused: { banned: 1 }, bans: 1, closes: { kicked: 6 } });
  const [elsewhere] = await callers(1, () => '10.0.1.1');
  t.equal(elsewhere!.closedAt, undefined);
  await world.run(60_000);
  const [later] = await callers(1, () => '10.0.0.1');
  t.match(later!.text, /welcome/, 'until the time is over');
});

t.test('an address that is kept out stays so as long as the longest says, and counts once', async t => {
  const admission = new Admission();
  t.equal(admission.enter('10.0.0.1', 0), undefined);
  admission.exclude('10.0.0.1', 0, 1000);
  admission.exclude('10.0.0.1', 10, 100);
  admission.exclude('', 0, 1000);
  admission.leave('10.0.0.1', 500);
  t.equal(admission.enter('10.0.0.1', 999), 'banned');
  t.equal(admission.enter('10.0.0.1', 1000), undefined);
  t.equal(admission.bans, 1);
  admission.leave('10.0.0.1', 2000);
  t.equal(admission.size, 0);
});

t.test('a link shows what waits for its worker', async t => {
  let settle: (() => void) | undefined;
  const { world, running, callers } = await serve(t, {
    onSay: () =>
      new Promise<void>(resolve => {
        settle = resolve;
      }),
  });
  const [ann] = await callers(1);
  ann!.say('one');
  ann!.say('two');
  await world.run(100);
  const [row] = linkRows(running.gateway!);
  t.match(row, { peer: /^w/, role: 'worker', address: 'memory', stage: 'ready', clients: 1, waiting: 0, buffered: 0 });
  t.equal(row!.unsettled, 2);
  t.ok(row!.credit.events > 8000 && row!.credit.bytes > 8_000_000);
  settle!();
  await world.run(100);
  t.equal(linkRows(running.gateway!)[0]!.unsettled, 1);
  settle!();
});
