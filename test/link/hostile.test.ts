/** Strangers on the inner ports: whatever they do costs them their connection, and those who belong there nothing. */
import * as net from 'node:net';
import t, { type Test } from 'tap';
import { accept, type Events, type Running } from '../../src/index.js';
import { createKey, KeyRing, MOST_STRANGERS, Reception, recordTypes, SocketLink } from '../../src/link/index.js';
import { realPlatform } from '../../src/net/index.js';
import { Cluster } from '../support/cluster.js';
import type { LineClient } from '../support/line-client.js';
import type { Line } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

const platform = realPlatform();

function portOf({ inner }: Running): number {
  return Number(/:(\d+)$/.exec(inner)![1]);
}

/** A connection of somebody who does not care. */
class Stranger {
  readonly socket: net.Socket;
  closed = false;
  received = 0;

  constructor(t: Test, port: number, from = '127.0.0.1') {
    this.socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
    this.socket.on('error', () => {});
    this.socket.on('data', b => {
      this.received += b.length;
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
    t.teardown(() => this.socket.destroy());
  }

  say(bytes: Uint8Array | string): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  static async all(strangers: readonly Stranger[]): Promise<void> {
    await until(() => strangers.every(s => s.closed), 'all strangers to be gone');
  }
}

function many(count: number, make: (i: number) => Stranger): Stranger[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function record(type: number, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** What a keyless peer would say: it is as it should be. */
const hello = record(
  recordTypes.hello,
  Buffer.concat([
    Buffer.from('FGLK\0\x01\x02', 'latin1'),
    Buffer.alloc(16),
    Buffer.from('\0\0\0\x02w9\0\0\0\x01e\0\0\x20\0\0\x80\0\0\0\0', 'latin1'),
  ]),
);

t.test('a cluster with a key, and strangers at its ports', async t => {
  const cluster = new Cluster(t, {}, {}, {}, createKey(platform.random));
  const register = await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const events: Events<Line> = {
    onLogin: (_, { name }) => accept({ name }),
    onAsk: (_, { n }, event) => event.reply({ text: `${n}` }),
  };
  await cluster.startWorker(events);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  let asked = 0;
  const stillServed = async (client: LineClient) => {
    client.send(`/ask ${++asked}`);
    await client.line(`* answer ${asked}`);
  };

  for (const [name, role] of [
    ['gateway', gateway],
    ['register', register],
  ] as const) {
    const port = portOf(role);
    await t.test(`${name}: nonsense, and sizes that no record has`, async t => {
      const texts = [
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        '\xff'.repeat(5000),
        '\0\x01\0\x01\x01',
        '\x7f\xff\xff\xff\x01',
      ];
      const strangers = texts.map(text => new Stranger(t, port).say(text));
      strangers.push(...many(50, () => new Stranger(t, port).say(platform.random.bytes(200))));
      await stillServed(ann);
      await Stranger.all(strangers);
      for (const s of strangers) t.ok(s.received <= 8, 'not told more than that it is refused');
    });

    await t.test(`${name}: records before or instead of a handshake do nothing`, async t => {
      const call = record(recordTypes.call, '\0\0\0\x01\x18\0\0\0\0\0\0\0\0\x08\0\0\0\0');
      const sendTo = record(recordTypes.sendTo, '\0\0\0\0\0\0\0\0\0\0\0\0\x04line\0* pwned\r\n');
      const tries = [call, sendTo, Buffer.concat([hello, sendTo, call]), record(recordTypes.proof, 'x'.repeat(32))];
      const strangers = tries.map(bytes => new Stranger(t, port).say(bytes));
      await Stranger.all(strangers);
      await stillServed(ann);
      t.same(ann.lines, []);
    });

    await t.test(`${name}: a handshake byte by byte, and one that never goes on`, async t => {
      const slow = new Stranger(t, port);
      let at = 0;
      const timer = setInterval(() => slow.say(hello.subarray(at, ++at)), 100);
      t.teardown(() => clearInterval(timer));
      await Stranger.all([slow, new Stranger(t, port)]);
      await stillServed(ann);
    });

    await t.test(`${name}: crowds take the place of their own only`, async t => {
      const early = new Stranger(t, port);
      await until(() => !early.socket.connecting, 'the connection');
      const crowd = many(4 * MOST_STRANGERS, () => new Stranger(t, port, '127.0.0.2'));
      await until(() => crowd.filter(s => s.closed).length >= 3 * MOST_STRANGERS, 'most of the crowd to be gone');
      t.notOk(early.closed, 'who came from elsewhere still has its time');
      const second = await cluster.startWorker(events);
      await until(() => second.worker!.links === 1, 'a worker to be let in');
      await stillServed(ann);
      await Stranger.all([...crowd, early]);
      await second.stop();
    });
  }

  t.ok(gateway.gateway!.peers.size >= 1);
  const told = cluster.logger.lines.filter(line => line.includes('Refused'));
  t.ok(told.length < 200, `${told.length} lines are not one for each of 700`);
  t.ok(told.every(line => line.length < 200));
  t.notOk(
    told.some(line => line.includes('HTTP')),
    'nothing that a stranger says gets into the log',
  );
});

t.test('what is refused is counted when it is too much to tell', async t => {
  const told: string[] = [];
  const logger = { debug() {}, info() {}, warn: (text: string) => void told.push(text), error() {} };
  let pass = (): void => {};
  const clock = {
    ...platform.clock,
    setTimer: (ms: number, run: () => void) => {
      if (ms === 10_000) pass = run;
      return { cancel() {} };
    },
  };
  const reception = new Reception({
    platform: { ...platform, clock },
    logger,
    what: 'a link',
    wanted: ['worker'],
    keys: new KeyRing(),
    own: () => ({ role: 'gateway', id: 'g', epoch: 'e', creditEvents: 0, creditBytes: 0, protocols: [] }),
    met() {},
  });
  const refuse = (): void => {
    const link = new SocketLink(platform.turn);
    reception.admit(link);
    link.destroy('no good');
  };
  for (let i = 0; i < 100; i++) refuse();
  t.equal(told.length, 20);
  pass();
  t.equal(told.at(-1), 'Refused a link 80 more times in 10 s');
  refuse();
  t.equal(told.at(-1), 'Refused a link from somebody who has gone: no good');
});
