/** Every call of the API over several gateways: with clients in no group, clients that are gone, and a gateway that is silent. */
import t, { type Test } from 'tap';
import { accept, type Client, message, type Running, type Worker } from '../../src/index.js';
import { Cluster } from '../support/cluster.js';
import type { LineClient } from '../support/line-client.js';
import { type Line, type LineOptions, lineProtocol } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

interface World {
  readonly cluster: Cluster;
  readonly gateways: readonly [Running, Running];
  readonly worker: Worker<Line>;
  readonly clients: Map<string, LineClient>;
  readonly handles: Map<string, Client<Line>>;
  readonly closes: string[];
  id(name: string): string;
  line(name: string): LineClient;
  /** A client that logs in; its uid is the name up to the dot. */
  join(name: string, gateway: Running, ...groups: string[]): Promise<LineClient>;
}

async function world(t: Test, options: LineOptions = {}): Promise<World> {
  const cluster = new Cluster(t, options);
  await cluster.startRegister();
  const gateways = [await cluster.startGateway(), await cluster.startGateway()] as const;
  const clients = new Map<string, LineClient>();
  const handles = new Map<string, Client<Line>>();
  const closes: string[] = [];
  const connected: Client<Line>[] = [];
  const running = await cluster.startWorker({
    onConnect: client => void connected.push(client),
    onLogin(client, { name }) {
      handles.set(name, client);
      client.session.set({ name, size: name.length });
      return accept({ name }, { uid: name.replace(/\..*/, '') });
    },
    onClose: (client, reason) => void closes.push(`${client.uid} ${reason.code} ${reason.detail}`),
  });
  await until(() => running.worker!.links === 2, 'two links');
  const worker = running.worker!.handleFor('line') as unknown as Worker<Line>;
  const join = async (name: string, gateway: Running, ...groups: string[]): Promise<LineClient> => {
    const client = await cluster.client(gateway);
    await client.login(name);
    clients.set(name, client);
    await handles.get(name)!.joinGroup(groups);
    return client;
  };
  const id = (name: string): string => handles.get(name)!.id;
  const line = (name: string): LineClient => clients.get(name)!;
  return { cluster, gateways, worker, clients, handles, closes, id, line, join };
}

/** ann and bob in red, bob and ann's second connection in blue, cat in no group, a stranger, and somebody who has left. */
async function populate(w: World, t: Test): Promise<void> {
  const [one, two] = w.gateways;
  await w.join('gone', one, 'red', 'old');
  await w.join('cat', one);
  await w.join('ann', one, 'red');
  await w.join('bob', two, 'red', 'blue');
  await w.join('ann.2', two, 'blue');
  await w.cluster.client(two);
  w.line('gone').close();
  await until(() => w.closes.length === 1, 'onClose');
  const counted = await w.worker.getAllClientCount();
  t.equal(counted.value, 5);
}

