/** Timers of a worker, and those that run once in a cluster, under a clock that the test owns; then in a real cluster. */
import t from 'tap';
import { Slots } from '../../src/gateway/slots.js';
import { type Events, FramegateError, type TimerTick } from '../../src/index.js';
import { calls } from '../../src/link/index.js';
import type { Clock, Timer } from '../../src/net/index.js';
import type { Gateways } from '../../src/worker/gateways.js';
import { Timers } from '../../src/worker/timers.js';
import { Cluster } from '../support/cluster.js';
import type { Line } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

class TestClock implements Clock {
  time = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  wallNow(): number {
    return this.time;
  }

  setTimer(ms: number, run: () => void): Timer {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(other => other !== timer);
      },
    };
  }

  /** Lets time pass, with everything that is due in it, and what promises make of that. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.time = Math.max(this.time, next.at);
      this.#timers.splice(this.#timers.indexOf(next), 1);
      next.run();
    }
    this.time = end;
  }
}

/** A gateway as timers see it. */
class TestGateway {
  readonly epoch: string;
  silent = false;
  asked = 0;
  readonly #slots = new Slots();

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  async call(kind: number, [name, slot]: [string, number]): Promise<boolean> {
    this.asked++;
    if (this.silent) throw new FramegateError('FG_UNREACHABLE', 'silent');
    if (kind !== calls.slot) throw new Error('another call');
    return this.#slots.claim(name, slot);
  }
}

function linkedTo(gateways: readonly TestGateway[]): Gateways {
  return { epochs: () => gateways.map(peer => ({ epoch: peer.epoch, peer })) } as unknown as Gateways;
}

const never = (error: unknown): void => {
  throw error;
};

t.test('once, again and again, until they are cancelled', async t => {
  const clock = new TestClock();
  const timers = new Timers(clock, linkedTo([]));
  const ran: string[] = [];
  timers.set({ after: 50 }, ({ slot, key }) => void ran.push(`once ${slot} ${key}`), never);
  const cancelled = timers.set({ after: 60 }, () => void ran.push('never'), never);
  const often = timers.set({ every: 40 }, () => void ran.push('often'), never);
  cancelled.cancel();
  await clock.pass(130);
  t.same(ran, ['often', 'once 1000050 ', 'often', 'often']);
  often.cancel();
  await clock.pass(1000);
  t.equal(ran.length, 4);
});

t.test('a run that is due while the last has not settled is left out; a stop waits for it', async t => {
  const clock = new TestClock();
  const timers = new Timers(clock, linkedTo([]));
  let runs = 0;
  let settle = (): void => {};
  timers.set(
    { every: 10 },
    () => {
      runs++;
      return new Promise<void>(resolve => {
        settle = resolve;
      });
    },
    never,
  );
  await clock.pass(55);
  t.equal(runs, 1);
  settle();
  await clock.pass(10);
  t.equal(runs, 2);
  let stopped = false;
  const stop = timers.stop().then(() => {
    stopped = true;
  });
  await clock.pass(100);
  t.notOk(stopped);
  settle();
  await stop;
  timers.set({ after: 1 }, () => void runs++, never);
  await clock.pass(100);
  t.equal(runs, 2, 'nothing runs any more');
});

t.test('what a run throws is told, and the next one runs all the same', async t => {
  const clock = new TestClock();
  const timers = new Timers(clock, linkedTo([]));
  const told: unknown[] = [];
  timers.set(
    { every: 10 },
    async () => Promise.reject('later'),
    error => told.push(error),
  );
  timers.set(
    { after: 5 },
    () => {
      throw 'at once';
    },
    error => told.push(error),
  );
  await clock.pass(25);
  t.same(told, ['at once', 'later', 'later']);
});

