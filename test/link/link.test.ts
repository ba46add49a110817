/** What every link must do, run against each implementation; then what only strangers do to a socket link. */
import * as net from 'node:net';
import t, { type Test } from 'tap';
import type { Writer } from '../../src/codec/index.js';
import {
  compareMarks,
  dialLink,
  type Hello,
  type Link,
  type LinkHandler,
  linkNet,
  MAX_RECORD,
  memoryLink,
  putString,
  putU32,
  putValue,
  Reader,
  readHello,
  readValue,
  SocketLink,
  sayHello,
  type Value,
} from '../../src/link/index.js';
import { type Net, realPlatform } from '../../src/net/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { sleep, until } from '../support/wait.js';

const platform = realPlatform();

class Recorder implements LinkHandler {
  readonly records: { type: number; bytes: Uint8Array }[] = [];
  readonly closes: string[] = [];
  flushes = 0;
  onRecord: ((type: number) => void) | undefined;

  record(type: number, b: Uint8Array, start: number, end: number): void {
    this.records.push({ type, bytes: b.slice(start, end) });
    this.onRecord?.(type);
  }

  flushing(): void {
    this.flushes++;
  }

  closed(why: string): void {
    this.closes.push(why);
  }
}

interface Pair {
  a: Link;
  b: Link;
  fromA: Recorder;
  fromB: Recorder;
}

type MakePair = (t: Test) => Promise<[Link, Link]>;

function put(link: Link, type: number, fill: (w: Writer) => void = () => {}): void {
  fill(link.begin(type));
  link.commit();
}

function contract(name: string, make: MakePair): void {
  t.test(name, async t => {
    const pair = async (t: Test): Promise<Pair> => {
      const [a, b] = await make(t);
      const fromA = new Recorder();
      const fromB = new Recorder();
      a.attach(fromB);
      b.attach(fromA);
      a.trust();
      b.trust();
      t.teardown(() => {
        a.destroy('test over');
        b.destroy('test over');
      });
      return { a, b, fromA, fromB };
    };

    t.test('delivers at the end of the turn, never on the stack of the sender', async t => {
      const { a, fromA } = await pair(t);
      put(a, 7, w => putU32(w, 42));
      t.equal(fromA.records.length, 0);
      await Promise.resolve();
      t.equal(fromA.records.length, 0);
      await until(() => fromA.records.length === 1, 'the record');
      t.same(fromA.records[0], { type: 7, bytes: new Uint8Array([0, 0, 0, 42]) });
    });

    t.test('keeps the order of many records of all sizes, in both directions', async t => {
      const { a, b, fromA, fromB } = await pair(t);
      const sizes = [0, 1, 4, 5, 100, 1000, 65_000, 70_000, 300_000, 3];
      for (let i = 0; i < 500; i++) {
        for (const link of [a, b]) {
          put(link, i & 0xff, w => {
            const size = sizes[i % sizes.length]!;
            const at = w.reserve(size);
            w.bytes.fill(i, at, at + size);
          });
        }
        if (i % 50 === 0) await sleep(1);
      }
      await until(() => fromA.records.length === 500 && fromB.records.length === 500, 'all records');
      for (const { records } of [fromA, fromB]) {
        const good = records.every(
          (r, i) =>
            r.type === (i & 0xff) &&
            r.bytes.length === sizes[i % sizes.length] &&
            r.bytes.every(byte => byte === (i & 0xff)),
        );
        t.ok(good);
      }
    });

    t.test('a record that was taken back is not sent', async t => {
      const { a, fromA } = await pair(t);
      putU32(a.begin(1), 1);
      a.cancel();
      put(a, 2);
      await until(() => fromA.records.length > 0, 'a record');
      t.same(
        fromA.records.map(r => r.type),
        [2],
      );
    });

    t.test('a record beyond the limit is refused to the sender, and the link lives', async t => {
      const { a, fromA } = await pair(t);
      const w = a.begin(1);
      w.reserve(MAX_RECORD + 1);
      t.throws(() => a.commit(), RangeError);
      put(a, 2);
      await until(() => fromA.records.length > 0, 'a record');
      t.equal(fromA.records[0]!.type, 2);
    });

    t.test('asks for last additions before each batch', async t => {
      const { a, fromA, fromB } = await pair(t);
      a.attach({
        record: (type, b, start, end) => fromB.record(type, b, start, end),
        flushing: () => put(a, 99),
        closed: why => fromB.closed(why),
      });
      put(a, 1);
      await until(() => fromA.records.length >= 2, 'two records');
      t.same(
        fromA.records.slice(0, 2).map(r => r.type),
        [1, 99],
      );
    });

    t.test('closing sends what was written before, and both sides are told once', async t => {
      const { a, b, fromA, fromB } = await pair(t);
      put(a, 1);
      put(a, 2);
      a.close();
      await until(() => fromA.closes.length > 0 && fromB.closes.length > 0, 'the end');
      t.equal(fromA.records.length, 2);
      t.notOk(a.open);
      t.notOk(b.open);
      put(a, 3);
      put(b, 3);
      a.destroy('again');
      await sleep(20);
      t.equal(fromA.closes.length, 1);
      t.equal(fromB.closes.length, 1);
      t.equal(fromA.records.length, 2);
    });

    t.test('what a handler throws ends the link, not the process', async t => {
      const { a, fromA, fromB } = await pair(t);
      fromA.onRecord = () => {
        throw new Error('malformed');
      };
      put(a, 1);
      put(a, 2);
      await until(() => fromA.closes.length > 0 && fromB.closes.length > 0, 'the end');
      t.equal(fromA.records.length, 1, 'nothing behind it is handed over');
      t.equal(fromA.closes[0], 'malformed');
    });

    t.test('a handler may destroy the link while it is handed records', async t => {
      const { a, b, fromA } = await pair(t);
      fromA.onRecord = () => b.destroy('enough');
      put(a, 1);
      put(a, 2);
      await until(() => fromA.closes.length > 0, 'the end');
      t.equal(fromA.records.length, 1);
      t.same(fromA.closes, ['enough']);
    });
  });
}