/** Lists and maps in an order that can be compared. */
function settled(value: unknown): unknown {
  const list: unknown = value instanceof Map ? [...value] : value;
  if (!Array.isArray(list)) return list;
  return list.map(settled).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

type Case = readonly [name: string, ask: (w: Worker<Line>) => Promise<unknown>, whole: unknown, part: unknown];

t.test('queries: nobody is forgotten, and a part is never passed off as the whole', async t => {
  const w = await world(t);
  await populate(w, t);
  const { id, worker, gateways, cluster } = w;
  const [ann, bob, cat, ann2] = [id('ann'), id('bob'), id('cat'), id('ann.2')];
  const session = (name: string) => ({ name, size: name.length });
  const cases: readonly Case[] = [
    ['getClientIdsByUid', x => x.getClientIdsByUid('ann'), [ann, ann2], [ann]],
    ['of nobody', x => x.getClientIdsByUid('zed'), [], []],
    [
      'of several',
      x => x.getClientIdsByUid(['ann', 'bob', 'zed']),
      new Map([
        ['ann', [ann, ann2]],
        ['bob', [bob]],
        ['zed', []],
      ]),
      new Map([
        ['ann', [ann]],
        ['bob', []],
        ['zed', []],
      ]),
    ],
    [
      'getUidByClientId of several',
      x => x.getUidByClientId([ann, bob, id('gone')]),
      new Map([
        [ann, 'ann'],
        [bob, 'bob'],
      ]),
      new Map([[ann, 'ann']]),
    ],
    ['isOnline of several', x => x.isOnline([ann, bob, id('gone'), 'nonsense']), [ann, bob], [ann]],
    ['isUidOnline of several', x => x.isUidOnline(['ann', 'bob', 'gone']), ['ann', 'bob'], ['ann']],
    ['getAllUids', x => x.getAllUids(), ['ann', 'bob', 'cat'], ['ann', 'cat']],
    ['getAllUidCount', x => x.getAllUidCount(), 3, 2],
    ['getClientIdsByGroup', x => x.getClientIdsByGroup('red'), [ann, bob], [ann]],
    ['of no group', x => x.getClientIdsByGroup('old'), [], []],
    [
      'of several groups',
      x => x.getClientIdsByGroup(['red', 'blue', 'old']),
      new Map([
        ['red', [ann, bob]],
        ['blue', [bob, ann2]],
        ['old', []],
      ]),
      new Map([
        ['red', [ann]],
        ['blue', []],
        ['old', []],
      ]),
    ],
    ['getClientCountByGroup', x => x.getClientCountByGroup('red'), 2, 1],
    [
      'of several groups',
      x => x.getClientCountByGroup(['red', 'blue', 'old']),
      new Map([
        ['red', 2],
        ['blue', 2],
        ['old', 0],
      ]),
      new Map([
        ['red', 1],
        ['blue', 0],
        ['old', 0],
      ]),
    ],
    ['getUidsByGroup', x => x.getUidsByGroup('blue'), ['ann', 'bob'], []],
    [
      'of several groups',
      x => x.getUidsByGroup(['red', 'blue']),
      new Map([
        ['red', ['ann', 'bob']],
        ['blue', ['ann', 'bob']],
      ]),
      new Map([
        ['red', ['ann']],
        ['blue', []],
      ]),
    ],
    ['getUidCountByGroup', x => x.getUidCountByGroup('red'), 2, 1],
    [
      'of several groups',
      x => x.getUidCountByGroup(['red', 'old']),
      new Map([
        ['red', 2],
        ['old', 0],
      ]),
      new Map([
        ['red', 1],
        ['old', 0],
      ]),
    ],
    [
      'getSessionsByGroup',
      x => x.getSessionsByGroup('red'),
      new Map([
        [ann, session('ann')],
        [bob, session('bob')],
      ]),
      new Map([[ann, session('ann')]]),
    ],
    ['getAllGroups', x => x.getAllGroups(), ['red', 'blue'], ['red']],
    [
      'getAllGroupUids',
      x => x.getAllGroupUids(),
      new Map([
        ['red', ['ann', 'bob']],
        ['blue', ['ann', 'bob']],
      ]),
      new Map([['red', ['ann']]]),
    ],
    ['getAllClientCount', x => x.getAllClientCount(), 5, 2],
    ['getAllClientIds', async x => count(await x.getAllClientIds()), 5, 2],
    [
      'getAllSessions',
      async x => {
        const all = await x.getAllSessions();
        return { ...all, value: new Map([...all.value].filter(([, s]) => 'name' in s)) };
      },
      new Map(['ann', 'bob', 'cat', 'ann.2'].map(n => [id(n), session(n)])),
      new Map(['ann', 'cat'].map(n => [id(n), session(n)])),
    ],
    [
      'select',
      x => x.select({ where: { uid: ['ann', 'cat'], loggedIn: true }, fields: ['uid', 'groups'] }),
      [
        { uid: 'ann', groups: ['red'] },
        { uid: 'ann', groups: ['blue'] },
        { uid: 'cat', groups: [] },
      ],
      [
        { uid: 'ann', groups: ['red'] },
        { uid: 'cat', groups: [] },
      ],
    ],
    ['by session', x => x.select({ where: { session: { size: [5, 9] } }, fields: ['id'] }), [{ id: ann2 }], []],
    ['by what no session has', async x => count(await x.select({ where: { session: { name: null } } })), 1, 0],
    ['who is in any group', async x => count(await x.select({ where: { group: true } })), 3, 1],
    ['who is in one', async x => count(await x.select({ where: { group: ['old', 'blue'] } })), 2, 0],
    ['who has not logged in', x => x.select({ where: { loggedIn: false }, fields: ['uid'] }), [{ uid: undefined }], []],
    [
      'everything about one',
      x =>
        x.select({
          where: { id: cat, protocol: 'line' },
          fields: ['id', 'uid', 'groups', 'session', 'version', 'protocol', 'loggedIn'],
        }),
      [{ id: cat, uid: 'cat', groups: [], session: session('cat'), version: 1, protocol: 'line', loggedIn: true }],
      [{ id: cat, uid: 'cat', groups: [], session: session('cat'), version: 1, protocol: 'line', loggedIn: true }],
    ],
  ];

  await t.test('with all gateways', async t => {
    for (const [name, ask, whole] of cases) {
      const { value, complete, missing } = (await ask(worker)) as { value: unknown; complete: boolean; missing: [] };
      t.same(settled(value), settled(whole), name);
      t.same([complete, missing], [true, []], name);
    }
    t.equal(await worker.isUidOnline('gone'), false);
    t.equal(await worker.isOnline(id('gone')), false);
    t.equal(await worker.getUidByClientId(id('gone')), undefined);
    t.equal(await worker.getSession(id('gone')), undefined);
    t.equal(await worker.patchSession(id('gone'), { a: 1 }), undefined);
    t.equal(await worker.joinGroup(id('gone'), 'x'), false);
    t.equal(await worker.closeClient(id('gone')), false);
    t.equal(await worker.sendToClient(id('gone'), 'answer', { text: 'x' }, { confirm: true }), false);
  });

  await t.test('what cannot be asked is refused in a sentence, not counted as silence', async t => {
    const wrong = { id: 'a', colour: 'red' } as object;
    await t.rejects(worker.select({ where: wrong }), {
      code: 'FG_VALUE',
      message: 'Clients cannot be selected by "colour"; a condition has id, uid, group, protocol, loggedIn, session',
    });
    await t.rejects(worker.select({ fields: ['toString' as 'id'] }), { message: /A client has no field "toString"/ });
    await t.rejects(worker.select({ fields: [] }), { message: /needs fields/ });
    await t.rejects(worker.select({ limit: 0 }), { message: '"limit" of a selection is a number from 1, not 0' });
    await t.rejects(worker.select({ limit: '5' as unknown as number }), { message: /not the text "5"/ });
    await t.rejects(worker.select({ after: 'x' }), { message: /"x" is no place to go on from/ });
    await t.rejects(worker.joinGroup(ann, 7 as unknown as string), {
      code: 'FG_VALUE',
      message: /^Ids, uids and names of groups are strings or lists of them, not the number 7/,
    });
    await t.rejects(worker.isOnline(undefined as unknown as string), { code: 'FG_VALUE' });
    const said = ['answer', { text: 'x' }] as const;
    const noList = 'Ids, uids and names of groups are strings or lists of them, not ';
    const sends: readonly [() => unknown, string][] = [
      [() => worker.sendToUid(7 as never, said), `${noList}the number 7`],
      [() => worker.sendToGroup(undefined as never, said, { confirm: true }), `${noList}nothing`],
      [() => worker.sendToClients(ann as never, said), `${noList}the string ${ann}`],
      [() => worker.sendToAll(said, { exclude: new Set([ann]) as never }), `${noList}a Set`],
      [
        () => worker.sendToUid(['ann', 7 as never], said),
        'Ids, uids and names of groups are strings, not the number 7',
      ],
      [() => worker.sendToClient(null as never, said), 'Ids, uids and names of groups are strings, not nothing'],
    ];
    for (const [send, text] of sends) t.throws(send, { code: 'FG_VALUE', message: text });
    const asks: readonly (() => Promise<unknown>)[] = [
      () => worker.closeUid(7 as never),
      () => worker.getClientIdsByGroup(undefined as never),
      () => worker.getUidsByGroup([7] as never),
      () => worker.getSessionsByGroup(undefined as never),
      () => worker.getSession(undefined as never),
      () => worker.ungroup(undefined as never),
      () => worker.isUidOnline(7 as never),
    ];
    for (const ask of asks) {
      await t.rejects(ask(), { code: 'FG_VALUE', message: /^Ids, uids and names of groups are strings/ });
    }
    const passer = await w.join('passer', gateways[0]);
    w.handles.get('passer')!.close(7 as never);
    await passer.whenClosed();
    t.notOk(cluster.logger.has('Lost'), 'all that costs no link');
    const many = Array.from({ length: 4096 }, (_, i) => `g${i}`);
    await t.rejects(worker.joinGroup(ann, many), { code: 'FG_TOO_LARGE', message: /4096 groups at most/ });
    t.same((await worker.getAllGroups()).value.toSorted(), ['blue', 'red'], 'nothing is done by half');
  });

  await t.test('a name that nobody can have is refused by every call, with what it is', async t => {
    const said = ['answer', { text: 'x' }] as const;
    const half = '\ud83d';
    const absurd: readonly [string, RegExp][] = [
      ['', /^An id, a uid, or the name of a group, has 1 to 1024 characters, not none: look where it comes from$/],
      ['x'.repeat(1025), /has 1 to 1024 characters, not 1025, as "x{40}…" has$/],
      [`ann ${half}`, /^There can be no id, uid or group "ann \\ud83d", as it has half a surrogate pair: cut text/],
    ];
    const own = w.handles.get('ann')!;
    for (const [name, message] of absurd) {
      const sends: readonly (() => unknown)[] = [
        () => worker.sendToClient(name, said),
        () => worker.sendToClients([ann, name], said),
        () => worker.sendToUid(name, said),
        () => worker.sendToUids(['ann', name], said, { confirm: true }),
        () => worker.sendToGroup(name, said),
        () => worker.sendToGroups([name], said),
        () => worker.sendToAll(said, { exclude: name }),
      ];
      for (const send of sends) t.throws(send, { code: 'FG_VALUE', message });
      const asks: readonly (() => Promise<unknown>)[] = [
        () => worker.request(name, 'ask' as never, {} as never),
        () => worker.closeClient(name),
        () => worker.destroyClient([name]),
        () => worker.closeUid(name),
        () => worker.bindUid(ann, name),
        () => worker.bindUid(ann, name, { single: true }),
        () => worker.unbindUid(name),
        () => worker.isOnline(name),
        () => worker.isUidOnline(name),
        () => worker.isUidOnline([name]),
        () => worker.getClientIdsByUid(name),
        () => worker.getUidByClientId(name),
        () => worker.joinGroup(ann, name),
        () => worker.leaveGroup(ann, ['red', name]),
        () => worker.ungroup(name),
        () => worker.getClientIdsByGroup(name),
        () => worker.getClientCountByGroup(name),
        () => worker.getUidsByGroup([name]),
        () => worker.getUidCountByGroup(name),
        () => worker.getSessionsByGroup(name),
        () => worker.select({ where: { uid: name } }),
        () => worker.select({ where: { group: ['red', name] }, limit: 1 }),
        () => worker.getSession(name),
        () => worker.patchSession(name, { a: 1 }),
        () => own.bindUid(name),
        () => own.bindUid(name, { single: true }),
        () => own.joinGroup(['red', name]),
        () => own.leaveGroup(name),
      ];
      for (const [i, ask] of asks.entries()) await t.rejects(ask(), { code: 'FG_VALUE', message }, `${i}: ${message}`);
    }
    t.equal(own.uid, 'ann', 'nothing was tried');
    t.same((await worker.getAllGroups()).value.toSorted(), ['blue', 'red']);
  });

  await t.test('with a gateway that is silent', async t => {
    const missing = [gateways[1].gateway!.id];
    cluster.cutOff(gateways[1]);
    await until(async () => !(await worker.getAllClientCount()).complete, 'the gateway to be missed');
    for (const [name, ask, , part] of cases) {
      const result = (await ask(worker)) as { value: unknown; complete: boolean; missing: string[] };
      t.same(settled(result.value), settled(part), name);
      // A question about clients of one gateway needs no other.
      t.same([result.complete, result.missing], [false, missing], name);
    }
    const alone: (() => Promise<unknown>)[] = [
      () => worker.isOnline(bob),
      () => worker.isUidOnline('bob'),
      () => worker.getUidByClientId(bob),
      () => worker.getSession(bob),
      () => worker.setSession(bob, {}),
      () => worker.bindUid(bob, 'b'),
      () => worker.unbindUid(bob),
      () => worker.joinGroup(bob, 'x'),
      () => worker.leaveGroup(bob, 'x'),
      () => worker.closeClient(bob),
      () => worker.destroyClient(bob),
      () => worker.sendToClient(bob, 'answer', { text: 'x' }, { confirm: true }),
    ];
    for (const ask of alone)
      await t.rejects(ask(), { code: 'FG_UNREACHABLE', message: `Not answered by ${missing[0]}` });
    t.equal(await worker.isUidOnline('ann'), true, 'one yes is enough');
    t.equal(await worker.isOnline(cat), true);
    t.same(await worker.closeClient([bob, cat]), { value: [cat], complete: false, missing });
    const sent = await worker.sendToUid(['ann', 'bob'], 'answer', { text: 'hi' }, { confirm: true });
    t.same(sent, { value: 1, skipped: 0, complete: false, missing });
    await w.line('ann').line('* answer hi');
  });
});

function count<V>(result: { value: readonly V[] }) {
  return { ...result, value: result.value.length };
}

t.test('before any gateway is known nobody is said to be gone, and what is sent waits', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const ann = await cluster.client(gateway);
  await until(() => gateway.gateway!.tables.byId.size === 1, 'the connection');
  const [id] = [...gateway.gateway!.tables.byId.keys()] as [string];
  const asked: [string, unknown][] = [];
  await cluster.startWorker({
    async onWorkerStart(worker) {
      worker.sendToClient(id, 'answer', { text: 'from before' });
      const questions: { [name: string]: () => Promise<unknown> } = {
        isOnline: () => worker.isOnline(id),
        isUidOnline: () => worker.isUidOnline('ann'),
        getSession: () => worker.getSession(id),
        closeClient: () => worker.closeClient(id),
        sendToClient: () => worker.sendToClient(id, 'answer', { text: 'confirmed' }, { confirm: true }),
        several: () => worker.isOnline([id]),
        count: () => worker.getAllClientCount(),
      };
      for (const [name, ask] of Object.entries(questions)) {
        const answer = await ask().catch(
          (error: { code: string; message: string }) => `${error.code} ${error.message}`,
        );
        asked.push([name, answer]);
      }
    },
  });
  await ann.line('* answer from before');
  const unknown = 'FG_UNREACHABLE Not all gateways are known yet';
  t.same(Object.fromEntries(asked), {
    isOnline: unknown,
    isUidOnline: unknown,
    getSession: unknown,
    closeClient: unknown,
    sendToClient: unknown,
    several: { value: [], complete: false, missing: [] },
    count: { value: 0, complete: false, missing: [] },
  });
});

