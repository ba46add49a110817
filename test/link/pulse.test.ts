/** Whether a peer's silence is noticed, in a world whose network can be told to lose what one side says. */
import t from 'tap';
import { BEAT, dialLink, type LinkHandler, pulseOf, recordTypes, SILENT, SocketLink } from '../../src/link/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';

class Listener implements LinkHandler {
  beats = 0;
  closed_: string | undefined;

  record(type: number): void {
    if (type === recordTypes.beat) this.beats++;
  }

  flushing(): void {}

  closed(why: string): void {
    this.closed_ = why;
  }
}

async function pair(seed: number) {
  const world = new World({ seed });
  const [a, b] = [world.process('a', '10.0.0.1'), world.process('b', '10.0.0.2')];
  const [heardByA, heardByB] = [new Listener(), new Listener()];
  const keep = (process: SimProcess, link: SocketLink, handler: Listener) => {
    link.attach(handler);
    link.trust();
    pulseOf(process.platform.clock).add(link);
    return link;
  };
  await b.platform.net.listen({ host: '10.0.0.2', port: 7000 }, connection =>
    keep(b, new SocketLink(b.platform.turn, connection), heardByB),
  );
  const link = dialLink(a.platform.net, a.platform.turn, { host: '10.0.0.2', port: 7000 });
  keep(a, link, heardByA);
  await world.run(100);
  return { world, a, b, heardByA, heardByB, link };
}

t.test('links that have nothing to say live on', async t => {
  const { world, heardByA, heardByB } = await pair(1);
  await world.run(10 * SILENT);
  t.equal(heardByA.closed_, undefined);
  t.equal(heardByB.closed_, undefined);
  t.ok(heardByA.beats >= (9 * SILENT) / BEAT);
});

t.test('silence of either side is noticed by both, in time', async t => {
  for (const [seed, deaf] of [
    [2, 'a'],
    [3, 'b'],
    [4, 'both'],
  ] as const) {
    const { world, a, b, heardByA, heardByB } = await pair(seed);
    if (deaf !== 'a') world.network.silence(a, b);
    if (deaf !== 'b') world.network.silence(b, a);
    const noticed = await world.until(
      () => heardByA.closed_ !== undefined && heardByB.closed_ !== undefined,
      2 * SILENT,
    );
    t.ok(noticed, `${deaf}: ${heardByA.closed_}, ${heardByB.closed_}`);
    const first = deaf === 'b' ? heardByB : heardByA;
    t.match(first.closed_, 'silent for 10 s');
  }
});

t.test('a machine that is gone is noticed', async t => {
  const { world, b, heardByA } = await pair(5);
  b.die('vanish');
  t.ok(await world.until(() => heardByA.closed_ !== undefined, SILENT));
});

t.test('one timer serves all links, and none runs without links', async t => {
  const { world, a, b, link } = await pair(6);
  let timers = 0;
  const { clock } = a.platform;
  const { setTimer } = clock;
  clock.setTimer = (ms, run) => {
    timers++;
    return setTimer(ms, run);
  };
  for (let i = 0; i < 50; i++) {
    const more = dialLink(a.platform.net, a.platform.turn, { host: '10.0.0.2', port: 7000 });
    more.attach(new Listener());
    pulseOf(clock).add(more);
  }
  await world.run(BEAT);
  t.equal(timers, 1);
  b.die('exit');
  await world.run(4 * BEAT);
  t.notOk(link.open);
  timers = 0;
  await world.run(10 * BEAT);
  t.equal(timers, 0);
});
