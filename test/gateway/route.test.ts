/** Which worker a client gets, and that it keeps it. */
import t, { type Test } from 'tap';
import { accept, type Client, defineApp, type Events, type Route, type Running } from '../../src/index.js';
import { Cluster } from '../support/cluster.js';
import type { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

async function cluster(t: Test, route: Route | undefined, workers: number) {
  const all = new Cluster(t, {}, {}, route === undefined ? {} : { gateway: { route } });
  await all.startRegister();
  const gateway = await all.startGateway();
  const running: Running[] = [];
  const connected: Client<Line>[] = [];
  const start = async (): Promise<Running> => {
    const events: Events<Line> = {
      onConnect: client => void connected.push(client),
      onLogin: (_, { name }) => accept({ name: `${name}` }, { uid: name.replace(/\d/, '') }),
      onHelp: (client, _, event) => client.send('answer', { text: `${client.worker.id} ${event.id}` }),
      onSay: (client, { line }) => client.send('answer', { text: `${client.worker.id} ${line}` }),
    };
    const worker = await all.startWorker(events);
    running.push(worker);
    return worker;
  };
  for (let i = 0; i < workers; i++) await start();
  return { all, gateway, running, start, connected, connect: () => all.client(gateway) };
}

/** Id of the worker that answers the client. */
async function workerOf(client: LineClient): Promise<string> {
  client.send('/help');
  return /answer (\w+)/.exec(await client.line('* answer'))![1]!;
}

t.test('least connections, the default: clients are spread evenly', async t => {
  for (const route of [undefined, 'least-connections'] as const) {
    const { gateway, connect } = await cluster(t, route, 3);
    for (let i = 0; i < 9; i++) await workerOf(await connect());
    t.same(
      Array.from(gateway.gateway!.peers, p => p.clients),
      [3, 3, 3],
    );
  }
});

t.test('round robin: one after the other, whoever has left', async t => {
  const { connect, running } = await cluster(t, 'round-robin', 2);
  const ids = running.map(r => r.worker!.id);
  for (let i = 0; i < 6; i++) {
    const client = await connect();
    t.equal(await workerOf(client), ids[i % 2]);
    if (i % 2 === 0) client.close();
  }
});

t.test('random: every worker gets some', async t => {
  const { connect, running } = await cluster(t, 'random', 2);
  const seen = new Set<string>();
  for (let i = 0; i < 100 && seen.size < 2; i++) seen.add(await workerOf(await connect()));
  t.equal(seen.size, running.length);
});

t.test('a client keeps its worker when another one comes', async t => {
  for (const route of ['least-connections', 'round-robin', 'random'] as const) {
    const { connect, start } = await cluster(t, route, 1);
    const ann = await connect();
    await ann.login('ann');
    const before = await workerOf(ann);
    await start();
    for (let i = 0; i < 5; i++) t.equal(await workerOf(ann), before);
  }
});

t.test(
  'by uid: all connections of a uid come together when they have logged in, and nothing is lost on the way',
  async t => {
    const { connect, gateway } = await cluster(t, 'uid', 3);
    const homes = new Set<string>();
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal']) {
      const first = await connect();
      const second = await connect();
      for (const [i, client] of [first, second].entries()) {
        // Messages right behind the login are sent before the client can move.
        client.send(`/login ${name}${i} pass`, ...Array.from({ length: 20 }, (_, n) => `m${n}`));
        const said: string[] = [];
        for (let n = 0; n < 20; n++) said.push(/answer \w+ (m\d+)/.exec(await client.line('* answer'))![1]!);
        t.same(
          said,
          Array.from({ length: 20 }, (_, n) => `m${n}`),
        );
      }
      const home = await workerOf(first);
      t.equal(await workerOf(second), home, name);
      homes.add(home);
    }
    t.ok(homes.size > 1, 'not all at the same');
    for (const client of gateway.gateway!.tables.byId.values()) t.notOk(client.moving);
  },
);

t.test('a function of the app: asked at connect and after the login; what is no answer falls back', async t => {
  const asked: (string | undefined)[] = [];
  const { connect, running, all, connected } = await cluster(
    t,
    (client, workers) => {
      asked.push(client.uid);
      t.match(client, { protocol: 'line', remoteAddress: /^127\.0\.0\.1:\d+$/ });
      if (client.uid === 'bad') throw new Error('no idea');
      if (client.uid === 'odd') return { id: 'elsewhere', clients: 0 };
      const sorted = [...workers].sort((a, b) => (a.id < b.id ? -1 : 1));
      return client.uid === undefined ? sorted[0] : sorted.at(-1);
    },
    2,
  );
  const [low, high] = running.map(r => r.worker!.id).sort();
  const ann = await connect();
  t.equal(await workerOf(ann), low);
  await ann.login('ann');
  await until(async () => (await workerOf(ann)) === high, 'the move');
  t.same([...new Set(asked)], [undefined, 'ann']);
  // What a handler of the old worker has kept reaches the client no more, by its id all do.
  const [kept] = connected;
  kept!.send('answer', { text: 'by what was kept' });
  await t.rejects(kept!.joinGroup('x'), { code: 'FG_CLOSED', message: /bound to another worker/ });
  await t.rejects(kept!.session.set({ a: 1 }), { code: 'FG_CLOSED' });
  t.equal(await kept!.worker.joinGroup(kept!.id, 'x'), true);
  kept!.worker.sendToClient(kept!.id, 'answer', { text: 'by id' });
  t.equal(await ann.line('* answer by'), '* answer by id');
  for (const name of ['bad', 'odd']) {
    const client = await connect();
    await client.login(name);
    t.ok(await workerOf(client));
  }
  t.equal(all.logger.lines.filter(l => l.includes('own route has failed')).length, 1, 'said once');
  t.ok(all.logger.has('the fewest: no idea'));
});

t.test('a route that there is not is refused', async t => {
  const listeners = [
    { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve({}) },
  ] as const;
  t.throws(() => defineApp({ listeners, gateway: { route: 'nearest' as never } }), {
    code: 'FG_CONFIG',
    message: /"route" of a gateway is .* it is "nearest"/,
  });
});
