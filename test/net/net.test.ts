/** The seams: timers, the end of a turn, addresses, and the network itself. */
import t from 'tap';
import {
  type Clock,
  createRealNet,
  createTurn,
  formatAddress,
  isLoopback,
  parseAddress,
  realClock,
  realRandom,
  TimerWheel,
  WheelEntry,
} from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { netContract } from '../support/net-contract.js';
import { sleep, until } from '../support/wait.js';

class FakeClock implements Clock {
  time = 1000;
  timers: { due: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  wallNow(): number {
    return this.time;
  }

  setTimer(ms: number, run: () => void) {
    const timer = { due: this.time + ms, run };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter(x => x !== timer);
      },
    };
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      this.timers.sort((a, b) => a.due - b.due);
      const next = this.timers[0];
      if (next === undefined || next.due > end) break;
      this.timers.shift();
      this.time = Math.max(this.time, next.due);
      next.run();
    }
    this.time = end;
  }
}

class Entry extends WheelEntry {
  readonly fired: number[] = [];
  due: number;

  constructor(due: number) {
    super();
    this.due = due;
  }

  expire(now: number): number {
    if (now < this.due) return this.due;
    this.fired.push(now);
    return Number.POSITIVE_INFINITY;
  }
}

const wheelOf = (clock: Clock): TimerWheel =>
  new TimerWheel(
    clock,
    createTurn(run => run()),
    50,
  );

/** No timer is met for so many milliseconds. @returns what then meets the first that was due */
function standStill(clock: FakeClock, ms: number): () => void {
  const first = clock.timers[0]!;
  clock.timers = [];
  clock.time += ms;
  return () => first.run();
}

t.test('timer wheel', async t => {
  t.test('meets each deadline within two ticks, near and far', async t => {
    const clock = new FakeClock();
    const wheel = wheelOf(clock);
    const dues = [0, 10, 49, 50, 51, 1000, 25_599, 25_600, 25_601, 60_000, 3_600_000];
    const entries = dues.map(due => new Entry(clock.time + due));
    for (const entry of entries) wheel.add(entry, entry.due);
    for (let i = 0; i < 40_000; i++) clock.advance(97);
    for (const entry of entries) {
      t.equal(entry.fired.length, 1);
      t.ok(entry.fired[0]! >= entry.due && entry.fired[0]! <= entry.due + 100 + 97, `${entry.fired[0]! - entry.due}`);
    }
    t.same(clock.timers, [], 'an empty wheel stands still');
  });

  t.test('a deadline that moved away, an entry that was removed', async t => {
    const clock = new FakeClock();
    const wheel = wheelOf(clock);
    const moving = new Entry(clock.time + 500);
    const removed = new Entry(clock.time + 500);
    wheel.add(moving, moving.due);
    wheel.add(removed, removed.due);
    clock.advance(400);
    moving.due += 5000;
    wheel.remove(removed);
    clock.advance(4000);
    t.same(moving.fired, []);
    clock.advance(2000);
    t.equal(moving.fired.length, 1);
    t.same(removed.fired, []);
  });

  t.test('of a standstill the first second counts, whoever looks at the clock first', async t => {
    for (const look of [() => {}, (wheel: TimerWheel) => void wheel.now()]) {
      const clock = new FakeClock();
      const wheel = wheelOf(clock);
      const begin = wheel.now();
      const entries = [100, 1000, 1200, 10_000].map(ms => new Entry(begin + ms));
      for (const entry of entries) wheel.add(entry, entry.due);
      const wake = standStill(clock, 120_000);
      look(wheel);
      wake();
      t.equal(wheel.now(), begin + 1050);
      t.same(
        entries.map(entry => entry.fired.length),
        [1, 1, 0, 0],
      );
      clock.advance(300);
      t.equal(entries[2]!.fired.length, 1);
      const again = standStill(clock, 3_600_000);
      look(wheel);
      again();
      t.equal(wheel.now(), begin + 1350 + 1050);
      clock.advance(7500);
      t.same(entries[3]!.fired.length, 0);
      clock.advance(300);
      t.same(entries[3]!.fired.length, 1);
      clock.advance(1000);
      t.same(clock.timers, []);
      clock.time += 60_000;
      t.equal(wheel.now(), begin + 1350 + 1050 + 7800 + 1000 + 60_000, 'nobody stands still who has nothing to do');
    }
  });

  t.test('a process that is merely busy loses no time', async t => {
    const clock = new FakeClock();
    const wheel = wheelOf(clock);
    const begin = wheel.now();
    const entry = new Entry(begin + 9000);
    wheel.add(entry, entry.due);
    for (let i = 0; i < 9; i++) standStill(clock, 1000)();
    t.equal(wheel.now(), begin + 9000);
    t.equal(entry.fired.length, 1);
  });

  t.test('after a long sleep of a single entry the next one is asked in time', async t => {
    const clock = new FakeClock();
    const wheel = wheelOf(clock);
    const moving = new Entry(clock.time + 100);
    wheel.add(moving, moving.due);
    const wake = standStill(clock, 10_000);
    moving.due = wheel.now() + 60_000;
    wake();
    const next = new Entry(wheel.now() + 500);
    wheel.add(next, next.due);
    clock.advance(700);
    t.equal(next.fired.length, 1);
  });

  t.test('an entry is asked when what has arrived is read', async t => {
    const clock = new FakeClock();
    const ends: (() => void)[] = [];
    const wheel = new TimerWheel(
      clock,
      createTurn(run => void ends.push(run)),
      50,
    );
    const [heard, silent] = [new Entry(clock.time + 100), new Entry(clock.time + 100)];
    for (const entry of [heard, silent]) wheel.add(entry, entry.due);
    clock.advance(4000);
    t.same(silent.fired, []);
    heard.due += 8000;
    for (const end of ends.splice(0)) end();
    t.same(silent.fired, [wheel.now()]);
    t.same(heard.fired, []);
    clock.advance(4200);
    wheel.stop();
    for (const end of ends.splice(0)) end();
    t.same(heard.fired, [], 'nor when it is stopped before that');
  });

  t.test('an entry may remove others while it is asked', async t => {
    const clock = new FakeClock();
    const wheel = wheelOf(clock);
    const victim = new Entry(clock.time + 100);
    class Killer extends Entry {
      override expire(now: number): number {
        wheel.remove(victim);
        return super.expire(now);
      }
    }
    wheel.add(victim, victim.due);
    wheel.add(new Killer(clock.time + 100), clock.time + 100);
    clock.advance(1000);
    t.same(victim.fired, []);
  });
});

