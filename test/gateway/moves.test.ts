/** What the registers are told of workers that were lost. */
import t from 'tap';
import { Moves } from '../../src/gateway/moves.js';

t.test('it is told when all clients have a worker again, for a minute', async t => {
  const moves = new Moves();
  moves.lost('w1', 7);
  t.ok(moves.pending);
  t.same(moves.list(0), []);
  moves.settled(1000);
  t.notOk(moves.pending);
  t.same(moves.list(61_000), [{ worker: 'w1', upTo: 7 }]);
  t.same(moves.list(61_001), []);
});

t.test('a worker that is back has what it is told', async t => {
  const moves = new Moves();
  moves.lost('w1', 7);
  moves.back('w1');
  t.notOk(moves.pending);
  moves.lost('w2', 8);
  moves.settled(0);
  moves.back('w2');
  t.same(moves.list(0), []);
});

t.test('a worker that is lost again counts with what it had then, and the latest come last', async t => {
  const moves = new Moves();
  for (const [worker, upTo] of [
    ['w1', 7],
    ['w2', 8],
    ['w1', 9],
  ] as const) {
    moves.lost(worker, upTo);
    moves.settled(upTo);
  }
  t.same(moves.list(10), [
    { worker: 'w2', upTo: 8 },
    { worker: 'w1', upTo: 9 },
  ]);
});

t.test('of more than 64 workers the latest are told of', async t => {
  const moves = new Moves();
  for (let i = 1; i <= 70; i++) moves.lost(`w${i}`, i);
  moves.settled(0);
  t.equal(moves.list(0).length, 64);
  t.same(moves.list(0)[0], { worker: 'w7', upTo: 7 });
});
