/**
 * Faults that were seen in gateways of this kind, each as its opposite: real processes, real sockets, under load, and every
 * message counted.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { sleep, until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let journals = 0;

/** A register and a gateway; workers come and go. */
class Processes {
  readonly #t: Test;
  readonly #file = join(folder, `journal-${journals++}`);
  readonly #env: Record<string, string>;
  #register = '';
  gateway!: Gw;
  #listening = '';

  constructor(t: Test, env: Record<string, string> = {}) {
    this.#t = t;
    writeFileSync(this.#file, '');
    this.#env = { LINE_JOURNAL: this.#file, ...env };
  }

  async start(): Promise<void> {
    const register = this.#gw(['start', lineApp, '--role', 'register', '--register', 'tcp://127.0.0.1:0']);
    this.#register = await register.says(/register listening on (\S+)/);
    this.gateway = this.#gw(['start', lineApp, '--role', 'gateway', '--register', this.#register]);
    this.#listening = await this.gateway.says(/line listening on (\S+)/);
  }

  async worker(): Promise<Gw> {
    const worker = this.#gw(['start', lineApp, '--role', 'worker', '--register', this.#register]);
    await worker.says(/worker ready/);
    return worker;
  }

  async client(name?: string): Promise<LineClient> {
    const client = await LineClient.connect(this.#listening);
    this.#t.teardown(() => client.close());
    if (name !== undefined) await client.login(name);
    return client;
  }

  clients(names: readonly string[]): Promise<LineClient[]> {
    return Promise.all(names.map(name => this.client(name)));
  }

  /** What workers wrote, each line with the process id in front. */
  journal(): string[] {
    return readFileSync(this.#file, 'utf8').split('\n').filter(Boolean);
  }

  /** Numbers of the messages `<word> <number>` that were handled, by client, in order, repetitions included. */
  handled(word: string): Map<string, number[]> {
    const all = new Map<string, number[]>();
    for (const line of this.journal()) {
      const match = new RegExp(`^\\d+ ${word} (\\d+) (?:first|again) (\\w+)`).exec(line);
      if (match === null) continue;
      const list = all.get(match[2]!) ?? [];
      list.push(Number(match[1]));
      all.set(match[2]!, list);
    }
    return all;
  }

  #gw(args: string[]): Gw {
    const gw = new Gw(args, this.#env);
    this.#t.teardown(() => {
      gw.kill('SIGCONT');
      return gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined;
    });
    return gw;
  }
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const names = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'];

/** Sends numbered messages, a few at a time, until told to stop; resolves to how many. */
function load(client: LineClient, word: string, going: () => boolean, pause = 2): Promise<number> {
  return (async () => {
    let sent = 0;
    while (going()) {
      client.send(`${word} ${sent++}`, `${word} ${sent++}`);
      await sleep(pause);
    }
    return sent;
  })();
}

/** Nothing is lost and nothing out of order; what was delivered again is a repetition of what had begun. */
function complete(t: Test, got: readonly number[] | undefined, sent: number, who: string): void {
  t.same([...new Set(got)], upTo(sent), `${who}: all ${sent}, in order`);
}

t.test('1. a message at its very limit costs nobody else anything', async t => {
  const limit = 8 * 1024 * 1024;
  const processes = new Processes(t, { LINE_FRAME: String(limit) });
  await processes.start();
  const worker = await processes.worker();
  const others = await processes.clients(names);
  let going = true;
  const loads = others.map(client => load(client, 'count', () => going));
  const big = await processes.client('big');
  for (const size of [limit - 1, limit]) {
    big.send('size '.padEnd(size - 2, 'x'));
    await big.line(`* answer ${size - 2}`);
  }
  big.send('size '.padEnd(limit + 1, 'x'));
  await sleep(200);
  if (!big.closed) {
    // The frame is refused, and counted; the connection may live on.
    big.send('/ping');
    await big.line('* pong');
  }
  going = false;
  const sent = await Promise.all(loads);
  await until(() => names.every((name, i) => (processes.handled('count').get(name)?.length ?? 0) >= sent[i]!), 'all');
  for (const [i, name] of names.entries()) {
    t.same(processes.handled('count').get(name), upTo(sent[i]!), `${name}: each once, in order`);
  }
  t.notOk(others.some(c => c.closed));
  t.notMatch(processes.gateway.stderr + worker.stderr, /Lost/, 'the link has held');
});

t.test('4. workers that are killed under load lose nothing: all is replayed, in order', async t => {
  const processes = new Processes(t);
  await processes.start();
  const workers = [await processes.worker(), await processes.worker()];
  const clients = await processes.clients(names);
  let going = true;
  const loads = clients.map(client => load(client, 'work', () => going, 4));
  let handled = 0;
  for (let round = 0; round < 4; round++) {
    await until(() => processes.journal().length > handled + 200, 'some work');
    workers[round % 2]!.kill('SIGKILL');
    workers[round % 2] = await processes.worker();
    handled = processes.journal().length;
  }
  going = false;
  const sent = await Promise.all(loads);
  for (const [i, client] of clients.entries()) await client.line(`* answer work ${sent[i]! - 1}`);
  const got = processes.handled('work');
  for (const [i, name] of names.entries()) complete(t, got.get(name), sent[i]!, name);
  t.notOk(clients.some(c => c.closed));
  t.ok(
    processes.journal().some(line => / again /.test(line)),
    'something was under way at a death',
  );
});

t.test('8. an error in a handler costs one message, not the worker', async t => {
  const processes = new Processes(t);
  await processes.start();
  const worker = await processes.worker();
  const clients = await processes.clients(names);
  let going = true;
  const loads = clients.map(client => load(client, 'count', () => going));
  const bad = await processes.client('bad');
  for (let i = 0; i < 50; i++) bad.send('crash', `/task ${i}`, `/ask ${i}`);
  await bad.line('* answer 49');
  t.notOk(
    bad.lines.some(line => line.includes('done')),
    'what failed is not replied to',
  );
  bad.send('pid');
  await bad.line(`* answer ${worker.pid}`);
  going = false;
  const sent = await Promise.all(loads);
  await until(() => names.every((name, i) => (processes.handled('count').get(name)?.length ?? 0) >= sent[i]!), 'all');
  for (const [i, name] of names.entries()) {
    t.same(processes.handled('count').get(name), upTo(sent[i]!), `${name}: each once, in order`);
  }
  const errors = processes.journal().filter(line => / error (?:say|task) /.test(line));
  t.equal(errors.length, 100, 'onError is told of each');
  t.equal(worker.exit, undefined);
});

t.test('9. a handler that blocks is named, and clients of other workers do not feel it', async t => {
  const processes = new Processes(t);
  await processes.start();
  const workers = [await processes.worker(), await processes.worker()];
  const clients = await processes.clients(['ann', 'bob']);
  const pids: string[] = [];
  for (const client of clients) {
    client.send('pid');
    pids.push(/\d+/.exec(await client.line('* answer'))![0]);
  }
  t.equal(new Set(pids).size, 2, 'one on each worker');
  const [ann, bob] = clients as [LineClient, LineClient];
  ann.send('block 3000');
  for (let i = 0; i < 50; i++) {
    bob.send(`/ask ${i}`);
    await bob.line(`* answer ${i}`);
  }
  t.notOk(
    ann.lines.some(line => line.includes('blocked')),
    'fifty answers came while the other worker was blocked',
  );
  await ann.line('* answer blocked');
  const blocked = workers.find(w => w.pid === Number(pids[0]))!;
  await blocked.complains(
    /warn {2}(?:\S+ )?The handler of "say" blocked the event loop for [23]\d{3} ms, for client \S+/,
  );
});

t.test('11. without a worker clients wait, and nothing that they say is lost', async t => {
  const processes = new Processes(t);
  await processes.start();
  const clients = await Promise.all(names.map(() => processes.client()));
  for (const [i, client] of clients.entries()) client.send(`/login ${names[i]} pass`, 'count 0', 'count 1');
  await sleep(300);
  const first = await processes.worker();
  for (const [i, client] of clients.entries()) await client.line(`* welcome ${names[i]}`);
  let going = true;
  const loads = clients.map(client => load(client, 'work', () => going, 4));
  await until(() => processes.journal().length > 100, 'some work');
  first.kill('SIGKILL');
  await first.ended();
  // Nobody is there; the clients go on.
  await sleep(300);
  t.notOk(clients.some(c => c.closed));
  await processes.worker();
  going = false;
  const sent = await Promise.all(loads);
  for (const [i, client] of clients.entries()) await client.line(`* answer work ${sent[i]! - 1}`);
  for (const [i, name] of names.entries()) {
    t.same(processes.handled('count').get(name), [0, 1], `${name}: what was said before anybody was there`);
    complete(t, processes.handled('work').get(name), sent[i]!, name);
  }
});

t.test('11. and that is bounded: without a worker for too long a client is closed, with a reason', async t => {
  const processes = new Processes(t, { LINE_NO_WORKER: '500' });
  await processes.start();
  const [eager, idle] = [await processes.client(), await processes.client()];
  eager.send('/login eager pass');
  await eager.whenClosed();
  idle.send('/ping');
  await idle.line('* pong');
});

t.test('12. a worker that stands still drops nothing: senders are held up, and all arrives, onClose too', async t => {
  const processes = new Processes(t, { LINE_FRAME: '8192' });
  await processes.start();
  const worker = await processes.worker();
  const few = names.slice(0, 3);
  const clients = await processes.clients(few);
  worker.kill('SIGSTOP');
  // Far more than windows and the system's own buffers take.
  const total = 4000;
  const padding = 'x'.repeat(4000);
  for (const client of clients) {
    for (let i = 0; i < total; i += 100) client.send(...upTo(100).map(j => `count ${i + j} ${padding}`));
    client.socket.end();
  }
  await sleep(1000);
  t.ok(
    clients.every(client => client.socket.writableLength > 0),
    'each sender feels it',
  );
  worker.kill('SIGCONT');
  const closes = () => processes.journal().filter(line => / close \w+ client-closed$/.test(line)).length;
  await until(() => closes() === few.length, 'onClose of each');
  const got = processes.handled('count');
  for (const name of few) t.same(got.get(name), upTo(total), `${name}: each once, in order`);
  const last = processes.journal().slice(-1)[0]!;
  t.match(last, / close \w+ client-closed/);
  for (const name of few) {
    const own = processes.journal().filter(line => line.endsWith(` ${name}`) || line.includes(` ${name} `));
    t.match(own.at(-1), `close ${name} client-closed`, 'behind the last message');
  }
});