t.test('identity and groups of others, one or several at a time', async t => {
  const w = await world(t);
  await populate(w, t);
  const { worker, id } = w;
  const ids = ['ann', 'bob', 'gone'].map(id);
  const there = { value: ids.slice(0, 2), complete: true, missing: [] };
  t.same(await worker.joinGroup(ids, ['x', 'y']), there);
  t.same(settled((await worker.getClientIdsByGroup('y')).value), settled(ids.slice(0, 2)));
  t.same(await worker.leaveGroup(ids, 'x'), there);
  t.equal((await worker.getClientCountByGroup('x')).value, 0);
  t.same(await worker.ungroup('y'), { value: 2, complete: true, missing: [] });
  t.same(await worker.ungroup(['red', 'blue', 'none']), { value: 4, complete: true, missing: [] });
  t.same((await worker.getAllGroups()).value, []);
  t.equal((await worker.getAllClientCount()).value, 5, 'nobody is closed by it');
  t.equal(await worker.joinGroup(id('cat'), 'red'), true);
  t.same((await worker.getUidsByGroup('red')).value, ['cat']);
  t.same(await worker.bindUid(ids, 'both'), there);
  t.same(settled((await worker.getClientIdsByUid('both')).value), settled(ids.slice(0, 2)));
  t.equal(await worker.isUidOnline('bob'), false);
  t.same(await worker.unbindUid(ids), there);
  t.equal(await worker.isUidOnline('both'), false);
  t.equal(await worker.bindUid(id('cat'), 'tom'), true);
  t.equal(await worker.getUidByClientId(id('cat')), 'tom');
  await w.join('late', w.gateways[0], 'red');
  t.same((await worker.getUidsByGroup('red')).value.toSorted(), ['late', 'tom'], 'a group that was dissolved is new');
});

