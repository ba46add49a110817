/** Gateways and registers as processes of their own that are killed, frozen and started again, over real sockets. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/client/index.js';
import type { Delivery } from '../../src/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-gateways-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

interface Teardown {
  teardown(run: () => unknown): void;
}

function start(t: Teardown, role: string, args: readonly string[], env: Record<string, string> = {}): Gw {
  const gw = new Gw(['start', lineApp, '--role', role, ...args], env);
  t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
  return gw;
}

async function register(t: Teardown, at = 'tcp://127.0.0.1:0'): Promise<{ gw: Gw; line: string[] }> {
  const gw = start(t, 'register', ['--register', at]);
  return { gw, line: ['--register', await gw.says(/register listening on (\S+)/)] };
}

async function client(t: Teardown, gateway: Gw): Promise<LineClient> {
  const connected = await LineClient.connect(await gateway.says(/line listening on (\S+)/));
  t.teardown(() => connected.close());
  return connected;
}

/** What the handlers of several workers have noted, without the process ids. */
function journal(name: string): { env: Record<string, string>; lines(): string[] } {
  const file = join(folder, name);
  writeFileSync(file, '');
  const lines = () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return { env: { LINE_JOURNAL: file }, lines: () => lines().map(line => line.replace(/^\d+ /, '')) };
}

async function freePort(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise(resolve => {
    server.close(resolve);
  });
  return `tcp://127.0.0.1:${port}`;
}

async function login(t: Teardown, gateway: Gw, names: readonly string[]): Promise<LineClient[]> {
  const clients: LineClient[] = [];
  for (const name of names) {
    const connected = await client(t, gateway);
    await connected.login(name);
    clients.push(connected);
  }
  return clients;
}

async function call(by: LineClient, name: string, ...args: unknown[]): Promise<unknown> {
  by.send(`call ${JSON.stringify([name, ...args])}`);
  return JSON.parse((await by.line('* answer ')).slice('* answer '.length));
}

t.test('a gateway that is killed: gateway-lost, once for each of its clients; the others notice nothing', async t => {
  const { env, lines } = journal('killed');
  const { line } = await register(t);
  const [doomed, other] = [start(t, 'gateway', line), start(t, 'gateway', line)];
  const workers = [start(t, 'worker', line, env), start(t, 'worker', line, env)];
  for (const worker of workers) await worker.says(/worker ready/);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const lost = await login(t, doomed, names);
  const [safe, witness] = await login(t, other, ['safe', 'witness']);
  // One is in the middle of an event that never settles, one has gone before.
  lost[0]!.send('forever');
  lost[7]!.close();
  await until(() => lines().includes('close h client-closed'), 'the one that left in time');
  doomed.kill();
  await until(() => lines().filter(l => l.endsWith('gateway-lost')).length === 6, 'onClose of the idle');
  safe!.send('still here');
  await witness!.line('<safe> still here');
  t.notOk(safe!.closed);
  // What had something more to say would say it now.
  await other.stop();
  for (const worker of workers) worker.kill('SIGTERM');
  for (const worker of workers) await worker.ended();
  t.same(
    lines()
      .filter(l => l.startsWith('close'))
      .sort(),
    [
      ...['b', 'c', 'd', 'e', 'f', 'g'].map(name => `close ${name} gateway-lost`),
      'close h client-closed',
      'close safe shutdown',
      'close witness shutdown',
    ].sort(),
    'nobody twice; whose handler never settles is told nothing',
  );
});

t.test('with the register dead too, the worker says that it cannot be certain', async t => {
  const { env, lines } = journal('uncertain');
  const { gw, line } = await register(t);
  const gateway = start(t, 'gateway', line);
  const worker = start(t, 'worker', line, env);
  await worker.says(/worker ready/);
  await login(t, gateway, ['ann']);
  gw.kill();
  await gw.ended();
  gateway.kill();
  await until(() => lines().some(l => l.startsWith('close')), 'onClose');
  await worker.stop();
  t.same(lines(), ['start', 'close ann gateway-lost uncertain', 'stop']);
});

