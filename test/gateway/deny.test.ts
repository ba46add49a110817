/** Whom a gateway does not let in by name: in its settings, and in a file that is read again. */
import t, { type Test } from 'tap';
import { DenyList } from '../../src/gateway/index.js';
import { accept, defineApp, type Events, type GatewaySettings, startAll, type Worker } from '../../src/index.js';
import { parseAddress } from '../../src/net/index.js';
import { MemoryDisk } from '../../src/net/memory-disk.js';
import { World } from '../../src/testing/sim/index.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { Caller } from '../support/line-world.js';
import { MemoryLogger } from '../support/memory-logger.js';

const FILE = './denied.txt';

async function serve(t: Test, gateway: GatewaySettings, text?: string) {
  const disk = new MemoryDisk();
  const write = (content: string) => disk.writeAtomic(FILE, new TextEncoder().encode(content));
  if (text !== undefined) await write(text);
  const world = new World({ seed: 7 });
  const logger = new MemoryLogger();
  const reasons: string[] = [];
  const events: Events<Line> = {
    onLogin: (_, { name }) => accept({ name }),
    onJoin: (client, { room }) => void client.bindUid(room),
    onClose: ({ uid }, { code, detail }) => void reasons.push(`${uid} ${code} ${detail}`),
  };
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: async () => events };
  world.play();
  const { platform } = world.process('server', '127.0.0.1', disk);
  t.teardown(() => world.halt());
  const running = await startAll(defineApp({ listeners: [listener], gateway }), { platform, logger });
  let count = 0;
  const call = (text: string, host = '198.51.100.7') => {
    const caller = new Caller();
    const connection = world
      .process(`caller ${++count}`, host)
      .dial(parseAddress(running.listening[0]!.address), caller);
    connection.write(Buffer.from(text));
    return { caller, connection };
  };
  return { world, running, gateway: running.gateway!, logger, reasons, call, write };
}

t.test('a denied uid is not logged in, nor bound later, and its address may be banned for it', async t => {
  const { world, gateway, reasons, call } = await serve(t, { denyUids: ['mallory'], ban: { after: 2 } });
  const mallory = call('/login mallory x\r\n/ping\r\n');
  t.ok(await world.until(() => mallory.caller.isClosed, 1000));
  t.notMatch(mallory.caller.text, 'welcome');
  const ann = call('/login ann x\r\n');
  t.ok(await world.until(() => ann.caller.text === '* welcome ann\r\n', 1000));
  ann.connection.write(Buffer.from('/join mallory\r\n'));
  t.ok(await world.until(() => ann.caller.isClosed, 1000));
  t.same([gateway.closes, [...gateway.tables.byUid.keys()]], [{ 'auth-failed': 2 }, []]);
  t.ok(await world.until(() => reasons.length === 2, 1000));
  t.ok(reasons.every(reason => reason.endsWith('auth-failed denied')));
  const again = call('/login bob x\r\n');
  t.ok(await world.until(() => again.caller.isClosed, 1000));
  t.same(gateway.door.refusals, { banned: 1 });
});

t.test('what the file says is read again, and those go who are here; a bad file changes nothing', async t => {
  const { world, running, gateway, logger, call, write } = await serve(t, { denyFile: FILE }, '# nobody\n\nuid eve\n');
  const eve = call('/login eve x\r\n');
  t.ok(await world.until(() => eve.caller.isClosed, 1000));
  const [ann, bob, carol] = [
    call('/login ann x\r\n'),
    call('/login bob x\r\n', '203.0.113.9'),
    call('/login carol x\r\n'),
  ];
  t.ok(await world.until(() => [ann, bob, carol].every(c => c.caller.text.includes('welcome')), 1000));
  await write('uid ann\r\n203.0.113.0/24\r\n  # uid carol\r\n');
  await running.reloadKeys();
  t.ok(await world.until(() => ann.caller.isClosed && bob.caller.isClosed, 1000));
  t.notOk(carol.caller.isClosed);
  t.same(gateway.closes, { 'auth-failed': 2, 'server-closed': 1 });
  t.ok(logger.has('info 2 clients that were here are denied now: closed'));
  const [eveAgain, network] = [call('/login eve x\r\n'), call('/ping\r\n', '203.0.113.77')];
  t.ok(await world.until(() => eveAgain.caller.text.includes('welcome'), 1000), 'no more denied');
  t.ok(await world.until(() => network.caller.isClosed, 1000));
  t.same(gateway.door.refusals, { denied: 1 });
  await write('uid carol\nnowhere\n');
  await t.rejects(running.reloadKeys(), {
    code: 'FG_CONFIG',
    message: /^"nowhere" in line 2 of "\.\/denied\.txt" is no network; write an address/,
  });
  await world.run(100);
  t.notOk(carol.caller.isClosed);
});

