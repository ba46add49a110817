/** What every implementation of Net must do: the same suite for the system's network and for a simulated one. */
import type { Test } from 'tap';
import type { Address, Clock, Connection, ConnectionHandler, Listener, Net } from '../../src/net/index.js';

/** Waiting, in the time that the network under test lives in. */
export interface Waiting {
  until(done: () => boolean, what: string): Promise<void>;
  sleep(ms: number): Promise<void>;
}

/** Remembers what it is told. */
export class Peer implements ConnectionHandler {
  connection: Connection | undefined;
  text = '';
  opens = 0;
  ends = 0;
  readonly closes: (string | undefined)[] = [];

  opened(): void {
    this.opens++;
  }

  data(b: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(b.subarray(start, end)).toString('latin1');
  }

  ended(): void {
    this.ends++;
  }

  closed(code: string | undefined): void {
    this.closes.push(code);
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export async function netContract(t: Test, server: Net, client: Net, clock: Clock, waiting: Waiting): Promise<void> {
  const { sleep, until } = waiting;
  const accepted: Peer[] = [];
  const open = (where: Address = { host: '127.0.0.1', port: 0 }): Promise<Listener<Address>> =>
    server.listen(where, connection => {
      const peer = new Peer();
      peer.connection = connection;
      accepted.push(peer);
      return peer;
    });
  const listener = await open();
  const dial = async (to = listener): Promise<{ near: Peer; far: Peer }> => {
    const count = accepted.length;
    const near = new Peer();
    near.connection = client.connect(to.address, near);
    await until(() => accepted.length > count && near.opens === 1, 'the connection');
    return { near, far: accepted[count]! };
  };
  t.teardown(() => {
    for (const peer of accepted) peer.connection?.destroy();
    return listener.close();
  });

  await t.test('bytes there and back, and the half-closed side', async t => {
    const { near, far } = await dial();
    t.match(far.connection!.peer, /^127\.0\.0\.1:\d+$/);
    t.equal(near.connection!.peer, `127.0.0.1:${listener.address.port}`);
    t.equal(far.opens, 0, 'only a dialled connection is told that it is up');
    near.connection!.write(bytes('hello'));
    near.connection!.end();
    await until(() => far.ends === 1, 'the end');
    t.equal(far.text, 'hello');
    let written = false;
    far.connection!.write(bytes('answer'), () => {
      written = true;
    });
    await until(() => written, 'the answer to leave');
    far.connection!.end();
    await until(() => far.closes.length === 1 && near.closes.length === 1, 'the close');
    t.same([near.closes, far.closes, near.text], [[undefined], [undefined], ''], 'whoever has ended hears no more');
  });

  await t.test('what is written while dialling leaves when the connection is up', async () => {
    const near = new Peer();
    const count = accepted.length;
    near.connection = client.connect(listener.address, near);
    near.connection.write(bytes('early'));
    await until(() => accepted[count]?.text === 'early', 'the bytes');
    near.connection.destroy();
  });

  await t.test('a paused connection is told neither bytes nor the end', async t => {
    const { near, far } = await dial();
    far.connection!.pause();
    near.connection!.write(bytes('later'));
    near.connection!.end();
    await sleep(50);
    t.same([far.text, far.ends], ['', 0]);
    far.connection!.resume();
    await until(() => far.text === 'later' && far.ends === 1, 'the bytes and the end');
  });

  await t.test('much arrives whole and in order, and a slow reader is felt', async t => {
    const { near, far } = await dial();
    far.connection!.pause();
    const order: number[] = [];
    let all = '';
    let writes = 0;
    // How much a system takes for a reader that is slow differs from one to the next, and from day to day.
    while ((writes < 8 || near.connection!.queued < 2_000_000) && all.length < 64_000_000) {
      const piece = Array.from({ length: 50_000 }, (_, i) => `${writes}.${i}`.padStart(10, '.')).join('');
      const number = writes++;
      near.connection!.write(bytes(piece), () => order.push(number));
      all += piece;
    }
    await sleep(100);
    t.ok(near.connection!.queued > 0, 'some waits in the writer');
    t.equal(far.text, '');
    far.connection!.resume();
    await until(() => far.text.length === all.length && order.length === writes, 'all of it');
    t.ok(far.text === all);
    t.same(
      order,
      Array.from({ length: writes }, (_, i) => i),
    );
    await until(() => near.connection!.queued === 0, 'nothing to wait');
    near.connection!.destroy();
  });

  await t.test('lent bytes: the array is no Buffer, so that slice copies', async t => {
    const { near, far } = await dial();
    let kept: Uint8Array | undefined;
    let isBuffer = true;
    far.data = (b, start, end) => {
      kept ??= b.slice(start, end);
      isBuffer = Buffer.isBuffer(b);
      far.text += '.';
    };
    near.connection!.write(bytes('first'));
    await until(() => far.text === '.', 'the first');
    near.connection!.write(bytes('other'));
    await until(() => far.text.length > 1, 'the second');
    t.notOk(isBuffer);
    t.same(kept, new Uint8Array(bytes('first')));
    near.connection!.destroy();
  });

  await t.test('end sends what is queued first', async t => {
    const { near, far } = await dial();
    const all = 'x'.repeat(3_000_000);
    near.connection!.write(bytes(all));
    near.connection!.end();
    near.connection!.write(bytes('too late'));
    await until(() => far.ends === 1, 'the end');
    t.equal(far.text.length, all.length);
    far.connection!.end();
    await until(() => near.closes.length === 1 && far.closes.length === 1, 'the close');
  });

  await t.test('one that was ended and goes on sending is destroyed after a second', async t => {
    const { near, far } = await dial();
    let timer = clock.setTimer(20, function more() {
      near.connection!.write(bytes('more'));
      timer = clock.setTimer(20, more);
    });
    far.connection!.end();
    const from = clock.now();
    await until(() => far.closes.length === 1, 'the close');
    timer.cancel();
    t.ok(clock.now() - from > 800);
    t.equal(far.text, '');
    near.connection!.destroy();
  });

  await t.test('destroyed: each side is told once, and nothing afterwards', async t => {
    const { near, far } = await dial();
    near.connection!.destroy();
    near.connection!.destroy();
    t.same(near.closes, [], 'never on the caller’s stack');
    await until(() => near.closes.length === 1 && far.ends + far.closes.length > 0, 'the news');
    far.connection!.write(bytes('to nobody'));
    far.connection!.destroy();
    await until(() => far.closes.length === 1, 'the close');
    await sleep(20);
    t.same([near.closes.length, far.closes.length, near.text], [1, 1, '']);
  });

  await t.test('a listener that has closed accepts no more, and what stands goes on', async t => {
    const short = await open();
    const { near, far } = await dial(short);
    void short.close();
    await sleep(20);
    const refused = new Peer();
    client.connect(short.address, refused);
    await until(() => refused.closes.length === 1, 'the refusal');
    t.same(refused.closes, ['ECONNREFUSED']);
    t.equal(refused.opens, 0);
    near.connection!.write(bytes('still'));
    await until(() => far.text === 'still', 'the bytes');
    near.connection!.destroy();
    far.connection!.destroy();
  });

  await t.test('a port that is taken is said in one sentence', async t => {
    await t.rejects(open(listener.address), { code: 'FG_LISTEN', message: 'another process uses this port' });
  });
}
