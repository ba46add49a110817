/** A whole application in one process, through real sockets. */
import t from 'tap';
import type { MessageCodec } from '../../src/codec/index.js';
import {
  type App,
  accept,
  type Client,
  type CloseReason,
  defineApp,
  type Events,
  type MessageEvent,
  message,
  type Running,
  refuse,
  startAll,
  type Worker,
} from '../../src/index.js';
import { loggable } from '../../src/protocol/index.js';
import { LineClient } from '../support/line-client.js';
import { type Line, type LineOptions, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

interface Served {
  readonly app: App;
  readonly running: Running;
  readonly logger: MemoryLogger;
  connect(): Promise<LineClient>;
}

type Teardown = { teardown(run: () => unknown): void };

async function serve(t: Teardown, events: Events<Line>, options: LineOptions = {}, limits = {}): Promise<Served> {
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(options), events: () => Promise.resolve(events), limits },
    ],
  });
  const logger = new MemoryLogger();
  const running = await startAll(app, { logger });
  const clients: LineClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.close();
    await running.stop();
  });
  const connect = async () => {
    const client = await LineClient.connect(running.listening[0]!.address);
    clients.push(client);
    return client;
  };
  return { app, running, logger, connect };
}

const chat: Events<Line> = {
  onLogin(client, message) {
    if (message.pass === 'bad') return refuse({ reason: 'wrong password' });
    client.joinGroup('lobby');
    return accept({ name: message.name });
  },
  onSay(client, message) {
    client.worker.sendToGroup('lobby', 'said', { from: client.uid ?? '?', line: message.line }, { exclude: client.id });
  },
};

t.test('two clients talk to each other', async t => {
  const { connect } = await serve(t, chat);
  const bob = await connect();
  const ann = await connect();
  await bob.login('bob');
  await ann.login('ann');
  bob.send('hello ann');
  t.equal(await ann.line('<'), '<bob> hello ann');
  ann.send('hi bob', 'how are you?');
  await bob.line('<ann> hi bob');
  await bob.line('<ann> how are you?');
  t.same(bob.lines, []);
});

t.test('a login may be refused, and after the last try the client is closed', async t => {
  const { connect, running } = await serve(t, chat);
  const eve = await connect();
  eve.send('/login eve bad', '/login eve bad');
  await eve.line('* refused: wrong password');
  await eve.line('* refused: wrong password');
  eve.send('/login eve bad');
  await eve.line('* refused: wrong password');
  await eve.whenClosed();
  t.equal(running.gateway!.closes['auth-failed'], 1);
});

t.test('what is not allowed before the login is answered and never handed over', async t => {
  const said: string[] = [];
  const { connect } = await serve(t, {
    ...chat,
    onSay: (_, message) => {
      said.push(message.line);
    },
    onHelp: client => client.send('answer', { text: 'log in' }),
  });
  const client = await connect();
  client.send('anybody?');
  await client.line('* refused: log in first');
  client.send('/help');
  await client.line('* answer log in');
  await client.login('ann');
  client.send('now');
  await until(() => said.length > 0, 'the message');
  t.same(said, ['now']);
});

t.test('frames behind a pending login wait for it, in order', async t => {
  const seen: string[] = [];
  const { connect } = await serve(t, {
    async onLogin(_, message) {
      await sleep(50);
      return message.pass === 'bad' ? refuse({ reason: 'no' }) : accept({ name: message.name });
    },
    onSay(_, message) {
      seen.push(message.line);
    },
  });
  const ann = await connect();
  ann.send('/login ann pass', 'one', 'two', '/ping', 'three');
  await ann.line('* welcome ann');
  await ann.line('* pong');
  await until(() => seen.length === 3, 'three messages');
  t.same(seen, ['one', 'two', 'three']);

  const bob = await connect();
  bob.send('/login bob bad', 'four', '/login bob good', 'five');
  await bob.line('* refused: no');
  await bob.line('* refused: log in first');
  await bob.line('* welcome bob');
  await until(() => seen.length === 4, 'the message behind the second login');
  t.same(seen, ['one', 'two', 'three', 'five']);
});

