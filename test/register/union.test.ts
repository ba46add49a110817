/** The union of what several registers say: the same, whichever way it comes; and what may end a record. */
import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { Book } from '../../src/register/book.js';
import type { LeasedRecord, PeerRecord, View } from '../../src/register/messages.js';
import { Union } from '../../src/register/union.js';

const LEASE = 3000;

function record(id: string, more: Partial<LeasedRecord> = {}): LeasedRecord {
  return { id, epoch: 'e1', seq: 1, state: 'up', link: 'tcp://127.0.0.1:1', lease: LEASE, ...more };
}

function view(gateways: readonly LeasedRecord[], more: Partial<View> = {}): View {
  return { version: 1, lease: LEASE, settled: true, workers: 0, gateways, ...more };
}

const ids = (list: readonly PeerRecord[]): string[] => list.map(r => r.id).sort();

// What is drawn: the lives of a few gateways, and views of them as registers would give them at some time.

/** Boots of one gateway, each with how often it announced itself and what its last word was. */
const lives = fc.array(
  fc.array(fc.record({ announced: fc.nat(5), last: fc.constantFrom('up', 'draining', 'gone') }), { maxLength: 3 }),
  { minLength: 1, maxLength: 4 },
);

interface Said {
  readonly at: number;
  readonly record: PeerRecord;
}

/** All that was ever announced, one announcement each 100 ms. */
function announcements(drawn: readonly (readonly { announced: number; last: string }[])[]): Said[] {
  return drawn.flatMap((boots, g) => {
    let at = 0;
    return boots.flatMap(({ announced, last }, boot) =>
      Array.from({ length: announced + 1 }, (_, seq) => {
        at += 100;
        const state = seq === announced ? (last as PeerRecord['state']) : 'up';
        const link = `tcp://127.0.0.1:${1000 + g * 10 + boot}`;
        return { at, record: { id: `g${g}`, epoch: `e${boot}`, seq, state, link } };
      }),
    );
  });
}

/** What a register knows that has heard some of it: its view at `at`, in its own order. */
function viewAt(said: readonly Said[], heard: readonly boolean[], at: number): View {
  const book = new Book();
  for (const [i, { record, at: then }] of said.entries()) {
    if (then <= at && heard[i % heard.length]) book.put(record, then + LEASE);
  }
  const gateways = Array.from(book.entries(), e => ({ ...e.record, lease: e.expires - at })).filter(r => r.lease > 0);
  return view(gateways);
}

const history = fc
  .tuple(
    lives,
    fc.array(fc.record({ heard: fc.array(fc.boolean(), { minLength: 3, maxLength: 7 }), at: fc.nat(2000) }), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([drawn, looks]) => {
    const said = announcements(drawn);
    return { said, views: looks.map(({ heard, at }, i) => ({ from: i % 3, view: viewAt(said, heard, at) })) };
  });

/** Takes the views at one moment; what matters then is only what they say. */
function unionOf(views: readonly { from: number; view: View }[], now = 5000): Union {
  const union = new Union();
  for (const { from, view } of views) union.take(from, view, now);
  return union;
}

const state = (union: Union, said: readonly Said[], now: number): unknown => ({
  gateways: [...union.gateways(now)].sort((a, b) => (a.id < b.id ? -1 : 1)),
  about: said.map(({ record }) => union.about(record.id, record.epoch, now)),
});

t.test('the order in which views arrive makes no difference', async () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat()), fc.nat(2 * LEASE), ({ said, views }, random, later) => {
      const shuffled = views
        .map(v => ({ v, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ v }) => v);
      deepStrictEqual(state(unionOf(shuffled), said, 5000 + later), state(unionOf(views), said, 5000 + later));
    }),
    { numRuns: 300 },
  );
});

t.test('a view that arrives again, at once or late, changes nothing', async () => {
  fc.assert(
    fc.property(history, fc.nat(7), fc.nat(2 * LEASE - 1), fc.nat(3 * LEASE), ({ said, views }, which, late, later) => {
      const again = views[which % views.length]!;
      const [once, twice] = [unionOf(views), unionOf(views)];
      twice.take(again.from, again.view, 5000 + late);
      // Whoever speaks is there: that alone counts for both.
      once.take(again.from, view([]), 5000 + late);
      deepStrictEqual(state(twice, said, 5000 + late + later), state(once, said, 5000 + late + later));
    }),
    { numRuns: 300 },
  );
});

t.test('the greatest epoch and seq holds, whoever said it', async () => {
  fc.assert(
    fc.property(history, ({ said, views }) => {
      const union = unionOf(views);
      const named = views.flatMap(v => v.view.gateways);
      for (const id of new Set(said.map(s => s.record.id))) {
        const [best] = named
          .filter(r => r.id === id)
          .sort((a, b) => (a.epoch === b.epoch ? b.seq - a.seq : a.epoch < b.epoch ? 1 : -1));
        const found = union.gateways(5000).find(r => r.id === id);
        const { lease: _, ...wanted } = best ?? record(id);
        deepStrictEqual(found, best?.state === 'up' ? wanted : undefined);
      }
    }),
    { numRuns: 300 },
  );
});

