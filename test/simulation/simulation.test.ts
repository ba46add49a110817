/** Some hundred seeds of the simulation. `npm run simulate` runs more. */
import t from 'tap';
import { World } from '../../src/testing/sim/index.js';
import { Cluster } from './cluster.js';
import { History } from './history.js';
import { run, runUntil } from './run.js';
import { simulate } from './simulate.js';

const SEEDS = 100;
/** What must have happened in each half at least, so that seeds which exercise nothing are noticed. */
const EXERCISED: Readonly<Record<string, number>> = {
  'close: gateway-lost': 20,
  'close: no-worker': 5,
  'close: quarantined': 5,
  'close: replaced': 2,
  'fault: frozen': 50,
  'fault: gateway killed': 20,
  'fault: intruder': 20,
  'fault: keys exchanged': 20,
  'fault: links cut': 50,
  'fault: links parted': 20,
  'fault: register killed': 10,
  'fault: silence': 50,
  'fault: worker killed': 50,
  'fault: worker stopped': 50,
  'what happened: claims': 50,
  'what happened: clients without a worker, kept for one': 10,
  'what happened: clusters with several handlers for a client': 20,
  'what happened: events': 20_000,
  'what happened: events delivered again': 2000,
  'what happened: messages in parts': 500,
  'what happened: messages of which it counts that they are done': 20,
  'what happened: messages that begin beside others': 5000,
  'what happened: output of the past that was dropped': 50,
  'what happened: queries, incomplete': 50,
  'what happened: requests, answered': 1000,
  'what happened: sends of which it counts whom they reach': 1000,
  'what happened: uids of whom it counts who is told': 50,
  'what happened: visits of which every message counts': 100,
  'what happened: writes that lost': 50,
};

/** The number behind a word of the summary. */
function counted(output: string, what: string): number {
  const [group = '', name = ''] = what.split(': ');
  const line = output.split('\n').find(l => l.startsWith(`  ${group}: `)) ?? '';
  const item = `, ${line.slice(group.length + 4)},`.split(`, ${name} `)[1];
  return Number.parseInt(item ?? '0', 10);
}

t.test('no promise is broken', { timeout: 550_000 }, async t => {
  const runs = await Promise.all([1, 1 + SEEDS].map(from => run('--seeds', `${SEEDS}`, '--from', `${from}`)));
  for (const { exit, output, errors } of runs) {
    t.equal(exit, 0, output + errors);
    for (const [what, least] of Object.entries(EXERCISED)) {
      t.ok(counted(output, what) >= least, `${what}: ${counted(output, what)}, at least ${least}`);
    }
  }
});

t.test('a seed repeats itself to the last byte', async t => {
  for (const seed of [3, 4, 5, 14]) {
    const [first, again] = [await simulate(seed), await simulate(seed)];
    t.equal(first.hash, again.hash);
    t.same(first.counts, again.counts);
  }
});

t.test('a seed that fails does so again, in the same way', async t => {
  const args = ['--break', 'skip a replay', '--seeds', '20', '--trace', '500'];
  const [first, again] = [await run(...args), await run(...args)];
  t.equal(first.exit, 1);
  t.ok(first.output.split('\n').length > 500);
  t.equal(first.output, again.output);
});

t.test('whoever interrupts it is told what has been done, and how to go on', async t => {
  const { exit, output } = await runUntil(errors => /^seed \d/m.test(errors), '--seeds', '100000', '--from', '7');
  t.equal(exit, 130);
  const [, done = ''] = /^(\d+) seeds, .* no promise was broken$/m.exec(output) ?? [];
  const [left, next] = [100_000 - Number(done), 7 + Number(done)];
  t.match(output, `Interrupted. The other ${left}: npm run simulate -- --seeds ${left} --from ${next}`);
});

t.test('a cluster is whole again only when its gateways have noticed who vanished', async t => {
  const weather = { latency: [0, 3], shreds: 0, room: 64 * 1024, patience: 20_000 } as const;
  const world = new World({ seed: 1, weather, keep: 0 });
  const cluster = new Cluster(world, new History(world), { registers: 1, gateways: 2, workers: 1 });
  for (const place of cluster.places) cluster.boot(place);
  t.ok(await world.until(() => cluster.isWhole, 10_000));
  const [worker] = cluster.workers;
  const dead = worker!.running!.worker!.id;
  const counted = (): boolean[] =>
    cluster.gateways.map(g => [...g.running!.gateway!.peers].some(({ id }) => id === dead));
  cluster.kill(worker!, 'vanish');
  cluster.boot(worker!);
  t.ok(await world.until(() => cluster.isLinked, 10_000), 'the next one has found all gateways');
  t.same(counted(), [true, true]);
  t.notOk(cluster.isWhole);
  t.ok(await world.until(() => cluster.isWhole, 20_000));
  t.same(counted(), [false, false]);
});

t.test('a wrong number is refused', async t => {
  const { exit, errors } = await run('--seeds', 'many');
  t.equal(exit, 2);
  t.match(errors, '--seeds must be an integer from 1, not "many"');
  t.match(await run('--break', 'nothing'), { exit: 2, errors: /There is no breakage "nothing"; there are: drop the/ });
  t.match(await run('--sedes', '1'), { exit: 2, errors: /Unknown option '--sedes'/ });
});
