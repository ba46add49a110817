/** Sessions and uids that several programs write: who sees what, and when. */
import t, { type Test } from 'tap';
import { accept, type Client, type Events, type SessionValues, type Worker } from '../../src/index.js';
import { recordTypes } from '../../src/link/index.js';
import type { WorkerClient } from '../../src/worker/client.js';
import { WorkerSession } from '../../src/worker/session.js';
import { Cluster } from '../support/cluster.js';
import type { LineClient } from '../support/line-client.js';
import type { Line } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

interface Pair {
  /** In the worker that has the client. */
  readonly client: Client<Line>;
  readonly line: LineClient;
  /** Another worker. */
  readonly other: Worker<Line>;
  /** Records of changes that the gateway has sent. */
  readonly told: () => number;
}

async function pair(t: Test, events: Events<Line>): Promise<Pair> {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  let client: Client<Line> | undefined;
  await cluster.startWorker({
    onLogin(c, { name }) {
      client = c;
      return accept({ name });
    },
    ...events,
  });
  const line = await cluster.client(gateway);
  await line.login('ann');
  const other = (await cluster.startWorker({})).worker!.handleFor('line') as unknown as Worker<Line>;
  let told = 0;
  for (const { link } of gateway.gateway!.peers) {
    const begin = link.begin.bind(link);
    link.begin = type => {
      if (type === recordTypes.news) told++;
      return begin(type);
    };
  }
  return { client: client!, line, other, told: () => told };
}

t.test('what others write is seen from the next event on, and told only then', async t => {
  const seen: SessionValues[] = [];
  let go = (): void => {};
  const { client, line, other, told } = await pair(t, {
    async onSay({ session }, message) {
      seen.push(session.values);
      if (message.line !== 'wait') return;
      await new Promise<void>(resolve => {
        go = resolve;
      });
      seen.push(session.values);
    },
  });
  await client.session.set({ a: 1 });
  line.send('wait');
  await until(() => seen.length === 1, 'the handler');
  for (const a of [2, 3, 4]) await other.patchSession(client.id, { a });
  t.equal(told(), 0, 'nobody needs to know yet');
  line.send('next', 'and next');
  await until(() => told() === 1, 'the change to be told');
  t.same(client.session.values, { a: 1 }, 'the next event is on its way, but has not begun');
  go();
  await until(() => seen.length === 4, 'all handlers');
  t.same(seen, [{ a: 1 }, { a: 1 }, { a: 4 }, { a: 4 }]);
  t.equal(client.session.version, 4);
  await client.session.patch({ b: 1 });
  line.send('own writes');
  await until(() => seen.length === 5, 'the handler');
  t.same(seen[4], { a: 4, b: 1 });
  t.equal(told(), 1, 'its own writes it knows');
});

t.test('the answer to a write brings what others have written', async t => {
  const { client, line, other, told } = await pair(t, {});
  await client.session.set({ a: 1 });
  await other.patchSession(client.id, { b: 2 });
  t.same(await client.session.patch({ c: 3 }), { ok: true, version: 3, current: { a: 1, b: 2, c: 3 } });
  t.same(client.session.values, { a: 1, b: 2, c: 3 });
  await other.setSession(client.id, { d: 4 });
  const lost = await client.session.set({ e: 5 }, { expect: 3 });
  t.same(lost, { ok: false, version: 4, current: { d: 4 } });
  t.same(client.session.values, { d: 4 });
  t.same(await client.session.patch({ e: null, d: null }, { expect: 4 }), { ok: true, version: 5, current: {} });
  line.send('/ask 1');
  t.equal(await other.isOnline(client.id), true);
  t.equal(told(), 0, 'there was nothing left to tell');
});

t.test('a write that fails does not hide what others write behind it', async t => {
  const { client, other } = await pair(t, {});
  await client.session.set({ a: 1 });
  const failed = client.session.patch({ large: 'x'.repeat(70_000) });
  await t.rejects(failed, {
    code: 'FG_TOO_LARGE',
    message: /A session may have 65536 bytes, this one would have 70\d\d\d; keep what is large elsewhere/,
  });
  await other.patchSession(client.id, { b: 2 });
  t.same((await client.session.patch({ c: 3 })).current, { a: 1, b: 2, c: 3 });
  await t.rejects(other.setSession(client.id, { large: 'x'.repeat(70_000) }), { code: 'FG_TOO_LARGE' });
  t.same(await other.getSession(client.id), { values: { a: 1, b: 2, c: 3 }, version: 3 });
});

t.test('nor what was written behind it, when others had written and the handler did not know yet', async t => {
  const results: unknown[] = [];
  let go = (): void => {};
  const { client, line, other, told } = await pair(t, {
    async onSay({ session }, message) {
      if (message.line !== 'wait') return;
      await new Promise<void>(resolve => {
        go = resolve;
      });
      const failed = session.patch({ large: 'x'.repeat(70_000) }).catch((error: { code: string }) => error.code);
      const written = session.patch({ c: 3 });
      results.push(await failed, await written, session.values);
    },
  });
  await client.session.set({ a: 1 });
  line.send('wait');
  await other.patchSession(client.id, { b: 2 });
  line.send('next');
  await until(() => told() === 1, 'the change to be told');
  // The handler's is the version before: one write further it has the number of what it was told.
  go();
  await until(() => results.length === 3, 'the handler');
  const current = { a: 1, b: 2, c: 3 };
  t.same(results, ['FG_TOO_LARGE', { ok: true, version: 3, current }, current]);
});

