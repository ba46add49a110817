/** Register, gateways and workers over real sockets in one process, so that links can be cut and ports be abused. */
import * as net from 'node:net';
import t from 'tap';
import { accept, type Client, type Events, type Worker } from '../../src/index.js';
import { Cluster } from '../support/cluster.js';
import type { Line } from '../support/line-protocol.js';
import { sleep, until } from '../support/wait.js';

const chat: Events<Line> = {
  onLogin(client, message) {
    client.joinGroup('lobby');
    return accept({ name: message.name });
  },
  onSay(client, message) {
    client.worker.sendToGroup('lobby', 'said', { from: client.uid ?? '?', line: message.line });
  },
};

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)![1]);
}

t.test('garbage on the inner ports takes nothing down', async t => {
  const cluster = new Cluster(t);
  const register = await cluster.startRegister();
  const gateway = await cluster.startGateway();
  await cluster.startWorker(chat);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  const texts = [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x00\x00\x00\x04\x01abcd',
    '\x00\x00\x00\x00\x01',
    '\x00\x00\x00\x26\x01FGLK\x00\x01\x02\x00',
    '\x00\x00\x00\x06\x21\x09\xff\xff\xff\xff\x00',
    '\xff'.repeat(1000),
  ];
  // And one that only connects.
  const abuse = [...texts, ''].flatMap(text =>
    [register.inner, gateway.inner].map(
      inner =>
        new Promise(resolve => {
          const socket = net.connect(portOf(inner), '127.0.0.1');
          socket.on('error', () => {});
          socket.on('close', resolve);
          socket.resume();
          socket.write(Buffer.from(text, 'latin1'));
        }),
    ),
  );
  await Promise.all(abuse);
  t.ok(cluster.logger.has('does not speak the link protocol'));
  t.ok(cluster.logger.has('Refused a peer of the register'));
  t.ok(cluster.logger.has('no handshake in time'));
  ann.send('still here');
  await ann.line('<ann> still here');
  const bob = await cluster.client(gateway);
  await bob.login('bob');
});

t.test('a gateway that leaves in order is no warning, even if a handler does not settle', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  let settle = (): void => {};
  const onSay = () =>
    new Promise<void>(resolve => {
      settle = resolve;
    });
  await cluster.startWorker({ ...chat, onSay });
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  ann.send('wait');
  await sleep(50);
  await gateway.stop();
  await until(() => cluster.logger.has('has left; 1 clients were bound here'), 'the worker to say so');
  settle();
  const warnings = cluster.logger.lines.filter(line => line.startsWith('warn'));
  t.same(
    warnings.filter(line => !line.includes('"say" has not settled')),
    [],
  );
});

t.test('two gateways and two workers are one chat, and queries say when they are incomplete', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateways = [await cluster.startGateway(), await cluster.startGateway()];
  let worker: Worker<Line> | undefined;
  let bobsId = '';
  const events: Events<Line> = {
    ...chat,
    onWorkerStart(w) {
      worker = w;
      w.sendToAll('answer', { text: 'nobody is there yet' });
    },
    onLogin(client, message) {
      if (message.name === 'bob') bobsId = client.id;
      return chat.onLogin!(client, message, undefined as never);
    },
  };
  const workers = [await cluster.startWorker(events), await cluster.startWorker(events)];
  for (const w of workers) await until(() => w.worker!.links === 2, 'two links');
  const ann = await cluster.client(gateways[0]!);
  const bob = await cluster.client(gateways[1]!);
  await ann.login('ann');
  await bob.login('bob');
  ann.send('one world');
  await bob.line('<ann> one world');
  const w = worker!;
  t.same(await w.getAllClientCount(), { value: 2, complete: true, missing: [] });
  t.equal(await w.isUidOnline('bob'), true);
  t.equal(await w.getUidByClientId(bobsId), 'bob');
  t.equal(await w.closeClient(bobsId, 'out'), true);
  await bob.whenClosed();
  const lost = gateways[1]!.gateway!;
  for (const peer of lost.peers) peer.link.destroy('cut');
  await until(() => workers[1]!.worker!.links === 1, 'the link to be lost');
  const partial = await w.getAllClientCount();
  if (!partial.complete) {
    t.same(partial, { value: 1, complete: false, missing: [lost.id] });
    await t.rejects(w.isOnline(bobsId), { code: 'FG_UNREACHABLE' });
    await t.rejects(w.isUidOnline('bob'), { code: 'FG_UNREACHABLE' });
    t.equal(await w.isUidOnline('ann'), true, 'one yes is enough');
  }
  await until(() => workers[1]!.worker!.links === 2, 'the link to come back');
  t.equal(await w.isOnline(bobsId), false);
});

