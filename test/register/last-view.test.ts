/** The gateways that were last known, on disk: found again, never trusted against a register, never a reason to fail. */
import t from 'tap';
import { MemoryDisk } from '../../src/net/index.js';
import { LastView, type PeerRecord, Register, Registers } from '../../src/register/index.js';
import { World } from '../../src/testing/sim/index.js';
import { MemoryLogger } from '../support/memory-logger.js';

const FILE = '/state/gateways.json';
const where = { host: '127.0.0.1', port: 1236 };
const text = (disk: MemoryDisk): string => new TextDecoder().decode(disk.files.get(FILE));
const bytes = (what: unknown): Uint8Array =>
  new TextEncoder().encode(typeof what === 'string' ? what : JSON.stringify(what));

/** A world with a register, gateways, and workers that share a disk. */
class Scene {
  readonly world = new World();
  readonly disk = new MemoryDisk();
  #count = 0;

  async register() {
    const process = this.world.process(`register ${++this.#count}`);
    const register = new Register({ platform: process.platform, logger: new MemoryLogger() });
    await register.listen(where);
    return { process, register };
  }

  peer(role: 'gateway' | 'worker', name: string, epoch = 'e1') {
    const { platform } = this.world.process(`${name} ${++this.#count}`, '127.0.0.1', this.disk);
    const logger = new MemoryLogger();
    const views: string[][] = [];
    const self = { role, id: name, epoch, link: role === 'gateway' ? `tcp://127.0.0.1:${7000 + this.#count}` : '' };
    const lastView = role === 'worker' ? new LastView('/state', this.disk, platform.clock, logger) : undefined;
    const onGateways = (list: readonly PeerRecord[]) => void views.push(list.map(g => `${g.id} ${g.epoch}`).sort());
    const lines = new Registers({ platform, logger, registers: [where], self, lastView, onGateways });
    return { lines, logger, views };
  }
}

t.test('a worker that starts while no register answers takes the gateways that were last known', async t => {
  const scene = new Scene();
  const { process } = await scene.register();
  const [a, b] = [scene.peer('gateway', 'a'), scene.peer('gateway', 'b')];
  const first = scene.peer('worker', 'w');
  await scene.world.run(8000);
  t.same(first.views.at(-1), ['a e1', 'b e1']);
  t.match(text(scene.disk), /^\{"framegate":"gateways","version":1,"gateways":\[\{"id":"a","epoch":"e1","link":"tcp:/);
  process.die();
  a.lines.stop();
  b.lines.stop();

  const late = scene.peer('worker', 'late');
  await scene.world.run(900);
  t.same(late.views, [], 'the registers are given a second');
  await scene.world.run(200);
  t.same(late.views, [['a e1', 'b e1']]);
  t.ok(late.logger.has('info No register answers; trying 2 gateways from "/state/gateways.json"'));

  await scene.register();
  scene.peer('gateway', 'b', 'e2');
  await scene.world.run(3000);
  t.same(late.views.at(-1), ['a e1', 'b e2'], 'what a register says holds');
  await scene.world.run(6000);
  t.same(late.views.at(-1), ['b e2'], 'and who is not there is not');
});

t.test('with a register the file is not even read', async t => {
  const scene = new Scene();
  scene.disk.files.set(
    FILE,
    bytes({ framegate: 'gateways', version: 1, gateways: [{ id: 'x', epoch: 'e', link: 'tcp://h:1' }] }),
  );
  await scene.register();
  const worker = scene.peer('worker', 'w');
  await scene.world.run(20_000);
  t.same([...new Set(worker.views.flat())], []);
  t.same(worker.logger.lines, []);
  t.match(text(scene.disk), '"x"', 'a list without gateways replaces none');
});

t.test('a file that cannot be used costs a line in the log', async t => {
  const none = { framegate: 'gateways', version: 1, gateways: [] };
  for (const [content, why] of [
    ['{', 'JSON'],
    ['null', 'it is no list of gateways'],
    [{ ...none, framegate: 'something else' }, 'it is no list of gateways'],
    [{ ...none, version: 2 }, 'its version is 2, and 1 is expected'],
    ['x'.repeat(600_000), 'it has 600000 bytes, and at most 524288 are expected'],
  ] as const) {
    const disk = new MemoryDisk();
    disk.files.set(FILE, bytes(content));
    const logger = new MemoryLogger();
    const view = new LastView('/state', disk, new World().process('w').platform.clock, logger);
    t.same(await view.recall(), []);
    t.equal(logger.lines.length, 1);
    t.ok(logger.has('warn The last known gateways are not used: ') && logger.has(why), `${logger.lines}`);
  }
});

t.test('of a file with bad entries the good ones are taken, and no more than a thousand', async t => {
  const disk = new MemoryDisk();
  const good = { id: 'a', epoch: 'e', link: 'tcp://127.0.0.1:1' };
  const bad = [null, 7, 'x', {}, { ...good, id: 7 }, { ...good, epoch: '' }, { ...good, link: 'nowhere' }];
  const gateways = [...bad, { ...good, id: 'x'.repeat(201) }, ...Array.from({ length: 2000 }, () => good)];
  disk.files.set(FILE, bytes({ framegate: 'gateways', version: 1, gateways }));
  const logger = new MemoryLogger();
  const view = new LastView('/state', disk, new World().process('w').platform.clock, logger);
  const records = await view.recall();
  t.equal(records.length, 1000 - bad.length - 1);
  t.same(records[0], { ...good, seq: 0, state: 'up' });
  t.same(logger.lines, []);
});

t.test('a full disk is told once, nothing else stops, and it is written again when there is room', async t => {
  const scene = new Scene();
  await scene.register();
  scene.peer('gateway', 'a');
  const worker = scene.peer('worker', 'w');
  scene.disk.broken = 'ENOSPC';
  await scene.world.run(8000);
  scene.peer('gateway', 'b');
  await scene.world.run(8000);
  t.same(worker.views.at(-1), ['a e1', 'b e1']);
  t.same(worker.logger.lines, [
    'warn The last known gateways are not kept: Cannot write "/state/gateways.json" (ENOSPC): the disk is full',
  ]);
  scene.disk.broken = undefined;
  await scene.world.run(60_000);
  t.match(text(scene.disk), '"id":"b"');
  t.ok(worker.logger.has('info The last known gateways are kept again'));
});

t.test('however often the gateways change, it is written once a second', async t => {
  const { world, disk } = new Scene();
  let writes = 0;
  const counting = {
    read: disk.read.bind(disk),
    remove: disk.remove.bind(disk),
    writeAtomic: (path: string, content: Uint8Array) => {
      writes++;
      return disk.writeAtomic(path, content);
    },
  };
  const view = new LastView('/state', counting, world.process('w').platform.clock, new MemoryLogger());
  for (let i = 0; i < 100; i++) {
    view.keep([{ id: 'a', epoch: `e${i}`, seq: 1, state: 'up', link: 'tcp://127.0.0.1:1' }]);
    await world.run(25);
  }
  await world.run(2000);
  t.equal(writes, 4);
  t.match(text(disk), '"e99"');
});