t.test('compare-and-set: two workers count together and lose nothing', async t => {
  const { client, other } = await pair(t, {});
  await client.session.set({ n: 0 });
  const here = async (): Promise<void> => {
    for (let i = 0; i < 50; ) {
      const { session } = client;
      if ((await session.patch({ n: (session.get('n') as number) + 1 }, { expect: session.version })).ok) i++;
    }
  };
  const there = async (): Promise<void> => {
    let { values, version } = (await other.getSession(client.id))!;
    for (let i = 0; i < 50; ) {
      const result = await other.patchSession(client.id, { n: (values.n as number) + 1 }, { expect: version });
      if (result!.ok) i++;
      ({ current: values, version } = result!);
    }
  };
  await Promise.all([here(), there()]);
  t.equal((await other.getSession(client.id))!.values.n, 100);
});

t.test('values: plain data, bigint and bytes, as they were when they were given', async t => {
  const { client, other } = await pair(t, {});
  const list: (string | bigint)[] = ['x', -(2n ** 70n)];
  const values = { list, raw: new Uint8Array([1, 255]), deep: { a: [{ b: null }, true, -0.5] }, late: 1 };
  const written = client.session.set(values);
  list.push('too late');
  values.raw[0] = 9;
  const kept = { list: ['x', -(2n ** 70n)], raw: new Uint8Array([1, 255]), deep: values.deep, late: 1 };
  t.same(client.session.values, kept);
  t.same((await written).current, kept);
  t.same((await other.getSession(client.id))!.values, kept);
  t.equal(client.session.get('constructor'), undefined);

  const { session } = client;
  const HALF =
    'A text of 1 characters cannot be kept or sent, as it has half a surrogate pair: ' +
    'cut text between characters, or use text.toWellFormed()';
  for (const [value, message] of [
    [{ f: () => 1 }, 'A function cannot be kept or sent; use plain data'],
    [{ d: new Date() }, 'A Date cannot be kept or sent; use plain data'],
    [JSON.parse('{ "__proto__": 1 }'), 'The key "__proto__" is refused'],
    [JSON.parse('{ "a": [{ "__proto__": { "admin": true } }] }'), 'The key "__proto__" is refused'],
    [{ '\ud800': 1 }, HALF],
    [{ list: ['\ude00'] }, HALF],
    [['a list'], 'A session is written as an object, such as { room: "lobby" }'],
  ] as const) {
    t.throws(() => session.set(value as never), { code: 'FG_VALUE', message });
    if (!Array.isArray(value))
      await t.rejects(other.patchSession(client.id, value as never), { code: 'FG_VALUE', message });
  }
  let nested: unknown = 1;
  for (let i = 0; i < 40; i++) nested = [nested];
  t.throws(() => session.patch({ nested } as never), { code: 'FG_VALUE', message: /nested more than 32 deep/ });
  await t.rejects(other.setSession(client.id, ['a'] as never), { message: 'A session is an object, not a list' });
  await t.rejects(session.patch({}, { expect: 'x' as never }), { code: 'FG_VALUE', message: /version .* is a number/ });
  t.same((await session.patch({})).current, kept, 'nothing of it was kept');
});

t.test('onClose sees the final session and uid, whoever wrote last', async t => {
  const closed: unknown[] = [];
  const { client, line, other } = await pair(t, {
    onClose: ({ session, uid }) => void closed.push([session.values, session.version, uid]),
  });
  await client.session.set({ a: 1 });
  await other.patchSession(client.id, { b: 2 });
  await other.bindUid(client.id, 'renamed');
  line.close();
  await until(() => closed.length === 1, 'onClose');
  t.same(closed, [[{ a: 1, b: 2 }, 2, 'renamed']]);
});

t.test('a uid that others bind is known from the next event on; an own binding behind it stands', async t => {
  const uids: (string | undefined)[] = [];
  const { client, line, other } = await pair(t, { onSay: ({ uid }) => void uids.push(uid) });
  await other.bindUid(client.id, 'x');
  t.equal(client.uid, 'ann');
  line.send('one');
  await until(() => uids.length === 1, 'the handler');
  await other.unbindUid(client.id);
  client.bindUid('y');
  line.send('two');
  await until(() => uids.length === 2, 'the handler');
  t.same(uids, ['x', 'y']);
  t.equal(await other.getUidByClientId(client.id), 'y');
});

t.test('an answer counts at once: the event right behind it sees what the answer brings', async t => {
  let answer = (_: unknown): void => {};
  const client = {
    call: (_kind: number, _args: unknown, taken: (value: unknown) => void) =>
      new Promise(resolve => {
        answer = value => {
          taken(value);
          resolve(value);
        };
      }),
  };
  const session = new WorkerSession(client as unknown as WorkerClient, { a: 1 }, 1);
  const written = session.patch({ b: 1 });
  t.same(session.values, { a: 1, b: 1 });
  // Somebody else has written `a` before.
  answer({ ok: true, version: 3, current: { a: 2, b: 1 } });
  t.same([session.values, session.version], [{ a: 2, b: 1 }, 3]);
  t.same(await written, { ok: true, version: 3, current: { a: 2, b: 1 } });
});