contract('memory link', async () => memoryLink(platform.turn));

const overNet =
  (open: () => Promise<Net>, tls = false): MakePair =>
  async t => {
    const net = await open();
    let accepted: ((link: Link) => void) | undefined;
    const link = new Promise<Link>(resolve => {
      accepted = resolve;
    });
    const listener = await net.listen({ host: '127.0.0.1', port: 0, ...(tls && { tls }) }, connection => {
      const made = new SocketLink(platform.turn, connection);
      accepted?.(made);
      return made;
    });
    t.teardown(() => listener.close());
    const a = dialLink(net, platform.turn, listener.address);
    return [a, await link];
  };

contract(
  'socket link',
  overNet(async () => platform.net),
);

if (noOpenssl === false) {
  const authority = new Authority('links');
  t.teardown(() => authority.remove());
  const files = { ...authority.issue('peer'), ca: authority.cert };
  const secure = async (): Promise<Net> => (await linkNet(files, platform)).platform.net;
  contract('socket link in TLS', overNet(secure, true));
}

t.test('a stranger on a link port', async t => {
  const recorders: Recorder[] = [];
  const listener = await platform.net.listen({ host: '127.0.0.1', port: 0 }, connection => {
    const link = new SocketLink(platform.turn, connection);
    const recorder = new Recorder();
    recorders.push(recorder);
    link.attach(recorder);
    return link;
  });
  t.teardown(() => listener.close());
  const dial = () => net.connect(listener.address.port, '127.0.0.1').on('error', () => {});

  await t.test('is cut off when it announces more than a hello', async t => {
    dial().write('GET / HTTP/1.1\r\n\r\n');
    await until(() => recorders.at(-1)?.closes.length === 1, 'the end');
    t.match(recorders.at(-1)!.closes[0], /larger than allowed/);
  });

  await t.test('also byte by byte', async () => {
    const socket = dial();
    socket.setNoDelay(true);
    for (const byte of [0xff, 0xff, 0xff, 0xff, 1, 2]) {
      socket.write(new Uint8Array([byte]));
      await sleep(5);
    }
    await until(() => recorders.at(-1)?.closes.length === 1, 'the end');
  });

  await t.test('good records arrive through any split', async t => {
    const before = recorders.length;
    const socket = dial();
    socket.setNoDelay(true);
    const bytes = new Uint8Array([0, 0, 0, 2, 9, 1, 2, 0, 0, 0, 0, 8, 0, 0, 0, 1, 7, 5]);
    for (const byte of bytes) {
      socket.write(new Uint8Array([byte]));
      await sleep(2);
    }
    await until(() => recorders[before]?.records.length === 3, 'three records');
    t.same(recorders[before]!.records, [
      { type: 9, bytes: new Uint8Array([1, 2]) },
      { type: 8, bytes: new Uint8Array() },
      { type: 7, bytes: new Uint8Array([5]) },
    ]);
    socket.destroy();
  });
});