t.test('pages: who is there from the first to the last is listed once, whoever comes and goes', async t => {
  const w = await world(t);
  const stay: string[] = [];
  const go: string[] = [];
  for (let i = 0; i < 12; i++) {
    const [a, b] = [`s${i}`, `g${i}`];
    await w.join(a, w.gateways[i % 2]!, 'all');
    await w.join(b, w.gateways[i % 2]!, 'all');
    stay.push(w.id(a));
    go.push(b);
  }
  for (const where of [{}, { group: 'all' }]) {
    const seen: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await w.worker.select({ where, fields: ['id'], limit: 5, ...(after !== undefined && { after }) });
      t.ok(page.complete);
      t.ok(page.value.length <= 5);
      seen.push(...page.value.map(row => row.id));
      after = page.next;
      // One leaves, another comes, perhaps in his place.
      const leaver = go.shift();
      if (leaver !== undefined) {
        w.line(leaver).close();
        await until(async () => !(await w.worker.isOnline(w.id(leaver))), 'the leaver to be gone');
        const name = `n${where.group ?? ''}${pages}`;
        await w.join(name, w.gateways[pages % 2]!, 'all');
        go.push(name);
      }
      pages++;
    } while (after !== undefined);
    t.equal(new Set(seen).size, seen.length, 'nobody is listed twice');
    t.same(
      stay.filter(id => !seen.includes(id)),
      [],
      'nobody who stayed is left out',
    );
    t.ok(pages >= 5);
  }
});