t.test('wrong options are refused in a sentence', async t => {
  const timers = new Timers(new TestClock(), linkedTo([]));
  for (const [options, message] of [
    [{}, 'A timer has either "after" or "every", in milliseconds'],
    [{ after: 1, every: 1 }, 'A timer has either "after" or "every", in milliseconds'],
    [{ every: 0 }, 'A timer cannot run every 0 ms'],
    [{ after: Number.NaN }, 'A timer cannot run after NaN ms'],
    [{ after: Number.POSITIVE_INFINITY }, 'A timer cannot run after Infinity ms'],
    [{ after: null as never }, 'A timer cannot run after null ms'],
    [{ every: '5000' as never }, 'A timer cannot run every the text "5000" ms'],
    [{ after: 1, singleton: 'x' }, 'A singleton timer has "every": its slots are multiples of it'],
    [{ every: 1000, singleton: '' }, 'A singleton timer needs a name of 1 to 1024 characters, not the text ""'],
  ] as const)
    t.throws(() => timers.set(options, () => {}, never), { code: 'FG_VALUE', message });
});

t.test('a singleton runs once for each slot, whoever is there', async t => {
  const clock = new TestClock();
  const gateways = ['a', 'b', 'c'].map(epoch => new TestGateway(epoch));
  const ticks: TimerTick[] = [];
  const workers = Array.from({ length: 4 }, () => new Timers(clock, linkedTo(gateways)));
  for (const timers of workers) timers.set({ every: 100, singleton: 'report' }, tick => void ticks.push(tick), never);
  await clock.pass(450);
  const slots = [1_000_100, 1_000_200, 1_000_300, 1_000_400];
  t.same(
    ticks,
    slots.map(slot => ({ slot, key: `report@${slot}` })),
  );
  t.equal(gateways.filter(({ asked }) => asked > 0).length, 1, 'one gateway is asked');
  await workers[0]!.stop();
  await clock.pass(100);
  t.equal(ticks.length, 5);
  gateways.find(({ asked }) => asked > 0)!.silent = true;
  await clock.pass(200);
  t.equal(ticks.length, 7, 'the next gateway has its place');
  t.equal(new Set(ticks.map(({ key }) => key)).size, 7);
  for (const gateway of gateways) gateway.silent = true;
  await clock.pass(200);
  t.equal(ticks.length, 7, 'without any gateway it is left out');
  const late = new Timers(clock, linkedTo([new TestGateway('a')]));
  clock.time += 30;
  late.set({ every: 100, singleton: 'report' }, tick => void ticks.push(tick), never);
  await clock.pass(70);
  t.equal(ticks.at(-1)!.slot % 100, 0, 'slots are the same whenever a worker starts');
});

t.test('names are spread over the gateways', async t => {
  const clock = new TestClock();
  const gateways = ['g1', 'g2', 'g3'].map(epoch => new TestGateway(epoch));
  const timers = new Timers(clock, linkedTo(gateways));
  for (let i = 0; i < 60; i++) timers.set({ every: 100, singleton: `timer-${i}` }, () => {}, never);
  await clock.pass(100);
  t.ok(
    gateways.every(({ asked }) => asked > 5),
    `${gateways.map(({ asked }) => asked)}`,
  );
});

t.test('in a cluster: two workers, one run for each slot, and what it throws is told to onError', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  await cluster.startGateway();
  const keys: string[] = [];
  const errors: string[] = [];
  const events: Events<Line> = {
    onWorkerStart(worker) {
      const run = ({ key }: TimerTick): void => {
        keys.push(key);
        throw new Error(key);
      };
      worker.setTimer({ every: 100, singleton: 'tick' }, run);
    },
    onError: (error, { message }) => void errors.push(`${message} ${(error as Error).message}`),
  };
  await cluster.startWorker(events);
  await cluster.startWorker(events);
  await until(() => keys.length >= 5, 'five slots');
  await until(() => errors.length >= 5, 'five errors');
  const slots = keys.map(key => Number(/^tick@(\d+)$/.exec(key)![1]));
  t.equal(new Set(slots).size, slots.length, 'each once');
  t.ok(slots.every(slot => slot % 100 === 0));
  t.equal(errors[0], `timer ${keys[0]}`);
});