t.test('a gateway that is started again: a stored client id reaches nobody, least of all a stranger', async t => {
  const { env, lines } = journal('restarted');
  const { line } = await register(t);
  const args = [...line, '--name', 'edge', '--link', await freePort(), '--listen', await freePort()];
  const first = start(t, 'gateway', args);
  const worker = start(t, 'worker', line, env);
  await worker.says(/worker ready/);
  const old = await login(t, first, ['ann', 'ben', 'cleo']);
  const ids: string[] = [];
  for (const c of old) {
    c.send('id');
    ids.push((await c.line('* answer ')).slice('* answer '.length));
  }
  first.kill();
  await first.ended();
  const second = start(t, 'gateway', args);
  // The same seats, taken by others.
  const strangers = await login(t, second, ['dora', 'ed', 'fay']);
  const [by] = strangers;
  await until(() => lines().filter(l => l.endsWith('gateway-lost')).length === 3, 'the old ones to be closed');
  for (const id of ids) {
    t.equal(await call(by!, 'isOnline', id), false);
    await call(by!, 'sendToClient', id, 'answer', { text: 'for your eyes only' });
    t.equal(await call(by!, 'getUidByClientId', id), null);
    t.equal(await call(by!, 'getSession', id), null);
    t.equal(await call(by!, 'closeClient', id), false);
    t.equal(await call(by!, 'joinGroup', id, 'spies'), false);
  }
  t.same(await call(by!, 'getClientIdsByGroup', 'spies'), { value: [], complete: true, missing: [] });
  for (const c of strangers) {
    c.send('/ping');
    await c.line('* pong');
    t.notOk(c.closed);
  }
  t.notOk(
    strangers.some(c => c.lines.some(l => l.includes('eyes'))),
    'nobody got it',
  );
  t.equal(lines().filter(l => l.startsWith('close')).length, 3, 'once for each');
});

t.test('queries over two gateways count everybody, and say who did not answer', async t => {
  const { line } = await register(t);
  const gateways = ['east', 'west'].map(name => start(t, 'gateway', [...line, '--name', name]));
  const worker = start(t, 'worker', line);
  await worker.says(/worker ready/);
  const uids: string[] = [];
  const ids: string[] = [];
  const all: LineClient[] = [];
  // In turn on each gateway, with those of no group in between.
  for (let i = 0; i < 12; i++) {
    uids.push(`u${String(i).padStart(2, '0')}`);
    const [c] = await login(t, gateways[i % 2]!, [uids[i]!]);
    c!.send('id');
    ids.push((await c!.line('* answer ')).slice('* answer '.length));
    all.push(c!);
    if (i % 3 > 0) t.equal(await call(c!, 'joinGroup', ids[i], i % 3 === 1 ? 'red' : 'blue'), true);
  }
  const [by] = all;
  await until(async () => ((await call(by!, 'getAllClientCount')) as { value: number }).value === 12, 'both gateways');
  const whole = (value: unknown) => ({ value, complete: true, missing: [] });
  const of = (list: readonly string[], rest: number) => list.filter((_, i) => i % 3 === rest).sort();
  const asked = async (name: string, ...args: unknown[]): Promise<unknown> => {
    const answer = (await call(by!, name, ...args)) as { value: unknown };
    if (Array.isArray(answer.value)) answer.value.sort();
    return answer;
  };
  for (const [group, rest] of [
    ['red', 1],
    ['blue', 2],
  ] as const) {
    t.same(await asked('getClientIdsByGroup', group), whole(of(ids, rest)), group);
    t.same(await asked('getUidsByGroup', group), whole(of(uids, rest)));
    t.same(await asked('getClientCountByGroup', group), whole(4));
    t.same(await asked('getUidCountByGroup', group), whole(4));
  }
  t.same(await asked('getAllGroups'), whole(['blue', 'lobby', 'red']));
  t.same(await asked('getClientCountByGroup', 'lobby'), whole(12));
  t.same(await asked('getAllClientIds'), whole([...ids].sort()));
  t.same(await asked('getAllUids'), whole(uids));
  t.same(await asked('getAllUidCount'), whole(12));
  t.same(await asked('getClientIdsByUid', uids[5]), whole([ids[5]]));
  t.equal(await call(by!, 'leaveGroup', ids[1], 'red'), true);
  t.same(await asked('getClientCountByGroup', 'red'), whole(3), 'the first to leave takes nobody along');

  gateways[1]!.kill();
  await gateways[1]!.ended();
  const part = { value: 6, complete: false, missing: ['west'] };
  const rest = whole(6);
  const seen = await asked('getAllClientCount');
  t.ok(
    [part, rest].some(wanted => JSON.stringify(wanted) === JSON.stringify(seen)),
    JSON.stringify(seen),
  );
  await until(
    async () => JSON.stringify(await asked('getAllClientCount')) === JSON.stringify(rest),
    'the dead to be forgotten',
    30_000,
  );
});