t.test('time limits', async t => {
  const reasons: CloseReason[] = [];
  const options = { within: 400, every: 200, miss: 3 };
  const { connect, running } = await serve(
    t,
    {
      ...chat,
      onClose(_, reason) {
        reasons.push(reason);
      },
    },
    options,
  );

  await t.test('a client that never logs in is closed with auth-timeout', async t => {
    const client = await connect();
    const after = await client.whenClosed();
    t.ok(after > 300 && after < 3000, `after ${after} ms`);
    await until(() => reasons.length === 1, 'onClose');
    t.equal(reasons[0]!.code, 'auth-timeout');
  });

  await t.test('one that chatters without logging in too', async t => {
    const client = await connect();
    const timer = setInterval(() => client.send('hello?', '/ping'), 50);
    const after = await client.whenClosed();
    clearInterval(timer);
    t.ok(after > 300 && after < 3000, `after ${after} ms`);
    t.equal(running.gateway!.closes['auth-timeout'], 2);
  });

  await t.test('a silent one is closed with heartbeat-timeout, one with heartbeats is not', async t => {
    const silent = await connect();
    const alive = await connect();
    await silent.login('silent');
    await alive.login('alive');
    const timer = setInterval(() => alive.send('/ping'), 100);
    const after = await silent.whenClosed();
    clearInterval(timer);
    t.ok(after > 450 && after < 3000, `after ${after} ms`);
    await alive.line('* pong');
    t.notOk(alive.closed);
    t.equal(running.gateway!.closes['heartbeat-timeout'], 1);
  });
});

t.test('silence beyond the idle limit closes with idle-timeout', async t => {
  const { connect, running } = await serve(t, chat, { idle: 300 });
  const client = await connect();
  await client.login('ann');
  await client.whenClosed();
  t.equal(running.gateway!.closes['idle-timeout'], 1);
});

t.test('the clock stands still while a login is judged, but not for ever', async t => {
  let judge = (): void => {};
  const { connect, running } = await serve(
    t,
    {
      onLogin: (_, message) =>
        new Promise(resolve => {
          judge = () => resolve(accept({ name: message.name }));
        }),
    },
    { within: 400 },
  );
  const slow = await connect();
  slow.send('/login slow pass');
  await sleep(550);
  t.notOk(slow.closed, 'beyond the limit');
  judge();
  await slow.line('* welcome slow');
  const never = await connect();
  never.send('/login never pass');
  const after = await never.whenClosed();
  judge();
  t.ok(after > 650 && after < 4000, `after ${after} ms`);
  t.equal(running.gateway!.closes['auth-timeout'], 1);
});

