/** What becomes of clients whose gateway is lost, by what is known of it. */
import t from 'tap';
import { World } from '../../src/testing/sim/index.js';
import { judge, type Lookout, Orphans, type Sighting } from '../../src/worker/orphans.js';

const LEASE = 1000;

function lookout(more: Partial<Lookout> = {}): Lookout {
  const about = (): Sighting => ({ state: 'silent', renewed: undefined });
  return { lease: LEASE, reached: true, informed: true, otherWorkers: 1, about, movedFrom: () => 0, ...more };
}

t.test('a verdict from what is known', async t => {
  const lost = 10_000;
  const [silent, up] = [
    (renewed?: number) => ({ state: 'silent' as const, renewed }),
    (renewed: number) => ({ state: 'up' as const, renewed }),
  ];
  const left = { state: 'left' as const, renewed: undefined };
  const deaf = { reached: false, informed: false };
  const young = { informed: false };
  for (const [why, after, known, sighting, verdict] of [
    ['it has said that it goes', 0, {}, left, 'lost'],
    ['its own word is enough', 0, deaf, left, 'lost'],
    ['it may be linked again', 1999, {}, silent(lost - 100), 'wait'],
    ['two leases since the link', 2000, {}, silent(lost - 100), 'lost'],
    ['a renewal that was under way', 2000, {}, silent(lost + 50), 'wait'],
    ['two leases since that renewal', 2050, {}, silent(lost + 50), 'lost'],
    ['it goes on, and has nobody else for them', 9000, {}, up(lost + 8500), 'wait'],
    ['it went on, and is silent', 3000, {}, silent(lost + 1500), 'wait'],
    ['it went on, and died', 3500, {}, silent(lost + 1500), 'lost'],
    ['nobody to ask', 1999, deaf, silent(lost - 100), 'wait'],
    ['nobody to ask, for two leases', 2000, deaf, silent(lost - 100), 'uncertain'],
    ['nobody to ask any more, and it had gone on', 9000, deaf, silent(lost + 1500), 'uncertain'],
    ['a register that has just started', 2000, young, silent(), 'wait'],
    ['a register that never settles', 6000, young, silent(), 'uncertain'],
    ['a register that knows nothing of it', 2000, {}, silent(), 'lost'],
  ] as const) {
    t.equal(judge(lost + after, lost, lookout(known), sighting), verdict, why);
  }
  for (const sighting of [left, silent(), up(lost)]) {
    t.equal(judge(lost, lost, lookout(), sighting, true), 'elsewhere', 'others have them, whatever became of it since');
  }
  t.equal(judge(lost + 9999, lost, undefined, silent()), 'wait', 'without registers leases are of 5 s');
  t.equal(judge(lost + 10_000, lost, undefined, silent()), 'uncertain');
});

interface Client {
  readonly id: string;
  readonly epoch: number;
}

function scene(known?: Lookout) {
  const world = new World();
  const said: string[] = [];
  const orphans = new Orphans<Client>(world.process('w').platform.clock, 'own', (clients, uncertain) => {
    for (const { id } of clients) said.push(`${id}${uncertain ? ' uncertain' : ''}`);
  });
  orphans.lookout = known;
  return { world, said, orphans };
}

const a = { id: 'ga', epoch: 'e1', address: '127.0.0.1:7001' };
const b = { id: 'gb', epoch: 'e9', address: '127.0.0.1:7002' };
const [ann, bob] = [
  { id: 'ann', epoch: 3 },
  { id: 'bob', epoch: 5 },
];

t.test('a gateway that comes back has settled whose they are', async t => {
  const { world, said, orphans } = scene(lookout());
  orphans.add(a, [ann]);
  await world.run(1500);
  t.equal(orphans.linked(a), undefined);
  await world.run(60_000);
  t.same(said, []);
});

t.test('another boot at the same address: the old one is gone, and others are not', async t => {
  const { world, said, orphans } = scene();
  orphans.add(a, [ann]);
  orphans.add(b, [bob]);
  await world.run(100);
  orphans.linked({ epoch: 'e2', address: a.address });
  t.same(said, ['ann']);
  await world.run(60_000);
  t.same(said, ['ann', 'bob uncertain'], 'each once');
});

t.test('what a gateway has given to others they have, but not what was bound here later', async t => {
  const moved = { a: 0 };
  const { world, said, orphans } = scene(lookout({ movedFrom: (_id, _epoch, own) => (own === 'own' ? moved.a : 0) }));
  orphans.add(a, [ann]);
  moved.a = 4;
  await world.run(5000);
  t.same(said, []);
  orphans.add(a, [bob]);
  await world.run(5000);
  t.same(said, ['bob']);
});

t.test(
  'a gateway that was given up and turns up again: its clients are named, so that they do not live on',
  async t => {
    const { world, said, orphans } = scene(lookout());
    orphans.add(a, [ann]);
    await world.run(2500);
    t.same(said, ['ann']);
    t.same(orphans.linked(a), new Set(['ann']));
    orphans.add(a, [bob]);
    await world.run(2500);
    t.same(said, ['ann', 'bob']);
    t.same(orphans.linked(a), new Set(['ann', 'bob']));
  },
);

t.test('of those that were given up a hundred thousand are remembered, the latest', async t => {
  const { world, orphans } = scene(lookout());
  const many = (name: string): Client[] => Array.from({ length: 60_000 }, (_, i) => ({ id: `${name}${i}`, epoch: i }));
  orphans.add(a, many('a'));
  orphans.add(b, many('b'));
  await world.run(2500);
  t.equal(orphans.linked(a), undefined);
  t.equal(orphans.linked(b)?.size, 60_000);
});

t.test('a worker that ends says what nobody else will', async t => {
  for (const [known, want] of [
    [undefined, ['ann uncertain']],
    [lookout(), ['ann uncertain']],
    [lookout({ about: () => ({ state: 'up', renewed: 0 }) }), []],
    [lookout({ about: () => ({ state: 'up', renewed: 0 }), otherWorkers: 0 }), ['ann uncertain']],
  ] as const) {
    const { world, said, orphans } = scene(known);
    orphans.add(a, [ann]);
    orphans.end();
    orphans.end();
    t.same(said, want);
    orphans.add(b, [bob]);
    t.same(said.length, 2 * want.length, 'also what is lost while it ends');
    await world.run(60_000);
    t.same(said.length, 2 * want.length);
  }
});