t.test(
  'a gateway that is killed under load: all others get what is sent to uids and groups, and results say who did not',
  async t => {
    const { env, lines } = journal('sends');
    const { line } = await register(t);
    const [east, west] = ['east', 'west'].map(name => start(t, 'gateway', [...line, '--name', name])) as [Gw, Gw];
    const worker = start(t, 'worker', line, env);
    await worker.says(/worker ready/);
    const [ann, ben] = await login(t, east, ['ann', 'ben']);
    await login(t, west, ['ann', 'cleo']);
    const program = await connect({ register: line[1]!, logger: new MemoryLogger() });
    t.teardown(() => program.close());
    const calls = program.use(lineProtocol());
    await until(async () => (await calls.getClientCountByGroup('lobby')).value === 4, 'all of them');

    let going = true;
    let counted = 0;
    const load = (async () => {
      for (; going; counted++) {
        ben!.send(`count ${counted}`);
        await sleep(1);
      }
    })();
    const results: Delivery[][] = [];
    let numbers = 0;
    const send = async (): Promise<void> => {
      const n = numbers++;
      const said = (text: string) => ({ from: 'cron', line: `${text} ${n}` });
      results.push(
        await Promise.all([
          calls.sendToUids(['ann', 'cleo'], 'said', said('uids'), { confirm: true }),
          calls.sendToGroups(['lobby', 'nobody'], 'said', said('groups'), { confirm: true }),
        ]),
      );
    };
    while (results.length < 50) await send();
    const all = { skipped: 0, complete: true, missing: [] };
    for (const [toUids, toGroups] of results)
      t.same(
        [toUids, toGroups],
        [
          { ...all, value: 3 },
          { ...all, value: 4 },
        ],
      );
    // Some are under way to it.
    const underWay = Array.from({ length: 20 }, send);
    west.kill();
    await Promise.all(underWay);
    await west.ended();
    const end = results.length + 10;
    while (results.length < end) await send();
    const least = { skipped: 0, complete: false, missing: ['west'] };
    for (const [toUids, toGroups] of results.slice(-10)) {
      t.same(
        [toUids, toGroups],
        [
          { ...least, value: 1 },
          { ...least, value: 2 },
        ],
      );
    }
    for (const result of results.flat()) {
      const isWhole = result.value >= 3;
      t.same([result.complete, result.missing], isWhole ? [true, []] : [false, ['west']]);
    }
    going = false;
    await load;
    await until(() => lines().filter(l => l.endsWith('gateway-lost')).length === 2, 'onClose');
    await until(() => lines().filter(l => l.startsWith('count')).length === counted, 'every message');
    t.same(
      lines().filter(l => l.startsWith('count')),
      Array.from({ length: counted }, (_, i) => `count ${i} first ben`),
      'each once, in order',
    );
    t.same(
      lines()
        .filter(l => l.startsWith('close'))
        .sort(),
      ['close ann gateway-lost', 'close cleo gateway-lost'],
    );
    const heard = (client: LineClient, text: string) => client.lines.filter(l => l.startsWith(`<cron> ${text} `));
    const sent = (text: string) => results.map((_, i) => `<cron> ${text} ${i}`);
    t.same(heard(ann!, 'uids').sort(), sent('uids').sort());
    for (const client of [ann!, ben!]) t.same(heard(client, 'groups').sort(), sent('groups').sort());
  },
);

t.test('with a fixed list of gateways no register is needed, and another boot at an address is noticed', async t => {
  const { env, lines } = journal('fixed');
  const links = [await freePort(), await freePort()];
  const list = links.flatMap(link => ['--gateway', link]);
  const gateway = (i: number) => start(t, 'gateway', [...list, '--link', links[i]!]);
  const worker = start(t, 'worker', list, env);
  const [east, west] = [gateway(0), gateway(1)];
  await worker.says(/worker ready/);
  const [ann] = await login(t, east, ['ann']);
  const [ben] = await login(t, west, ['ben']);
  ann!.send('hello');
  await ben!.line('<ann> hello');
  t.same(await call(ben!, 'getAllClientCount'), { value: 2, complete: true, missing: [] });
  east.kill();
  await east.ended();
  const { complete } = (await call(ben!, 'getAllClientCount')) as { complete: boolean };
  t.notOk(complete, 'who is on the list is missed');
  const again = gateway(0);
  const [cleo] = await login(t, again, ['cleo']);
  await until(() => lines().some(l => l.startsWith('close ann')), 'onClose');
  t.ok(lines().includes('close ann gateway-lost'), 'for certain');
  cleo!.send('back');
  await ben!.line('<cleo> back');
});

t.test('a worker that starts while the register is dead finds the gateways on disk', async t => {
  const { gw, line } = await register(t);
  const gateway = start(t, 'gateway', line);
  const ann = await client(t, gateway);
  const state = join(folder, 'state');
  const first = start(t, 'worker', [...line, '--state', state]);
  await first.says(/worker ready/);
  await ann.login('ann');
  // The register tells who is missing only after its first lease, and only then is it believed.
  await until(() => existsSync(join(state, 'gateways.json')), 'the file');
  gw.kill();
  first.kill();
  await Promise.all([gw.ended(), first.ended()]);
  const second = start(t, 'worker', [...line, '--state', state, '--wait', '2']);
  await second.says(/worker ready/);
  await second.complains(/No register answers; trying 1 gateways from/);
  ann.send('pid');
  await ann.line(`* answer ${second.pid}`);
});