t.test('a link that is cut: events are replayed, sessions and uids come along, nobody is closed twice', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const seen: string[] = [];
  const closes: string[] = [];
  const aborted: boolean[] = [];
  const events: Events<Line> = {
    onLogin(client, message) {
      client.session.set({ name: message.name });
      return accept({ name: message.name });
    },
    async onSay(client, message, event) {
      await sleep(1);
      aborted.push(event.signal.aborted);
      seen.push(`${message.line} ${client.uid} ${client.session.get('name')}`);
      client.send('answer', { text: message.line });
    },
    onClose(client) {
      closes.push(client.uid ?? '?');
    },
  };
  await cluster.startWorker(events);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  ann.send(...Array.from({ length: 100 }, (_, i) => `m${i}`));
  await until(() => seen.length > 20, 'some messages');
  for (const peer of gateway.gateway!.peers) peer.link.destroy('cut');
  await ann.line('* answer m99');
  const order = [...new Set(seen)];
  t.same(
    order,
    Array.from({ length: 100 }, (_, i) => `m${i} ann ann`),
  );
  t.ok(aborted.includes(true), 'the handler that was under way could know');
  ann.close();
  await until(() => closes.length > 0, 'onClose');
  await sleep(50);
  t.same(closes, ['ann']);
});

t.test(
  'at most once: what a lost worker had is not delivered again, but what was not sent yet is delivered',
  async t => {
    for (const [options, delivery] of [
      [{ once: ['say'] }, undefined],
      [{}, 'at-most-once'],
    ] as const) {
      const cluster = new Cluster(t, options, {}, delivery === undefined ? {} : { delivery });
      await cluster.startRegister();
      const gateway = await cluster.startGateway();
      const seen: string[] = [];
      let free = (): void => {};
      const gate = new Promise<void>(resolve => {
        free = resolve;
      });
      const logins: boolean[] = [];
      await cluster.startWorker({
        async onLogin(_, { name }, event) {
          logins.push(event.redelivered);
          if (name === 'slow') await gate;
          return accept({ name });
        },
        async onSay(client, { line }, event) {
          seen.push(`${line}${event.redelivered ? ' again' : ''}`);
          if (line === 'wait') await gate;
          client.send('answer', { text: line });
        },
        onAsk: (_, { n }, event) => event.reply({ text: String(n) }),
      });
      const ann = await cluster.client(gateway);
      await ann.login('ann');
      ann.send('one');
      await ann.line('* answer one');
      ann.send('wait', 'two', '/ask 3');
      const bob = await cluster.client(gateway);
      bob.send('/login slow pass');
      await until(() => seen.length === 2 && logins.length === 2, 'the handlers to be under way');
      const [client] = [...gateway.gateway!.tables.byUid.get('ann')!];
      await until(() => client!.seq === client!.acknowledged + 3, 'all to be sent');
      for (const peer of gateway.gateway!.peers) peer.link.destroy('cut');
      ann.send('four');
      if (delivery === undefined) await ann.line('* answer 3');
      await ann.line('* answer four');
      free();
      await bob.line('* welcome slow');
      t.same(seen, ['one', 'wait', 'four']);
      t.same(logins, [false, false, true], 'a login is delivered again');
      t.equal(gateway.gateway!.upstream.notReplayed, delivery === undefined ? 2 : 3);
      await until(() => client!.acknowledged === client!.seq, 'the books to be right');
      t.equal(client!.backlog, undefined);
    }
  },
);

t.test('nothing is under way of what was delivered at most once, and is lost', async t => {
  const cluster = new Cluster(t, { login: false }, {}, { delivery: 'at-most-once' });
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const hangs = (): Promise<void> => new Promise(() => {});
  const first = await cluster.startWorker({ onConnect: hangs, onSay: () => {} });
  const ann = await cluster.client(gateway);
  ann.send('lost');
  const [client] = gateway.gateway!.tables.byId.values();
  await until(() => client?.seq === 2, 'the message to be sent');
  cluster.loseWorker(first, gateway);
  await cluster.startWorker({ onSay: () => {} });
  await until(() => client!.acknowledged === 2, 'nothing to be under way');
  t.equal(gateway.gateway!.upstream.notReplayed, 1);
});