t.test('handshake', async t => {
  const marks = [{ id: 'chat', wireHash: 'w1', schemaHash: 's1' }];
  const hello = (role: 'gateway' | 'worker', more: Partial<Hello> = {}): Hello => ({
    role,
    id: `${role}1`,
    epoch: 'e',
    creditEvents: 5,
    creditBytes: 6,
    protocols: marks,
    ...more,
  });

  t.test('is read as it was said', async t => {
    const [a, b] = memoryLink(platform.turn);
    const got = new Recorder();
    a.attach(new Recorder());
    b.attach(got);
    sayHello(a, hello('gateway'), new Uint8Array(16));
    await until(() => got.records.length === 1, 'the hello');
    const { type, bytes } = got.records[0]!;
    const heard = { ...hello('gateway'), keys: [], version: 1 };
    t.same(readHello(new Reader().over(bytes, 0, bytes.length), type, ['gateway']), heard);
    t.throws(() => readHello(new Reader().over(bytes, 0, bytes.length), type, ['worker']), /is no worker/);
    for (let end = 0; end < bytes.length; end++) {
      t.throws(() => readHello(new Reader().over(bytes, 0, end), type, ['gateway']), { code: 'FG_LINK' });
    }
    bytes[5] = 9;
    t.throws(() => readHello(new Reader().over(bytes, 0, bytes.length), type, ['gateway']), /link version 9/);
  });

  t.test('names the protocols that differ', async t => {
    const worker = hello('worker', { protocols: [{ id: 'chat', wireHash: 'w2', schemaHash: 's1' }] });
    const { shared, complaints } = compareMarks(hello('gateway'), worker);
    t.equal(shared.size, 0);
    t.match(complaints, [/Protocol "chat" differs between gateway gateway1 and worker worker1/]);
    const none = compareMarks(hello('gateway'), hello('worker', { protocols: [] }));
    t.match(none.complaints, [/does not know protocol "chat"/]);
    const other = { protocols: [{ id: 'chat', wireHash: 'w1', schemaHash: 's2' }] };
    t.same([...compareMarks(hello('gateway'), hello('worker', other)).shared], ['chat'], 'the schema may differ');
  });
});

t.test('values', async t => {
  const [link] = memoryLink(platform.turn);
  const encode = (value: unknown): Uint8Array => {
    const w = link.begin(1);
    const from = w.length;
    try {
      putValue(w, value);
      return w.slice(from);
    } finally {
      link.cancel();
    }
  };
  const decode = (b: Uint8Array): Value => readValue(new Reader().over(b, 0, b.length));

  t.test('come back as they were', async t => {
    const values = [
      null,
      true,
      false,
      0,
      1,
      -1,
      2 ** 32,
      1.5,
      -0,
      Number.NaN,
      '',
      'ö',
      'x'.repeat(1000),
      0n,
      -(2n ** 70n),
    ];
    for (const value of values) t.ok(Object.is(decode(encode(value)), value), String(value));
    const nested = { a: [1, { b: new Uint8Array([1, 2]) }], constructor: 'x', '': null };
    t.same(decode(encode(nested)), nested);
    t.same(decode(encode({ a: undefined, b: [undefined] })), { b: [null] });
  });

  t.test('refuse what is no plain data', async t => {
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    for (const value of [() => 1, Symbol('x'), new Map(), new Date(), deep, JSON.parse('{"__proto__":1}')]) {
      t.throws(() => encode(value), { code: 'FG_VALUE' });
    }
  });

  t.test('malformed bytes throw one kind of error, whatever they are', async t => {
    const good = encode({ a: [1, 'two', 3n, { b: new Uint8Array([4]) }, 1.5] });
    for (let end = 0; end < good.length; end++) {
      t.throws(() => decode(good.slice(0, end)), { code: 'FG_LINK' });
    }
    for (let i = 0; i < 2000; i++) {
      const bytes = platform.random.bytes(1 + (i % 40));
      try {
        decode(bytes);
      } catch (error) {
        if ((error as { code?: string }).code !== 'FG_LINK')
          t.fail(`threw ${error} for ${Buffer.from(bytes).toString('hex')}`);
      }
    }
    const evil = link.begin(1);
    const from = evil.length;
    evil.append(new Uint8Array([9, 0, 0, 0, 1]));
    putString(evil, '__proto__');
    evil.append(new Uint8Array([0]));
    t.throws(() => decode(evil.slice(from)), { code: 'FG_LINK' });
  });
});