t.test('sends to many: each gets it once, and the result says who did not', async t => {
  const w = await world(t);
  await populate(w, t);
  const { worker, id, line } = w;
  const all = { complete: true, missing: [], skipped: 0 };
  const confirm = { confirm: true } as const;

  t.equal(worker.sendToGroup(['red', 'blue'], 'answer', { text: 'once' }), undefined);
  t.same(await worker.sendToGroups(['red', 'blue'], 'answer', { text: 'twice?' }, confirm), { value: 3, ...all });
  for (const name of ['ann', 'bob', 'ann.2']) {
    await line(name).line('* answer twice?');
    t.same(line(name).lines, []);
  }
  const exclude = [id('bob'), id('ann.2')];
  t.same(await worker.sendToAll('answer', { text: 'some' }, { exclude, confirm: true }), { value: 2, ...all });
  t.same(await worker.sendToUids(['ann', 'cat'], 'answer', { text: 'uids' }, confirm), { value: 3, ...all });
  t.same(await worker.sendToClients([id('cat'), id('bob')], 'answer', { text: 'ids' }, confirm), { value: 2, ...all });
  await line('bob').line('* answer ids');
  await line('ann.2').line('* answer uids');
  for (const text of ['some', 'uids']) t.equal(await line('ann').line('*'), `* answer ${text}`);
  for (const text of ['some', 'uids', 'ids']) t.equal(await line('cat').line('*'), `* answer ${text}`);

  await t.test('a number of its own for each, bytes as they are, other forms of a message', async t => {
    worker.sendToUid('ann', 'stamped', { text: 'counted' });
    for (const name of ['ann', 'ann.2']) await line(name).line('* #1 counted');
    worker.sendToClient(id('cat'), new TextEncoder().encode('raw\r\n'));
    t.equal(await line('cat').line('raw'), 'raw');
    worker.sendToClient(id('cat'), ['answer', { text: 'a pair' }]);
    await line('cat').line('* answer a pair');
    t.equal(await worker.sendToClient(id('cat'), message(lineProtocol(), 'answer', { text: 'm' }), confirm), true);
    await line('cat').line('* answer m');
    t.throws(() => worker.sendToAll(7 as never), { code: 'FG_VALUE', message: /A message is \[name, fields\]/ });
    t.throws(() => worker.sendToAll([message(lineProtocol(), 'pong', {}), message(lineProtocol(), 'pong', {})]), {
      code: 'FG_VALUE',
      message: 'There are two messages for protocol "line"; give one for each',
    });
  });

  await t.test('a message that ends its clients', async () => {
    t.same(await worker.sendToGroup('blue', 'bye', { text: 'blue' }, confirm), { value: 2, ...all });
    for (const name of ['bob', 'ann.2']) {
      await line(name).line('* bye blue');
      await line(name).whenClosed();
    }
  });
});