t.test('a handler that has asked for its signal is told when the link is lost', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const told: string[] = [];
  await cluster.startWorker({
    ...chat,
    async onSay(client, { line }, { signal, redelivered }) {
      if (redelivered) return void told.push(`${line} again`);
      told.push(`${line} begins`);
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      client.send('answer', { text: 'to nobody' });
      told.push(`${line} is aborted`);
    },
  });
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  ann.send('wait');
  await until(() => told.length === 1, 'the handler');
  for (const peer of gateway.gateway!.peers) peer.link.destroy('cut');
  await until(() => told.length === 3, 'the end');
  t.same(told, ['wait begins', 'wait is aborted', 'wait again']);
  ann.send('/ping');
  await ann.line('* pong');
  t.notOk(ann.lines.some(line => line.includes('to nobody')));
});

t.test('no worker: messages wait for a while, idle clients stay', async t => {
  const cluster = new Cluster(t, {}, { noWorker: 400 });
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const idle = await cluster.client(gateway);
  const eager = await cluster.client(gateway);
  eager.send('/login eager pass');
  const after = await eager.whenClosed();
  t.ok(after > 300 && after < 3000, `after ${after} ms`);
  t.equal(gateway.gateway!.closes['no-worker'], 1);
  idle.send('/ping');
  await idle.line('* pong');
  const seen: string[] = [];
  await cluster.startWorker({ ...chat, onConnect: () => void seen.push('connect') });
  await idle.login('idle');
  t.same(seen, ['connect'], 'of the one that is left');
});

t.test('the last worker dies: who has something under way waits for a while, who has not stays', async t => {
  const cluster = new Cluster(t, {}, { noWorker: 400 });
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  let free = (): void => {};
  const gate = new Promise<void>(resolve => {
    free = resolve;
  });
  let begun = false;
  const onSay = (): Promise<void> => {
    begun = true;
    return gate;
  };
  const worker = await cluster.startWorker({ ...chat, onSay });
  const [idle, busy, leaver] = [
    await cluster.client(gateway),
    await cluster.client(gateway),
    await cluster.client(gateway),
  ];
  await idle.login('idle');
  await busy.login('busy');
  await leaver.login('leaver');
  busy.send('work');
  await until(() => begun, 'the work to be under way');
  cluster.loseWorker(worker, gateway);
  leaver.close();
  await busy.whenClosed();
  t.equal(gateway.gateway!.closes['no-worker'], 1);
  idle.send('/ping');
  await idle.line('* pong');
  const { owed } = gateway.gateway!.upstream;
  await until(() => owed.clients === 2, 'nobody to wait for the others any more');
  const seen: string[] = [];
  await cluster.startWorker({
    ...chat,
    onSay: (client, { line }, event) => void seen.push(`${client.uid} ${line} ${event.redelivered}`),
    onClose: (client, { code }) => void seen.push(`${client.uid} ${code}`),
  });
  await until(() => seen.length === 3, 'the worker to be told of them');
  t.same(
    seen.filter(s => s.startsWith('busy')),
    ['busy work true', 'busy no-worker'],
  );
  t.ok(seen.includes('leaver client-closed'));
  await until(() => gateway.gateway!.clients.filter(c => c !== undefined).length === 1, 'the others to be forgotten');
  t.match(owed, { clients: 0, dropped: 0 });
  free();
});

t.test('onClose says when another worker has begun with it', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const closes: string[] = [];
  const worker = await cluster.startWorker({
    ...chat,
    onClose: (client, { redelivered }) => {
      closes.push(`${client.uid} first ${redelivered}`);
      return new Promise<void>(() => {});
    },
  });
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  ann.close();
  await until(() => closes.length === 1, 'the first to begin');
  cluster.loseWorker(worker, gateway);
  await cluster.startWorker({
    ...chat,
    onClose: (client, { redelivered }) => void closes.push(`${client.uid} second ${redelivered}`),
  });
  await until(() => closes.length > 1, 'the second to be told');
  t.same(closes, ['ann first false', 'ann second true']);
});