t.test('declared replies', async t => {
  const order: string[] = [];
  const events: MessageEvent<Line, 'ask'>[] = [];
  const { connect, logger } = await serve(t, {
    ...chat,
    async onOrder() {
      await sleep(20);
      order.push('handled');
    },
    async onTask(_, message) {
      await sleep(20);
      if (message.n === 13) throw new Error('unlucky');
    },
    onAsk(_, message, event) {
      events.push(event);
      event.reply({ text: `to ${message.n}` });
      event.reply({ text: 'twice' });
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('/order 7');
  await client.line('* ordered 7');
  order.push('answered');
  client.send('/task 1', '/task 13', '/task 2');
  await client.line('* done 1');
  t.equal(await client.line('* done'), '* done 2', 'no reply from a handler that threw');
  client.send('/ask 5');
  await client.line('* answer to 5');
  await until(() => logger.has('"ask" has been replied to already'), 'the second reply to be refused');
  t.equal(order[0], 'answered', 'auto: before the handler has settled');
  t.match(events[0]!.id, /^[0-9a-f]{22}.{16}:\d+$/);
  t.equal(events[0]!.redelivered, false);
  t.ok(Math.abs(Date.now() - events[0]!.receivedAt) < 60_000);
  t.notOk(events[0]!.signal.aborted);
});

t.test('a handler that throws costs one message, and its error is told', async t => {
  const errors: string[] = [];
  const seen: string[] = [];
  const { connect, logger } = await serve(t, {
    onLogin(_, message) {
      if (message.name === 'oops') throw new Error(`cannot check ${message.pass}`);
      return accept({ name: message.name });
    },
    onSay(_, message) {
      if (message.line === 'boom') throw new Error('boom');
      seen.push(message.line);
    },
    onError(_, context) {
      errors.push(context.message);
      if (context.message === 'say') throw new Error('again');
    },
  });
  const client = await connect();
  client.send('/login oops s3cr3t');
  await until(() => logger.has('The handler of "login" failed'), 'the log line');
  t.ok(logger.has('Error, whose text is not shown: it has a secret field of "login" in it (at '));
  t.notOk(logger.has('cannot check'), 'the words around a secret would tell it');
  await client.login('ann');
  client.send('a', 'boom', 'b');
  await until(() => seen.length === 2, 'the other messages');
  t.same(seen, ['a', 'b']);
  t.same(errors, ['login', 'say']);
  t.ok(logger.has('The handler of "say" failed for client'));
  t.ok(logger.has('onError failed: again'));
});

t.test('a secret that cannot be decoded when a handler reads it does not stand in the log', async t => {
  const codec = { name: 'login', secrets: ['pin'] } as unknown as MessageCodec;
  const request = {
    get pin(): never {
      throw new Error('1234 is too long');
    },
  };
  t.equal(
    loggable(new Error('1234 is too long'), codec, { value: request }),
    'Error, whose text is not shown: it has a secret field of "login" in it',
  );
});

t.test('the log shows no secrets, not even of what could not be encoded', async t => {
  const token = 'much-too-long';
  const events: Events<Line> = {
    onLogin(client, { name, pass }) {
      if (name === 'spaces') throw new Error('no spaces and no pauses, please');
      if (name === 'quoted') throw new TypeError(`no ${JSON.stringify({ pass })}`);
      if (name === 'plain') throw new Error('no database');
      if (name === 'send') client.send('token', { token });
      if (name === 'all') client.worker.sendToAll('token', { token });
      return accept({ name });
    },
    onError(error) {
      throw error;
    },
  };
  const { connect, logger } = await serve(t, events, { tries: 10 });
  const client = await connect();
  const logged = async (line: string): Promise<string> => {
    logger.lines.length = 0;
    client.send(line);
    await until(() => logger.has('onError failed'), 'both log lines');
    return logger.lines.join('\n');
  };
  for (const [name, pass, shown, never] of [
    ['spaces', 'p', 'Error, whose text is not shown', /s\*|pauses/],
    ['quoted', 'a"b', 'TypeError, whose text is not shown', /a\\?"b/],
    ['plain', 'p', 'no database', /whose text/],
    ['send', 'p', 'Cannot encode "token" of "token" (LENGTH)', /much-too-long/],
    ['all', 'p', 'Cannot encode "token" of "token" (LENGTH)', /much-too-long/],
  ] as const) {
    const text = await logged(`/login ${name} ${pass}`);
    t.ok(text.includes(shown), `${name}: ${text}`);
    t.notMatch(text, never);
  }
});

t.test(
  'a reply may come late and out of order, and one that cannot be encoded keeps nobody from the message',
  async t => {
    const events: MessageEvent<Line, 'ask'>[] = [];
    const { connect, logger } = await serve(t, {
      ...chat,
      onAsk(_, message, event) {
        events.push(event);
        if (message.n === 3) event.reply({ text: undefined as unknown as string });
      },
    });
    const client = await connect();
    await client.login('ann');
    client.send('/ask 1', '/ask 2', '/ask 3');
    await until(() => events.length === 3, 'the events');
    events[1]!.reply({ text: 'second' });
    events[0]!.reply({ text: 'first' });
    await client.line('* answer second');
    await client.line('* answer first');
    t.ok(logger.has('The handler of "ask" failed'));
  },
);

t.test('a broken link in memory is made anew, and clients stay', async t => {
  const { connect, running } = await serve(t, chat);
  const ann = await connect();
  const bob = await connect();
  await ann.login('ann');
  await bob.login('bob');
  for (const peer of running.gateway!.peers) peer.link.destroy('a fault');
  ann.send('hello again');
  await bob.line('<ann> hello again');
  t.notOk(ann.closed);
});

t.test('an error is located in the application, also when a call of the runtime has thrown it', async t => {
  const { connect, logger } = await serve(t, {
    ...chat,
    onSay(client, { line }) {
      if (line === 'own') throw new Error('of the application');
      client.send('nonsense' as 'said', { from: '', line });
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('own', 'call');
  await until(() => logger.lines.filter(l => l.startsWith('error')).length === 2, 'both errors');
  for (const line of logger.lines.filter(l => l.startsWith('error')))
    t.match(line, /\(at \S+all-in-one\.test\.[jt]s:\d+\)/);
});

t.test('a login handler that returns nothing refuses, and the log says so', async t => {
  const events = { onLogin: () => undefined } as unknown as Events<Line>;
  const { connect, logger, running } = await serve(t, events, { tries: 1 });
  const client = await connect();
  client.send('/login ann pass');
  await client.whenClosed();
  t.ok(logger.has('returned neither accept(...) nor refuse(...)'));
  t.equal(running.gateway!.closes['auth-failed'], 1);
});

t.test('asynchronous handlers keep the order of each client and hold up nobody else', async t => {
  const seen: string[] = [];
  let running = 0;
  let most = 0;
  const { connect } = await serve(t, {
    ...chat,
    async onSay(client, message) {
      if (client.uid === 'slow') {
        running++;
        most = Math.max(most, running);
        await sleep(Math.random() * 10);
        running--;
      }
      seen.push(`${client.uid}:${message.line}`);
    },
  });
  const slow = await connect();
  const quick = await connect();
  await slow.login('slow');
  await quick.login('quick');
  slow.send(...Array.from({ length: 30 }, (_, i) => String(i)));
  quick.send('x');
  await until(() => seen.length === 31, 'all messages');
  t.same(
    seen.filter(s => s.startsWith('slow')),
    Array.from({ length: 30 }, (_, i) => `slow:${i}`),
  );
  t.equal(most, 1, 'one handler at a time');
  t.ok(seen.indexOf('quick:x') < 20);
});

t.test('life of a connection: connect, messages, close, in order and with counts', async t => {
  const log: string[] = [];
  let reason: CloseReason | undefined;
  const { connect } = await serve(t, {
    ...chat,
    onConnect: client => {
      log.push(`connect ${client.protocol} ${client.remoteAddress.startsWith('127.0.0.1:')}`);
    },
    async onSay(_, message) {
      await sleep(30);
      log.push(message.line);
    },
    onUnknown(_, message) {
      log.push(`unknown ${Buffer.from(message.body as Uint8Array).toString()}`);
    },
    onClose(client, why) {
      reason = why;
      log.push(`close ${client.uid}`);
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('one', '/what', 'two');
  client.socket.end();
  await client.whenClosed();
  await until(() => reason !== undefined, 'onClose');
  t.same(log, ['connect line true', 'one', 'unknown /what', 'two', 'close ann']);
  t.equal(reason!.code, 'client-closed');
  t.equal(reason!.framesIn, 4);
  t.equal(reason!.framesOut, 1);
  t.equal(reason!.bytesIn, '/login ann pass\r\none\r\n/what\r\ntwo\r\n'.length);
  t.equal(reason!.bytesOut, '* welcome ann\r\n'.length);
});

t.test('answers reach a client that has ended its side already', async t => {
  const { connect } = await serve(t, {
    ...chat,
    async onAsk(_, message, event) {
      await sleep(50);
      event.reply({ text: String(message.n) });
    },
  });
  const client = await connect();
  client.send('/login ann pass', '/ask 1', '/ask 2');
  client.socket.end();
  await client.line('* answer 1');
  await client.line('* answer 2');
  await client.whenClosed();
});

t.test('sends, tables and queries', async t => {
  let worker: Worker<Line> | undefined;
  const clients = new Map<string, Client<Line>>();
  const { connect } = await serve(t, {
    onWorkerStart(w) {
      worker = w;
    },
    onLogin(client, message) {
      clients.set(message.name, client);
      return accept({ name: message.name });
    },
    async onJoin(client, message) {
      // Not awaited: what is asked behind it sees it all the same.
      client.joinGroup(message.room);
      client.session.patch({ room: message.room });
      const { value, complete, missing } = await client.worker.getClientIdsByGroup(message.room);
      client.send('answer', { text: `${value.includes(client.id)} ${complete} ${missing.length}` });
    },
  });
  const [ann, bob, cat] = [await connect(), await connect(), await connect()];
  const stranger = await connect();
  await ann.login('ann');
  await bob.login('bob');
  await cat.login('cat');
  ann.send('/join red');
  t.equal(await ann.line('* answer'), '* answer true true 0');
  bob.send('/join red');
  await bob.line('* answer true');
  bob.send('/join blue');
  await bob.line('* answer true');
  const w = worker!;
  const id = (name: string) => clients.get(name)!.id;

  w.sendToGroup(['red', 'blue'], 'answer', { text: 'once' });
  w.sendToAll('answer', { text: 'all' }, { exclude: [id('cat')] });
  w.sendToUid(['cat', 'ann'], 'answer', { text: 'uid' });
  w.sendToClient(id('bob'), 'stamped', { text: 'finished in the gateway' });
  w.sendToAll('stamped', { text: 'each its own number' });
  await bob.line('* #2 each');
  await ann.line('* #1 each');
  await cat.line('* #1 each');
  t.same(stranger.lines, [], 'broadcasts reach open clients only');

  t.equal(await w.isOnline(id('ann')), true);
  t.equal(await w.isOnline('nobody'), false);
  t.equal(await w.isUidOnline('ann'), true);
  t.equal(await w.isUidOnline('zed'), false);
  t.same((await w.getClientIdsByUid('ann')).value, [id('ann')]);
  t.equal(await w.getUidByClientId(id('ann')), 'ann');
  t.equal(await w.getUidByClientId('nobody'), undefined);
  t.equal((await w.getClientCountByGroup('red')).value, 2);
  t.same((await w.getUidsByGroup('red')).value.toSorted(), ['ann', 'bob']);
  t.same((await w.getAllGroups()).value.toSorted(), ['blue', 'red']);
  t.equal((await w.getAllClientCount()).value, 4);
  t.equal((await w.getAllClientIds()).value.length, 4);
  t.same(await w.getSession(id('ann')), { values: { room: 'red' }, version: 1 });
  t.equal(await w.getSession('nobody'), undefined);
  t.equal(await w.joinGroup(id('cat'), 'green'), true);
  t.equal((await w.getClientCountByGroup('green')).value, 1);
  t.equal(await w.leaveGroup(id('cat'), 'green'), true);
  t.same((await w.getAllGroups()).value.toSorted(), ['blue', 'red']);
  t.equal(await w.closeClient(id('cat'), 'kicked'), true);
  await cat.whenClosed();
  t.equal(await w.isOnline(id('cat')), false);
  t.equal(await clients.get('ann')!.bindUid('anna'), true);
  t.equal(await w.isUidOnline('ann'), false);
  t.equal(await clients.get('ann')!.unbindUid(), true);
  t.equal(await w.isUidOnline('anna'), false);
  t.throws(() => w.sendToAll('nothing' as 'answer', { text: '' }), { code: 'FG_UNKNOWN_MESSAGE' });
});

t.test('a send to clients of several protocols has a message for each; others are counted as skipped', async t => {
  let worker: Worker<Line> | undefined;
  const [red, blue, grey] = ['red', 'blue', 'grey'].map(id => lineProtocol({ id }));
  const events: Events<Line> = {
    onWorkerStart(w) {
      worker ??= w;
    },
    onLogin(client, { name }) {
      client.joinGroup('all');
      return accept({ name });
    },
  };
  const listen = 'tcp://127.0.0.1:0';
  const listeners = [red!, blue!, grey!].map(protocol => ({ listen, protocol, events: () => Promise.resolve(events) }));
  const running = await startAll(defineApp({ listeners }), { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const clients: LineClient[] = [];
  for (const { address } of running.listening) {
    const client = await LineClient.connect(address);
    t.teardown(() => client.close());
    await client.login('ann');
    clients.push(client);
  }
  const [r, b, g] = clients as [LineClient, LineClient, LineClient];
  const both = [message(red!, 'answer', { text: 'red' }), message(blue!, new TextEncoder().encode('raw blue\r\n'))];
  const result = { value: 2, skipped: 1, complete: true, missing: [] };
  t.same(await worker!.sendToGroup('all', both, { confirm: true }), result);
  t.same(await worker!.sendToUid('ann', both, { confirm: true }), result);
  worker!.sendToAll(both);
  for (let i = 0; i < 3; i++) {
    await r.line('* answer red');
    await b.line('raw blue');
  }
  t.same(await worker!.sendToAll('answer', { text: 'own' }, { confirm: true }), { ...result, value: 1, skipped: 2 });
  await r.line('* answer own');
  t.same([...b.lines, ...g.lines], [], 'typed sends reach clients of that protocol only');
  const last = both.map(m => ({ ...m }));
  t.same((await worker!.closeUid('ann', { last })).value, 3);
  await r.line('* answer red');
  await b.line('raw blue');
  for (const client of clients) await client.whenClosed();
  t.same(g.lines, []);
});

t.test('sessions', async t => {
  const results: unknown[] = [];
  const { connect } = await serve(t, {
    ...chat,
    async onSay(client) {
      const { session } = client;
      session.set({ a: 1, list: ['x', 2n], raw: new Uint8Array([1, 2]), gone: null });
      results.push({ ...session.values });
      session.patch({ b: true, a: null });
      results.push(session.get('a'), session.get('b'), session.get('toString'));
      const lost = await session.set({ c: 1 }, { expect: 1 });
      results.push(lost.ok, lost.version, session.get('b'));
      const won = await session.patch({ c: 1 }, { expect: 2 });
      results.push(won.ok, session.get('c'), session.version);
      t.throws(() => session.set({ f: (() => 1) as unknown as string }), { code: 'FG_VALUE' });
      t.throws(() => session.set(JSON.parse('{"__proto__": 1}')), { code: 'FG_VALUE' });
      const tooLarge = session.patch({ big: 'x'.repeat(70_000) });
      session.patch({ d: 4 });
      await t.rejects(tooLarge, { code: 'FG_TOO_LARGE' });
      await t.rejects(session.set({ huge: 'x'.repeat(3_000_000) }), { code: 'FG_TOO_LARGE' });
      results.push(session.get('big'), session.get('huge'), session.get('c'), session.get('d'), session.version);
      const next = await session.patch({ e: 5 }, { expect: session.version });
      results.push(next.ok, session.version);
      results.push('done');
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('go');
  await until(() => results.at(-1) === 'done', 'the handler');
  t.same(results, [
    { a: 1, list: ['x', 2n], raw: new Uint8Array([1, 2]) },
    undefined,
    true,
    undefined,
    false,
    2,
    true,
    true,
    1,
    3,
    undefined,
    undefined,
    1,
    4,
    4,
    true,
    5,
    'done',
  ]);
});

t.test('the server can end a connection, with a last message', async t => {
  const reasons: string[] = [];
  const { connect } = await serve(t, {
    ...chat,
    onSay(client, message) {
      if (message.line === 'close') {
        client.send('answer', { text: 'last' });
        client.close('kicked');
        client.send('answer', { text: 'never' });
      } else if (message.line === 'bye') client.send('bye', { text: 'now' });
      else client.closeWith('answer', { text: 'with' });
    },
    onClose(_, reason) {
      reasons.push(`${reason.code} ${reason.detail}`);
    },
  });
  for (const [say, expected] of [
    ['close', '* answer last'],
    ['bye', '* bye now'],
    ['with', '* answer with'],
  ] as const) {
    const client = await connect();
    await client.login('ann');
    client.send(say);
    await client.line(expected);
    await client.whenClosed();
    t.same(client.lines, []);
  }
  await until(() => reasons.length === 3, 'onClose');
  t.same(reasons, ['server-closed kicked', 'server-closed ', 'server-closed ']);
});

t.test('bad input', async t => {
  const { connect, running } = await serve(t, chat, { frame: 64 }, { badFrames: 20 });
  const good = await connect();
  await good.login('good');
  const bad = await connect();
  for (let i = 0; i < 50 && !bad.closed; i++) {
    bad.write(`\x01 bad ${i}\n`);
    bad.write('x'.repeat(100));
    await sleep(2);
  }
  await bad.whenClosed();
  good.send('/ping');
  await good.line('* pong');
  const { gateway } = running;
  t.equal(gateway!.closes['bad-input'], 1);
  t.ok(gateway!.badFrames.counts.get('GARBAGE')! > 5);
  t.ok(gateway!.badFrames.counts.get('OVERSIZE')! > 5);
  t.ok(gateway!.badFrames.last.length > 0 && gateway!.badFrames.last.length <= 16);
  for (const { size, bytes } of gateway!.badFrames.last)
    t.ok(size > 0 && bytes.length === 0, 'a password may stand in what cannot be read');
});

t.test('what follows a very long message in the same turn is not lost', async t => {
  const { connect } = await serve(t, {
    ...chat,
    onSay(client) {
      client.send('said', { from: 'long', line: 'x'.repeat(2_200_000) });
      client.send('said', { from: 'second', line: '2' });
      client.send('said', { from: 'third', line: '3' });
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('go');
  await client.line('<long> x');
  t.equal(await client.line('<'), '<second> 2');
  t.equal(await client.line('<'), '<third> 3');
});

t.test('what is special about a message is not forgotten when it makes the batch grow', async t => {
  const long = 'x'.repeat(100_000);
  const { connect } = await serve(t, {
    onLogin: (_, { name }) => accept({ name }),
    onSay(client, { line }) {
      if (line === 'number') client.send('stamped', { text: long });
      else client.send('bye', { text: long });
    },
  });
  const ann = await connect();
  await ann.login('ann');
  ann.send('number');
  t.equal(await ann.line(/x$/), `* #1 ${long}`, 'the gateway puts its number in');
  ann.send('close');
  t.equal(await ann.line(/x$/), `* bye ${long}`);
  await until(() => ann.closed, 'the end');
});

t.test('a client that does not read is closed as slow-client, others are not disturbed', async t => {
  let worker: Worker<Line> | undefined;
  const { connect, running } = await serve(
    t,
    {
      ...chat,
      onWorkerStart(w) {
        worker = w;
      },
    },
    {},
    { sendBuffer: 64 * 1024 },
  );
  const slow = await connect();
  const good = await connect();
  await slow.login('slow');
  await good.login('good');
  slow.socket.pause();
  const text = 'x'.repeat(8000);
  for (let i = 0; i < 5000 && running.gateway!.closes['slow-client'] === undefined; i++) {
    worker!.sendToUid('slow', 'answer', { text });
    await new Promise(resolve => setImmediate(resolve));
  }
  t.equal(running.gateway!.closes['slow-client'], 1);
  good.send('/ping');
  await good.line('* pong');
});

t.test('more clients than the listener takes are turned away at once', async t => {
  const { connect, running } = await serve(t, chat, {}, { clients: 2 });
  const ann = await connect();
  await ann.login('ann');
  const bob = await connect();
  await bob.login('bob');
  const after = await (await connect()).whenClosed();
  t.ok(after < 900, `after ${after} ms`);
  t.equal(running.gateway!.closes['too-many-clients'], 1);
  bob.close();
  await until(() => running.gateway!.closes['client-closed'] === 1, 'bob to be gone');
  await (await connect()).login('cat');
});

t.test('client ids are unguessable, differ, and reveal no address', async t => {
  const ids: string[] = [];
  const { connect, running } = await serve(t, {
    ...chat,
    onConnect(client) {
      ids.push(client.id);
    },
  });
  await connect();
  await connect();
  await until(() => ids.length === 2, 'two clients');
  t.equal(new Set(ids).size, 2);
  for (const id of ids) {
    t.ok(id.startsWith(running.gateway!.bootEpoch));
    t.equal(id.length, 38);
  }
});

t.test('a misspelt handler is refused with a suggestion', async t => {
  const start = (events: object) => serve(t, events as Events<Line>);
  await t.rejects(start({ onSey() {} }), { code: 'FG_EVENTS', message: /did you mean "onSay"/ });
  await t.rejects(start({ onPing() {} }), { code: 'FG_EVENTS', message: /answered by the gateway/ });
  await t.rejects(start({ onXylophoneConcerto() {} }), { code: 'FG_EVENTS', message: /it has onWorkerStart/ });
});

t.test('what fails in onWorkerStart, or while events are loaded, is told in a sentence', async t => {
  const failing: Events<Line> = {
    onWorkerStart() {
      throw new Error('no database');
    },
  };
  await t.rejects(serve(t, failing), {
    code: 'FG_EVENTS',
    message: 'onWorkerStart of protocol "line" failed: no database',
  });
  const events = () => Promise.reject(new Error('no such file'));
  const app = defineApp({ listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events }] });
  await t.rejects(startAll(app), { code: 'FG_EVENTS', message: /Cannot load the events module.*no such file/ });
  const loading = (events: () => unknown) => {
    const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: events as () => Promise<object> };
    return startAll(defineApp({ listeners: [listener] }));
  };
  const throwing = () => {
    throw new Error('no such service');
  };
  await t.rejects(loading(throwing), { code: 'FG_EVENTS', message: /Cannot load the events module.*no such service/ });
  await t.rejects(
    loading(() => undefined),
    { code: 'FG_EVENTS', message: /is no module; it must say: events: \(\) => import/ },
  );
  const running = await loading(() => ({}));
  await running.stop();
});

t.test('a start that fails at one listener leaves no other open', async t => {
  const { running } = await serve(t, chat);
  const taken = running.listening[0]!.address;
  const other = await serve(t, chat);
  await other.running.stop();
  const free = other.running.listening[0]!.address;
  const protocol = lineProtocol();
  const listeners = [free, taken].map(listen => ({ listen, protocol, events: () => Promise.resolve(chat) }));
  const app = defineApp({ listeners });
  await t.rejects(startAll(app), { code: 'FG_LISTEN' });
  await t.rejects(LineClient.connect(free), { code: 'ECONNREFUSED' });
});

t.test('stopping tells clients and workers, and then the worker', async t => {
  const log: string[] = [];
  const { connect, running } = await serve(t, {
    ...chat,
    async onSay() {
      await sleep(50);
      log.push('handled');
    },
    async onClose(_, reason) {
      await sleep(10);
      log.push(reason.code);
    },
    onWorkerStop() {
      log.push('stopped');
    },
  });
  const client = await connect();
  await client.login('ann');
  client.send('work');
  await sleep(20);
  await running.stop();
  await client.whenClosed();
  t.same(log, ['handled', 'shutdown', 'stopped']);
});