t.test('a worker sends a uid or an address away and keeps it out for a while', async t => {
  const { world, running, gateway, call } = await serve(t, {});
  const asked = async <V>(answer: Promise<V>): Promise<V> => {
    await world.run(100);
    return answer;
  };
  const worker = running.worker!.handleFor('line') as unknown as Worker<Line>;
  const welcome = async (name: string, host?: string): Promise<boolean> => {
    const { caller } = call(`/login ${name} x\r\n`, host);
    await world.until(() => caller.isClosed || caller.text.includes('welcome'), 1000);
    return !caller.isClosed;
  };
  const [eve, bob] = [call('/login eve x\r\n'), call('/login bob x\r\n', '203.0.113.9')];
  t.ok(await world.until(() => [eve, bob].every(c => c.caller.text.includes('welcome')), 1000));
  const bobsId = (await asked(worker.getClientIdsByUid('bob'))).value[0]!;
  t.equal((await asked(worker.closeUid(['eve', 'mallory'], { detail: 'spam', ban: 60_000 }))).value, 1);
  t.equal(await asked(worker.closeClient(bobsId, { ban: 30_000 })), true);
  t.ok(eve.caller.isClosed && bob.caller.isClosed);
  t.same(
    [await welcome('eve'), await welcome('mallory'), await welcome('ann'), await welcome('cid', '203.0.113.9')],
    [false, false, true, false],
  );
  t.same([gateway.closes, gateway.door.refusals], [{ 'server-closed': 2, 'auth-failed': 2 }, { banned: 1 }]);
  await asked(worker.closeUid('eve', { ban: 1000 }));
  await world.run(30_000);
  t.same([await welcome('eve'), await welcome('bob', '203.0.113.9')], [false, true], 'the longer ban counts');
  await world.run(30_000);
  t.same([await welcome('eve'), await welcome('mallory')], [true, true]);
  for (const [ban, shown] of [
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-1, '-1'],
    ['1h', 'the text "1h"'],
  ] as const)
    await t.rejects(worker.closeUid('eve', { ban: ban as never }), {
      code: 'FG_VALUE',
      message: `"ban" is how many milliseconds somebody is kept out, not ${shown}; "denyFile" of a gateway has no end`,
    });
});

t.test('what cannot be is told in a sentence', async t => {
  const of = (deny: unknown, uids: unknown) => () => DenyList.of(deny, uids);
  const uids = `"denyUids" of a gateway is a list of uids; write ['mallory']`;
  for (const value of ['mallory', [5], [''], ['x'.repeat(1025)]])
    t.throws(of(undefined, value), { code: 'FG_CONFIG', message: uids });
  t.throws(of('203.0.113.0/24', undefined), { code: 'FG_CONFIG', message: /^"deny" of a gateway is a list/ });
  await t.rejects(serve(t, { denyFile: FILE }), {
    code: 'FG_CONFIG',
    message: 'There is no file "./denied.txt", which "denyFile" of a gateway names; make one',
  });
  await t.rejects(serve(t, { denyFile: 5 as never }), {
    code: 'FG_CONFIG',
    message: /^"denyFile" of a gateway is the path/,
  });
});