t.test('a worker that drains hands its clients over and loses nothing', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const seen: string[] = [];
  const again: boolean[] = [];
  const log: string[] = [];
  const events = (name: string): Events<Line> => ({
    ...chat,
    async onSay(client, message, event) {
      await sleep(2);
      again.push(event.redelivered);
      seen.push(message.line);
      client.send('answer', { text: message.line });
    },
    onWorkerStop: () => void log.push(name),
  });
  const first = await cluster.startWorker(events('first'));
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  const second = await cluster.startWorker(events('second'));
  ann.send(...Array.from({ length: 60 }, (_, i) => `m${i}`));
  await until(() => seen.length > 10, 'some messages');
  const stopped = first.stop();
  ann.send(...Array.from({ length: 60 }, (_, i) => `m${60 + i}`));
  await stopped;
  await ann.line('* answer m119');
  t.same(
    seen,
    Array.from({ length: 120 }, (_, i) => `m${i}`),
    'each once, in order',
  );
  t.notOk(again.includes(true));
  t.same(log, ['first']);
  t.ok(second.worker);
});

t.test('a register that dies and comes back', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  await cluster.startWorker(chat);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  await cluster.registerRole!.stop();
  await until(() => cluster.logger.has('Lost the register'), 'the loss to be noticed');
  ann.send('goes on');
  await ann.line('<ann> goes on');
  await cluster.startRegister(cluster.register);
  const late = await cluster.startWorker(chat);
  t.equal(late.worker!.links, 1, 'the gateway has announced itself again');
  ann.send('and on');
  await ann.line('<ann> and on');
});

t.test('a slow worker holds up its own clients only, and nothing is dropped', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  let seen = 0;
  let free = (): void => {};
  const gate = new Promise<void>(resolve => {
    free = resolve;
  });
  await cluster.startWorker({
    ...chat,
    async onSay(client) {
      if (client.uid === 'slow') await gate;
      seen++;
    },
    onAsk: (_, message, event) => event.reply({ text: String(message.n) }),
  });
  const slow = await cluster.client(gateway);
  const quick = await cluster.client(gateway);
  await slow.login('slow');
  await quick.login('quick');
  const line = 'x'.repeat(400);
  // Far more than the window: the gateway must stop reading.
  for (let i = 0; i < 20_000; i++) slow.send(line);
  await sleep(200);
  t.ok(slow.socket.writableLength > 0, 'the sender feels it');
  quick.send('/ask 1');
  await quick.line('* answer 1');
  free();
  await until(() => seen === 20_000, 'all messages');
});

t.test('a client id of a gateway that was restarted reaches nobody', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const first = await cluster.startGateway();
  let worker: Worker<Line> | undefined;
  const clients: Client<Line>[] = [];
  await cluster.startWorker({
    ...chat,
    onWorkerStart(w) {
      worker = w;
    },
    onConnect: client => void clients.push(client),
  });
  const ann = await cluster.client(first);
  await ann.login('ann');
  const old = clients[0]!;
  await first.stop();
  const second = await cluster.startGateway();
  const bob = await cluster.client(second);
  await bob.login('bob');
  worker!.sendToClient(old.id, 'answer', { text: 'for ann only' });
  old.send('answer', { text: 'for ann only' });
  t.equal(await worker!.isOnline(old.id), false);
  bob.send('/ping');
  await bob.line('* pong');
  t.same(bob.lines, []);
  t.not(clients[1]!.id, old.id);
});

t.test('what was sent during the start reaches a gateway once, also when its link breaks meanwhile', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const worker = await cluster.startWorker(chat);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  const handle = worker.worker!.handleFor('line') as unknown as Worker<Line>;
  handle.sendToAll('answer', { text: 'early' });
  await ann.line('* answer early');
  for (const peer of gateway.gateway!.peers) peer.link.destroy('cut');
  await until(() => worker.worker!.links === 0, 'the link to be lost');
  handle.sendToAll('answer', { text: 'while it was cut' });
  await ann.line('* answer while it was cut');
  ann.send('/ping');
  await ann.line('* pong');
  t.same(ann.lines, []);
});

t.test('of what is too much to be kept during the start, the first of it is', async t => {
  const cluster = new Cluster(t, { login: false });
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const ann = await cluster.client(gateway);
  await cluster.startWorker({
    onWorkerStart(worker) {
      for (let i = 1; i <= 30; i++) worker.sendToAll('answer', { text: `${i} ${'.'.repeat(60_000)}` });
    },
  });
  await ann.line('* answer 1 ');
  await ann.line('* answer 10 ');
  t.ok(cluster.logger.has('More was sent during the start than is kept'));
  t.equal(gateway.gateway!.addresses().length, 1, 'of listeners, not of links');
});