t.test('closing: behind what was sent, with a last message, or at once', async t => {
  const w = await world(t);
  await populate(w, t);
  const { worker, id, line, closes } = w;
  closes.length = 0;
  worker.sendToClient(id('cat'), 'answer', { text: 'first' });
  t.equal(await worker.closeClient(id('cat'), { detail: 'kicked', last: ['bye', { text: 'cat' }] }), true);
  t.equal(await line('cat').line('* answer'), '* answer first');
  t.equal(await line('cat').line('*'), '* bye cat');
  await line('cat').whenClosed();
  t.same(await worker.closeUid('ann', { last: new TextEncoder().encode('out\r\n'), detail: 'all of you' }), {
    value: 2,
    complete: true,
    missing: [],
  });
  for (const name of ['ann', 'ann.2']) {
    t.equal(await line(name).line('out'), 'out');
    await line(name).whenClosed();
  }
  worker.sendToClient(id('bob'), 'answer', { text: 'never seen' });
  t.equal(await worker.destroyClient(id('bob'), 'at once'), true);
  await line('bob').whenClosed();
  t.same(line('bob').lines, []);
  await until(() => closes.length === 4, 'onClose of all');
  t.same(closes.toSorted(), [
    'ann server-closed all of you',
    'ann server-closed all of you',
    'bob server-closed at once',
    'cat server-closed kicked',
  ]);
  await w.join('dan', w.gateways[0]);
  t.same(await worker.destroyClient([w.id('dan'), id('bob')]), { value: [w.id('dan')], complete: true, missing: [] });
  await w.join('eve', w.gateways[1]);
  t.equal(await w.handles.get('eve')!.destroy('by handle'), true);
  await line('eve').whenClosed();
});
