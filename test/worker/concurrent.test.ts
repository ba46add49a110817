/** `concurrent: n`: messages of one client side by side, and what that leaves as it was. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Gateway } from '../../src/gateway/index.js';
import {
  accept,
  type Client,
  defineApp,
  type Events,
  type FramegateError,
  startAll,
  startGateway,
  startRegister,
  startWorker,
} from '../../src/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';
import { Cluster } from '../support/cluster.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const listen = 'tcp://127.0.0.1:0';

/** Handlers that wait until they are told to go on, by their message. */
class Gates {
  /** Messages whose handlers have begun. */
  readonly begun: string[] = [];
  readonly #open = new Map<string, () => void>();

  wait(name: string): Promise<void> {
    this.begun.push(name);
    return new Promise(resolve => this.#open.set(name, resolve));
  }

  open(...names: string[]): void {
    for (const name of names) {
      this.#open.get(name)!();
      this.#open.delete(name);
    }
  }
}

async function serve(t: Test, concurrent: number, events: Events<Line>, worker = {}) {
  const module: Events<Line> = { onLogin: (_, { name }) => accept({ name }), ...events };
  const app = defineApp({
    listeners: [{ listen, protocol: lineProtocol(), concurrent, events: () => Promise.resolve(module) }],
    worker,
  });
  const logger = new MemoryLogger();
  const running = await startAll(app, { logger });
  const ann = await LineClient.connect(running.listening[0]!.address);
  t.teardown(async () => {
    ann.close();
    await running.stop();
  });
  await ann.login('ann');
  const [client] = running.gateway!.tables.byId.values();
  return { running, logger, ann, client: client!, dispatcher: running.worker!.dispatcher };
}

t.test('they begin in order, so many at a time, and settle in any order', async t => {
  const gates = new Gates();
  const { ann, client } = await serve(t, 3, { onSay: (_, { line }) => gates.wait(line) });
  const before = client.acknowledged;
  ann.send('1', '2', '3', '4', '5', '6');
  await until(() => gates.begun.length === 3, 'three handlers');
  await sleep(20);
  t.same(gates.begun, ['1', '2', '3']);
  gates.open('3', '2');
  await until(() => gates.begun.length === 5, 'two more');
  t.same(gates.begun, ['1', '2', '3', '4', '5']);
  await until(() => client.ahead === before + 3, 'the gateway to hear of those that have overtaken');
  t.equal(client.acknowledged, before, 'the oldest is still under way');
  gates.open('1');
  await until(() => client.acknowledged === before + 3, 'all three to be acknowledged');
  await until(() => gates.begun.length === 6, 'the last');
  gates.open('5', '4', '6');
  await until(() => client.acknowledged === client.seq, 'all to be acknowledged');
});

t.test('without it nothing has changed: one at a time', async t => {
  const gates = new Gates();
  const { ann, client } = await serve(t, 1, { onSay: (_, { line }) => gates.wait(line) });
  ann.send('1', '2');
  await until(() => gates.begun.length === 1, 'the first');
  await sleep(20);
  t.same(gates.begun, ['1']);
  gates.open('1');
  await until(() => gates.begun.length === 2, 'the second');
  gates.open('2');
  await until(() => client.acknowledged === client.seq, 'all to be acknowledged');
  t.equal(client.ahead, 0);
});

t.test('the window holds: a client is read no further than 64 events ahead of its oldest', async t => {
  const gates = new Gates();
  let quick = 0;
  const onSay: Events<Line>['onSay'] = (_, { line }) => {
    if (line === 'slow') return gates.wait(line);
    quick++;
    return undefined;
  };
  const { ann, client } = await serve(t, 2, { onSay });
  ann.send('slow');
  await until(() => gates.begun.length === 1, 'the slow one');
  for (let sent = 0; sent < 200; sent++) {
    ann.send('quick');
    // What has been read at once is handed on at once.
    if (client.pausedSince === 0) await sleep(1);
  }
  await until(() => client.pausedSince > 0, 'the client to be held up');
  await until(() => quick === client.seq - client.acknowledged - 1, 'all others to be handled');
  t.ok(quick >= 63 && quick < 200, `${quick} overtook it`);
  gates.open('slow');
  await until(() => quick === 200 && client.acknowledged === client.seq, 'all of them');
  t.equal(client.pausedSince, 0);
});

t.test('logins, the begin and the end have nothing beside them', async t => {
  const gates = new Gates();
  const { ann, client, running } = await serve(t, 8, {
    async onLogin(_, { name }) {
      if (name !== 'ann') await gates.wait(`login ${name}`);
      return accept({ name });
    },
    onSay: (_, { line }) => gates.wait(line),
    onClose: () => gates.wait('close'),
  });
  ann.send('1', '2', '/login bob pass', '3');
  await until(() => gates.begun.length === 2, 'two handlers');
  await sleep(20);
  t.same(gates.begun, ['1', '2'], 'the login waits for those before it');
  gates.open('2');
  await sleep(20);
  t.same(gates.begun, ['1', '2']);
  gates.open('1');
  await until(() => gates.begun.length === 3, 'the login');
  await sleep(20);
  t.same(gates.begun, ['1', '2', 'login bob'], 'and those behind it for the login');
  gates.open('login bob');
  await until(() => gates.begun.includes('3'), 'what came behind it');
  ann.socket.resetAndDestroy();
  await until(() => client.stage === 'gone', 'the connection to end');
  await sleep(20);
  t.equal(gates.begun.at(-1), '3');
  gates.open('3');
  await until(() => gates.begun.at(-1) === 'close', 'onClose');
  gates.open('close');
  await until(() => running.gateway!.clients.every(c => c === undefined), 'the client to be forgotten');
});

t.test('each handler answers its own message, and one past its time is silent alone', async t => {
  const gates = new Gates();
  const codes: string[] = [];
  const aborted: boolean[] = [];
  const clients = new Set<Client<Line>>();
  const { ann, dispatcher, logger } = await serve(
    t,
    4,
    {
      async onAsk(client, { n }, event) {
        clients.add(client);
        await gates.wait(String(n));
        aborted.push(event.signal.aborted);
        client.reply('ordered', {} as { n: number });
        event.reply({ text: `${n} ${client.uid}` });
        await client.session.patch({ [`n${n}`]: true }).catch((error: FramegateError) => codes.push(error.code));
        await client.joinGroup('g').catch((error: FramegateError) => codes.push(error.code));
      },
      onSay(client) {
        client.send('answer', { text: Object.keys(client.session.values).join(' ') });
      },
    },
    { slowHandlerMs: 20, handlerTimeoutMs: 150 },
  );
  ann.send('/ask 1');
  await until(() => gates.begun.length === 1, 'the first');
  await sleep(100);
  ann.send('/ask 2', '/ask 3');
  await until(() => gates.begun.length === 3, 'all of them');
  gates.open('3');
  await ann.line('* ordered 3');
  await ann.line('* answer 3 ann');
  await until(() => dispatcher.timeouts === 1, 'the first to be over its time');
  gates.open('2');
  await ann.line('* ordered 2');
  await ann.line('* answer 2 ann');
  gates.open('1');
  await until(() => logger.has('has settled, after its time'), 'the late one');
  t.same(codes, ['FG_CLOSED', 'FG_CLOSED']);
  t.same(aborted, [false, false, true], 'the late one is told when it asks');
  t.equal(dispatcher.lateOutput, 4);
  ann.send('what is in the session?');
  t.match(await ann.line('* answer'), /n3 n2$/);
  t.notOk(ann.lines.some(line => line.includes(' 1')));
  t.equal(clients.size, 3);
  const [kept] = clients;
  kept!.send('answer', { text: 'from a timer' });
  await ann.line('* answer from a timer');
  t.throws(() => kept!.reply('ordered', { n: 1 }), { code: 'FG_NOT_IN_EVENT' });
});

t.test('a handler that throws costs its message only', async t => {
  const gates = new Gates();
  const failed: string[] = [];
  const { ann, client } = await serve(t, 2, {
    async onSay(_, { line }) {
      await gates.wait(line);
      if (line === 'bad') throw new Error('no');
    },
    onError: (_, { eventId }) => void failed.push(eventId!.split(':')[1]!),
  });
  ann.send('good', 'bad', 'after');
  await until(() => gates.begun.length === 2, 'two handlers');
  gates.open('bad');
  await until(() => gates.begun.length === 3, 'the one behind it');
  t.same(failed, [String(client.acknowledged + 2)]);
  gates.open('good', 'after');
  await until(() => client.acknowledged === client.seq, 'all to be acknowledged');
});

t.test('numbers that mean nothing are refused, and listeners of a protocol must agree', t => {
  const of = (concurrent: unknown) => ({
    listen,
    protocol: lineProtocol(),
    events: () => Promise.resolve({}),
    concurrent: concurrent as number,
  });
  for (const concurrent of [0, -1, 65, 1.5, Number.NaN, '2', null]) {
    t.throws(() => defineApp({ listeners: [of(concurrent)] }), {
      code: 'FG_CONFIG',
      message: `"concurrent" of the listener on ${listen} is how many messages of one client are handled at the same time, a whole number from 1 to 64; it is ${concurrent}`,
    });
  }
  t.throws(() => defineApp({ listeners: [of(2), of(3)] }), { code: 'FG_CONFIG', message: /"line" differ in "conc/ });
  t.throws(() => defineApp({ listeners: [of(2), of(undefined)] }), { code: 'FG_CONFIG' });
  t.ok(defineApp({ listeners: [of(64), of(64)] }));
  t.end();
});

t.test('over a lost worker: only what is not settled comes again, one by one, before anything new', async t => {
  const cluster = new Cluster(t, {}, {}, { concurrent: 4 });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const login: Events<Line> = { onLogin: (_, { name }) => accept({ name }) };
  const gates = new Gates();
  const first = await cluster.startWorker({
    ...login,
    async onTask(_, { n }) {
      await gates.wait(String(n));
    },
    async onAsk(_, { n }, event) {
      event.reply({ text: String(n) });
      await gates.wait(String(n));
    },
  });
  const ann = await cluster.client(running);
  await ann.login('ann');
  const [client] = running.gateway!.tables.byId.values();
  const before = client!.acknowledged;
  ann.send('/task 1', '/task 2', '/ask 3', '/ask 4', '/ask 5', '/task 6');
  await until(() => gates.begun.length === 4, 'four handlers');
  gates.open('2', '4');
  await ann.line('* done 2');
  await until(() => gates.begun.length === 6, 'two more');
  gates.open('6');
  await ann.line('* done 6');
  await until(() => client!.ahead === before + 6, 'the acknowledgement of the sixth');
  t.equal(client!.acknowledged, before);
  cluster.loseWorker(first, running);
  ann.send('/task 7', '/task 8');
  let most = 0;
  let now = 0;
  const seen: string[] = [];
  const begins = async (n: number, event: { redelivered: boolean }): Promise<void> => {
    now++;
    most = Math.max(most, event.redelivered ? now : 0);
    seen.push(`${n} ${event.redelivered ? 'again' : 'first'}`);
    await sleep(20);
    now--;
  };
  await cluster.startWorker({
    ...login,
    onTask: (_, { n }, event) => begins(n, event),
    async onAsk(_, { n }, event) {
      event.reply({ text: `${n} twice` });
      await begins(n, event);
    },
  });
  await ann.line('* done 8');
  t.same(seen, ['1 again', '3 again', '5 again', '7 first', '8 first']);
  t.equal(most, 1, 'what comes again has nothing beside it');
  t.notOk(
    ann.lines.some(line => line.includes('twice')),
    'one reply to each',
  );
  await until(() => client!.acknowledged === client!.seq && client!.backlog === undefined, 'all to be acknowledged');
  gates.open('1', '3', '5');
});

t.test('what comes again may be replied to late: once, also by whoever comes after a lost worker', async t => {
  const cluster = new Cluster(t, {}, {}, { concurrent: 4 });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const login: Events<Line> = { onLogin: (_, { name }) => accept({ name }) };
  const first = await cluster.startWorker({
    ...login,
    onAsk(_, { n }, event) {
      if (n > 1) event.reply({ text: `early ${n}` });
      return n === 3 ? undefined : new Promise<void>(() => {});
    },
  });
  const ann = await cluster.client(running);
  await ann.login('ann');
  ann.send('/ask 1', '/ask 2', '/ask 3');
  await ann.line('* answer early 3');
  const [client] = running.gateway!.tables.byId.values();
  await until(() => client!.ahead === client!.seq, 'the third to be settled');
  cluster.loseWorker(first, running);
  await cluster.startWorker({
    ...login,
    // Behind its settling, and that of the one after it.
    onAsk: (_, { n }, event) => void setTimeout(() => event.reply({ text: `late ${n}` }), 100 * n),
    onSay: c => c.send('answer', { text: 'end' }),
  });
  await ann.line('* answer late 1');
  await sleep(300);
  t.same(ann.lines, [], 'the others had their replies');
  ann.send('end?');
  await ann.line('* answer end');
});

t.test('what settled on a lost worker behind all others is not waited for', async t => {
  const cluster = new Cluster(t, {}, {}, { concurrent: 4 });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gates = new Gates();
  const login: Events<Line> = { onLogin: (_, { name }) => accept({ name }) };
  const first = await cluster.startWorker({ ...login, onSay: (_, { line }) => gates.wait(line) });
  const ann = await cluster.client(running);
  await ann.login('ann');
  const [client] = running.gateway!.tables.byId.values();
  ann.send('1', '2', '3');
  await until(() => gates.begun.length === 3, 'three handlers');
  gates.open('2', '3');
  await until(() => client!.ahead === client!.seq, 'the last to be settled');
  cluster.loseWorker(first, running);
  const second = await cluster.startWorker({ ...login, onSay: () => {} });
  await until(() => client!.acknowledged === client!.seq, 'nothing to be under way');
  // So it can move at once.
  const third = await cluster.startWorker({ ...login, onSay: c => c.send('answer', { text: 'third' }) });
  await second.stop();
  ann.send('who?');
  await ann.line('* answer third');
  t.equal(client!.peer!.id, third.worker!.id);
  gates.open('1');
});

const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function processes(t: Test, name: string, more: Readonly<Record<string, string>> = {}) {
  const journal = join(folder, name);
  writeFileSync(journal, '');
  const lines = () => readFileSync(journal, 'utf8').split('\n').filter(Boolean);
  const env = { LINE_JOURNAL: journal, LINE_CONCURRENT: '8', ...more };
  const gw = new Gw(['start', lineApp, '--workers', '2', '--register', 'tcp://127.0.0.1:0'], env);
  t.teardown(() => gw.stop().catch(() => gw.kill()));
  const address = await gw.says(/line listening on (\S+)/);
  const connect = async (uid: string): Promise<LineClient> => {
    const client = await LineClient.connect(address);
    t.teardown(() => client.close());
    await client.login(uid);
    return client;
  };
  return { gw, lines, connect };
}

t.test('a worker killed by force: what had settled is not handled again, what had not is', async t => {
  const { lines, connect } = await processes(t, 'kill');
  const ann = await connect('ann');
  ann.send('pid');
  const pid = Number((await ann.line('* answer')).split(' ')[2]);
  ann.send('slow 2500 0');
  for (let n = 1; n <= 40; n++) ann.send(`slow ${n === 7 ? 2500 : 1} ${n}`);
  const answered = () => ann.lines.filter(line => line.startsWith('* answer slow 1 ')).length;
  await until(() => answered() === 39, 'all that are quick');
  // The acknowledgements leave with the answers.
  await sleep(100);
  process.kill(pid, 'SIGKILL');
  await until(() => lines().filter(line => line.includes('begin again')).length >= 1, 'the first to come again');
  ann.send('slow 1 41');
  await sleep(100);
  const begun = lines().flatMap(line => /begin (first|again) slow \d+ (\d+)/.exec(line)?.slice(1).join(' ') ?? []);
  t.same(
    begun.filter(line => line.startsWith('again')),
    ['again 0'],
    'the oldest, alone: it has not settled yet, and none of the others is handled again',
  );
  t.equal(begun.filter(line => line.startsWith('first')).length, 41, 'none was handled twice');
  t.notOk(begun.includes('first 41'), 'new ones wait until all that comes again has settled');
});

t.test('workers killed again and again under load: none is lost, and what comes again says so', async t => {
  const { gw, lines, connect } = await processes(t, 'load');
  const names = ['ann', 'bob', 'cat'];
  const clients = await Promise.all(names.map(connect));
  const total = 600;
  const kills = 3;
  for (let sent = 0, killed = 0; sent < total; sent++) {
    for (const client of clients) client.send(`slow ${sent % 13} ${sent}`);
    if (sent % 8 === 0) await sleep(5);
    if (sent > ((killed + 1) * total) / (kills + 1)) {
      const all = clients[0]!;
      all.send('pid');
      const pid = Number((await all.line(/^\* answer \d+$/)).split(' ')[2]);
      process.kill(pid, 'SIGKILL');
      killed++;
    }
  }
  const settled = () =>
    lines().flatMap(line => /settled (\w+) (first|again) slow \d+ (\d+)/.exec(line)?.slice(1) ?? []);
  const distinct = (): number => {
    const all = settled();
    const ids = new Set<string>();
    for (let i = 0; i < all.length; i += 3) ids.add(`${all[i]} ${all[i + 2]}`);
    return ids.size;
  };
  await until(() => distinct() === names.length * total, 'every message');
  const all = settled();
  const firsts = new Set<string>();
  let agains = 0;
  for (let i = 0; i < all.length; i += 3) {
    const id = `${all[i]} ${all[i + 2]}`;
    if (all[i + 1] === 'again') agains++;
    else if (firsts.has(id)) t.fail(`${id} was handled twice as the first time`);
    else firsts.add(id);
  }
  // At most what a worker had been handed of each client when it died.
  t.ok(agains <= kills * names.length * 64, `${agains} came again`);
  for (const client of clients) t.notOk(client.closed);
  t.equal(gw.stderr.match(/Lost worker/g)?.length, kills);
});

t.test('a message that kills its worker among others is found, and only it is put away', async t => {
  const { gw, lines, connect } = await processes(t, 'poison', { LINE_STATE: join(folder, 'state') });
  const eve = await connect('eve');
  eve.send('slow 30 1', 'slow 30 2', 'slow 5 3', 'slow 30 4', 'die sigkill', 'slow 30 5', 'slow 30 6');
  await eve.whenClosed();
  await gw.complains(/Message "say" of client \S+ at 127\.0\.0\.1:\d+ has killed its worker 3 times/);
  await until(() => lines().some(line => line.includes('close eve quarantined')), 'onClose');
  const settled = lines().flatMap(line => /settled eve \w+ slow \d+ (\d+)/.exec(line)?.[1] ?? []);
  t.same([...new Set(settled)].sort(), ['1', '2', '3', '4', '5', '6'], 'all others are handled');
  t.ok((gw.stderr.match(/Lost worker/g)?.length ?? 0) <= 5, 'as fast as without it');
});

/** One storm: workers die and links are cut while three devices talk, four handlers at a time. */
async function storm(seed: number): Promise<string[]> {
  const world = new World({ seed });
  const random = world.random('storm');
  const wrong: string[] = [];
  const MOST = 4;
  const EACH = 80;
  interface Told {
    readonly first: number;
    begun: number;
    settled: number | undefined;
  }
  const told = new Map<string, Told>();
  const replies = new Map<string, number>();
  const running = new Map<string, { worker: string; again: boolean }[]>();
  const lastFirst = new Map<string, number>();
  const deaths: number[] = [];
  /** An acknowledgement takes its time, and may be under way when something dies. */
  const wasHeard = (at: number): boolean => deaths.every(death => at < death - 200 || at > death + 200);

  const events = (worker: SimProcess): Events<Line> => ({
    onLogin: (_, { name }) => accept({ name }),
    async onAsk(client, { n }, event) {
      const id = `${client.uid} ${n}`;
      const beside = (running.get(client.uid!) ?? []).filter(r => r.worker === worker.name);
      if (beside.length >= MOST) wrong.push(`${id} is one of ${beside.length + 1}`);
      if (beside.some(r => r.again) || (event.redelivered && beside.length > 0)) wrong.push(`${id} is not alone`);
      const before = told.get(id);
      if (!event.redelivered) {
        if (before !== undefined) wrong.push(`${id} came twice as the first time`);
        if ((lastFirst.get(client.uid!) ?? -1) > n) wrong.push(`${id} began behind ${lastFirst.get(client.uid!)}`);
        lastFirst.set(client.uid!, n);
      } else if (before?.settled !== undefined && wasHeard(before.settled)) {
        wrong.push(`${id} had settled at ${before.settled}, and came again at ${world.now}`);
      }
      const now: Told = { first: before?.first ?? world.now, begun: world.now, settled: before?.settled };
      told.set(id, now);
      const mark = { worker: worker.name, again: event.redelivered };
      running.set(client.uid!, [...(running.get(client.uid!) ?? []), mark]);
      if (n % 3 === 0) event.reply({ text: id });
      await worker.sleep(random.chance(0.1) ? random.integer(100, 1500) : random.integer(0, 40));
      if (n % 3 !== 0) event.reply({ text: id });
      // Over a link that is lost nobody hears of it.
      if (!event.signal.aborted) now.settled = world.now;
      running.set(
        client.uid!,
        running.get(client.uid!)!.filter(r => r !== mark),
      );
    },
  });
  const app = (module: Events<Line>) =>
    defineApp({
      listeners: [
        { listen: 'tcp://127.0.0.1:1000', protocol: lineProtocol(), concurrent: MOST, events: async () => module },
      ],
      register: 'tcp://127.0.0.1:1236',
    });
  const logger = new MemoryLogger();
  let gateway: Gateway | undefined;
  void startRegister(app({}), { platform: world.process('register').platform, logger });
  void startGateway(app({}), { platform: world.process('gateway').platform, logger }).then(r => {
    gateway = r.gateway;
  });
  let lives = 0;
  const boot = (): SimProcess => {
    const process = world.process(`worker ${++lives}`);
    void startWorker(app(events(process)), { platform: process.platform, logger });
    return process;
  };
  const workers = [boot(), boot()];
  await world.until(() => gateway !== undefined && [...gateway.peers].length === 2, 10_000);
  const names = ['ann', 'bob', 'cat'];
  for (const name of names) {
    const device = world.process(name);
    let text = '';
    const connection = device.dial(
      { host: '127.0.0.1', port: 1000 },
      {
        data(b, start, end) {
          text += new TextDecoder().decode(b.subarray(start, end));
          const lines = text.split('\r\n');
          text = lines.pop()!;
          for (const line of lines) {
            const id = /^\* answer (.*)$/.exec(line)?.[1];
            if (id !== undefined) replies.set(id, (replies.get(id) ?? 0) + 1);
          }
        },
        ended() {},
        closed: () => wrong.push(`${name} was closed`),
      },
    );
    const say = (line: string): void => connection.write(new TextEncoder().encode(`${line}\r\n`));
    say(`/login ${name} pass`);
    for (let n = 0; n < EACH; n++) device.after(10 + random.integer(0, 5) + n * 40, () => say(`/ask ${n}`));
  }
  for (let at = 500; at < 3000; at += random.integer(400, 1200)) {
    world.after(at, () => {
      deaths.push(world.now);
      if (random.chance(0.3)) {
        for (const peer of gateway!.peers) if (random.chance(0.5)) peer.link.destroy('cut');
        // Their handlers go on, and what they say counts for nothing.
        running.clear();
        return;
      }
      const dead = random.integer(0, 1);
      workers[dead]!.die();
      for (const [uid, marks] of running)
        running.set(
          uid,
          marks.filter(r => r.worker !== workers[dead]!.name),
        );
      world.after(random.integer(1, 100), () => {
        workers[dead] = boot();
      });
    });
  }
  const all = names.flatMap(name => Array.from({ length: EACH }, (_, n) => `${name} ${n}`));
  if (!(await world.until(() => all.every(id => told.get(id)?.settled !== undefined), 60_000))) {
    wrong.push(`not all were handled: ${all.filter(id => told.get(id)?.settled === undefined)}`);
  }
  await world.run(5000);
  for (const id of all) if (replies.get(id) !== 1) wrong.push(`${id} has ${replies.get(id) ?? 0} replies`);
  for (const client of gateway!.tables.byId.values()) {
    if (client.acknowledged !== client.seq || client.backlog !== undefined) wrong.push(`${client.uid} is not settled`);
  }
  return wrong;
}

t.test('whatever dies, from many seeds: none lost, none twice, in order, one reply to each', async t => {
  for (let seed = 1; seed <= 40; seed++) t.same(await storm(seed), [], `seed ${seed}`);
});