t.test('the end of a turn runs jobs and what they schedule, and survives a job that throws', async t => {
  const turn = createTurn();
  const log: string[] = [];
  const job = (name: string, then?: () => void) => ({
    endOfTurn() {
      log.push(name);
      then?.();
    },
  });
  turn.schedule(job('a', () => turn.schedule(job('c'))));
  turn.schedule(job('b'));
  t.same(log, []);
  await new Promise(resolve => setImmediate(resolve));
  t.same(log, ['a', 'b', 'c']);
  const ping = {
    endOfTurn() {
      if (log.push('x') < 100) turn.schedule(ping);
    },
  };
  turn.schedule(ping);
  await until(() => log.length === 100, 'more rounds than fit one turn');
});

t.test('clock and random', async t => {
  const late: string[] = [];
  const timer = realClock.setTimer(2 ** 31 + 1000, () => late.push('far'));
  realClock.setTimer(5, () => late.push('near'));
  await sleep(50);
  timer.cancel();
  t.same(late, ['near'], 'a far timer does not fire at once');
  const ids = new Set<string>();
  for (let i = 0; i < 1000; i++) ids.add(Buffer.from(realRandom.bytes(12)).toString('hex'));
  t.equal(ids.size, 1000);
  t.equal(realRandom.bytes(10_000).length, 10_000);
});

t.test('addresses', async t => {
  t.same(parseAddress('tcp://127.0.0.1:8282'), { host: '127.0.0.1', port: 8282 });
  t.same(parseAddress('localhost:0'), { host: 'localhost', port: 0 });
  t.same(parseAddress('tcp://[::1]:80'), { host: '::1', port: 80 });
  t.equal(formatAddress({ host: '::1', port: 80 }), 'tcp://[::1]:80');
  t.throws(() => parseAddress('tcp://host:99999'), { message: '"host:99999" is not an address: ports go to 65535' });
  for (const bad of ['', 'tcp://', 'tcp://host', 'tcp://host:99999', 'udp://host:1', 'tcp://a:b:1', 'tcp://host:1/x']) {
    t.throws(() => parseAddress(bad), { code: 'FG_ADDRESS' }, bad);
  }
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) t.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.0.0.1.example.org'])
    t.notOk(isLoopback(host), host);
});

for (const wrap of [true, false])
  t.test(`the system's network, ${wrap ? 'with one read buffer' : 'with data events'}`, t => {
    const net = createRealNet(wrap);
    return netContract(t, net, net, realClock, { sleep, until });
  });

t.test('a simulated network', async t => {
  for (const shreds of [0, 0.5]) {
    const world = new World({ seed: 7, weather: { latency: [0, 3], shreds } });
    const [server, client] = [world.process('server'), world.process('client')];
    const waiting = {
      sleep: (ms: number) => world.run(ms),
      async until(done: () => boolean, what: string) {
        if (!(await world.until(done, 60_000))) throw new Error(`Waited in vain for ${what}`);
      },
    };
    await netContract(t, server.platform.net, client.platform.net, server.platform.clock, waiting);
    t.same([...server.faults, ...client.faults], []);
  }
});