t.test('views may get lost: the next whole one makes up for it', async () => {
  fc.assert(
    fc.property(history, fc.array(fc.boolean(), { minLength: 1 }), ({ said, views }, kept) => {
      const last = { from: 0, view: viewAt(said, [true], 2000) };
      const some = views.filter((_, i) => kept[i % kept.length]);
      const links = (of: typeof views): string[] =>
        unionOf([...of, last])
          .gateways(5000)
          .map(r => r.link);
      deepStrictEqual(links(some).sort(), links(views).sort());
    }),
    { numRuns: 300 },
  );
});

t.test('a gateway that one of two registers does not know stays', async t => {
  const union = new Union();
  union.take(0, view([record('a')]), 0);
  union.take(1, view([]), 0);
  t.same(ids(union.gateways(0)), ['a']);
  union.take(1, view([]), LEASE - 1);
  t.same(ids(union.gateways(LEASE - 1)), ['a'], 'until its lease ends');
  union.take(1, view([]), LEASE);
  t.same(ids(union.gateways(LEASE)), []);
});

t.test('with no register, or only one that has just started, nobody is taken away', async t => {
  const union = new Union();
  union.take(0, view([record('a')]), 0);
  union.lost(0, 0);
  t.same(ids(union.gateways(100 * LEASE)), ['a']);
  t.notOk(union.reached(1));
  const now = 200 * LEASE;
  union.take(0, view([], { settled: false }), now);
  t.ok(union.reached(now));
  t.notOk(union.informed(now));
  t.same(ids(union.gateways(now)), ['a'], 'it has not heard of everybody yet');
  union.take(0, view([]), now + LEASE);
  t.same(ids(union.gateways(now + LEASE)), []);
});

t.test('a register that has fallen silent ends nothing, and neither does a process that has slept', async t => {
  const union = new Union();
  union.take(0, view([record('a')]), 0);
  t.ok(union.informed(LEASE / 2) && union.reached(LEASE / 2));
  t.notOk(union.informed(LEASE / 2 + 1) || union.reached(LEASE / 2 + 1));
  t.same(ids(union.gateways(LEASE * 10)), ['a'], 'the answer is too old');
});

t.test('whose lease has run out while a register answered does not come back when it falls silent', async t => {
  const union = new Union();
  union.take(0, view([record('a', { lease: 100 }), record('b', { lease: 2000 })]), 0);
  t.same(ids(union.gateways(100)), ['b']);
  union.lost(0, 200);
  t.same(ids(union.gateways(100 * LEASE)), ['b']);
});

t.test('what is gone stays gone, whatever an older view says', async t => {
  const union = new Union();
  union.take(0, view([record('a', { seq: 5, state: 'gone', lease: 2 * LEASE })]), 0);
  union.take(1, view([record('a', { seq: 4 })]), LEASE);
  t.same(ids(union.gateways(LEASE)), []);
  t.same(union.leaving(), ['e1']);
  union.take(1, view([record('a', { epoch: 'e2', seq: 1 })]), LEASE);
  t.same(ids(union.gateways(LEASE)), ['a'], 'a new boot is another matter');
});

t.test('what is known of one boot of a gateway', async t => {
  const union = new Union();
  t.same(union.about('a', 'e1', 0), { state: 'silent', renewed: undefined }, 'never heard of');
  union.take(0, view([record('a', { lease: LEASE - 100 })]), 1000);
  t.same(union.about('a', 'e1', 1000), { state: 'up', renewed: 900 });
  t.same(union.about('a', 'e2', 1000), { state: 'silent', renewed: undefined }, 'a boot that nobody has told of yet');
  t.same(union.about('a', 'e1', 1000 + LEASE), { state: 'silent', renewed: 900 });
  union.take(0, view([record('a', { epoch: 'e2' })]), 1000);
  t.same(union.about('a', 'e1', 1000), { state: 'left', renewed: undefined }, 'another has its place');
  union.take(0, view([record('a', { epoch: 'e2', seq: 2, state: 'draining' })]), 1000);
  t.same(union.about('a', 'e2', 1000), { state: 'left', renewed: undefined });
});

t.test('what was recalled holds until a register answers that should know', async t => {
  const union = new Union();
  union.recall([record('a', { seq: 0 }), record('b', { seq: 0 })], 0);
  t.same(ids(union.gateways(1_000_000)), ['a', 'b']);
  union.take(0, view([record('b')], { settled: false }), 1_000_000);
  t.same(ids(union.gateways(1_000_000)), ['a', 'b']);
  union.take(0, view([record('b', { seq: 2 })]), 1_000_000);
  t.same(ids(union.gateways(1_000_000)), ['b']);
});

t.test('the longest lease and the greatest number of workers count', async t => {
  const union = new Union();
  union.take(0, view([], { lease: 1000, workers: 3 }), 0);
  union.take(1, view([], { lease: 2000, workers: 2 }), 0);
  t.equal(union.lease, 2000);
  t.equal(union.workers, 3);
});
