/** A short soak run, and that the long one would notice: loss, disorder, doubles, innocent ends and growth are planted. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { closeReasons } from '../../src/index.js';
import type { Look } from '../soak/growth.js';
import { growths, judgeGrowth } from '../soak/growth.js';
import { bootOf, JournalReader, JournalWriter, type Noted } from '../soak/journal.js';
import { Ledger } from '../soak/ledger.js';
import { soakReport } from '../soak/report.js';
import { soakRun } from '../soak/run.js';

const MiB = 1024 * 1024;
const HOUR = 3_600_000;

/** One connection with three messages, all handled and answered, that leaves in order; `change` spoils it. */
function oneConnection(change: (ledger: Ledger, notes: Noted[]) => void = () => {}) {
  const ledger = new Ledger();
  ledger.open(1, 0);
  ledger.loggedIn(1, `gateway${'x'.repeat(16)}`);
  for (let n = 0; n < 3; n++) ledger.sent(1);
  const note = (kind: Noted['kind'], n = 0, more = {}): Noted => ({
    ...{ kind, n, again: false, connection: 1, at: n * 1e6, boot: '7.1' },
    ...more,
  });
  const notes = [
    note('hello'),
    note('work', 1),
    note('work', 2),
    note('work', 3),
    note('close', closeReasons.indexOf('idle-timeout')),
  ];
  change(ledger, notes);
  for (const noted of notes) ledger.take(noted);
  return { ledger, rules: () => ledger.violations.map(({ rule }) => rule) };
}

t.test('what is lost, out of order or doubled is found', async t => {
  const leave = (ledger: Ledger): void => {
    for (const n of [1, 2, 3]) ledger.answered(1, n);
    ledger.ended(1, 'left', 0);
    ledger.judge(HOUR);
  };
  const judged = (change?: Parameters<typeof oneConnection>[0]): string[] => {
    const { ledger, rules } = oneConnection(change);
    leave(ledger);
    return rules();
  };
  t.same(judged(), [], 'nothing where all is well');
  t.same(
    judged((_, notes) => notes.splice(3, 1)),
    ['lost'],
    'a message that was not handled',
  );
  t.same(
    judged((_, notes) => notes.splice(4, 1)),
    ['close'],
    'no close event',
  );
  t.same(
    judged((_, notes) => void notes.splice(1, 2, notes[2]!, notes[1]!)),
    ['order', 'double'],
    'two that change places',
  );
  t.same(
    judged((_, notes) => void notes.splice(2, 0, notes[1]!)),
    ['double'],
    'one that is handled twice',
  );
  t.same(
    judged((_, notes) => void notes.splice(2, 0, { ...notes[1]!, again: true })),
    [],
    'and marked',
  );
  t.same(
    judged((ledger, notes) => {
      ledger.slept('8.1', 0);
      notes.splice(2, 0, { ...notes[1]!, boot: '8.1' });
    }),
    [],
    'or by a worker that had stood still',
  );

  await t.test('answers', async t => {
    const { ledger, rules } = oneConnection();
    ledger.answered(1, 2);
    t.same(rules(), ['order'], 'one is left out');
    ledger.answered(1, 2);
    t.same(rules(), ['order', 'order'], 'one comes twice');
  });

  await t.test('a connection that breaks is owed what it was answered, and its gateway nothing', async t => {
    const broken = oneConnection((_, notes) => notes.splice(3, 1));
    broken.ledger.ended(1, 'broke', 0);
    broken.ledger.judge(HOUR);
    t.same(broken.rules(), []);
    const gone = oneConnection((ledger, notes) => {
      notes.splice(3, 1);
      ledger.touch('gateway');
    });
    gone.ledger.ended(1, 'closed', 0);
    gone.ledger.judge(HOUR);
    t.same(gone.rules(), []);
    t.equal(gone.ledger.counts['unanswered, as their gateway went'], 3);
    const answered = oneConnection((_, notes) => notes.splice(3, 1));
    for (const n of [1, 2, 3]) answered.ledger.answered(1, n);
    answered.ledger.ended(1, 'broke', 0);
    answered.ledger.judge(HOUR);
    t.same(answered.rules(), ['lost'], 'what was answered must have been handled');
  });

  await t.test('a close event is owed unless whoever could tell was killed as well', async t => {
    const without = (gateway: boolean, worker: string, at: number): string[] => {
      const { ledger, rules } = oneConnection((ledger, notes) => {
        notes.splice(4, 1);
        if (gateway) ledger.touch('gateway');
      });
      ledger.ended(1, 'broke', 0);
      ledger.killed(worker, at);
      ledger.judge(HOUR);
      t.equal(ledger.counts['without close event, as gateway and worker were killed'], 1 - rules().length);
      return rules();
    };
    t.same(without(true, '7.1', 9000), []);
    t.same(without(true, '8.1', 9000), ['close'], 'another worker');
    t.same(without(true, '7.2', 9000), ['close'], 'another one with its pid');
    t.same(without(true, '7.1', 60_000), ['close'], 'long after it must have been told');
    t.same(without(false, '7.1', 9000), ['close'], 'the gateway lives, and tells the next worker');
  });

  await t.test('a client that its gateway closes for no reason', async t => {
    const { ledger, rules } = oneConnection(ledger => {
      ledger.touch('another gateway');
      ledger.replaced(0);
    });
    const judged = (connection: number, now: number): string[] => {
      ledger.ended(connection, 'closed', now);
      ledger.judge(now, true);
      return rules();
    };
    t.same(judged(1, 0), ['innocent']);
    ledger.open(2, 10);
    t.same(judged(2, 20), ['innocent'], 'whoever has not logged in may have called the other one');
    ledger.open(3, HOUR);
    t.same(judged(3, HOUR), ['innocent', 'innocent']);
    t.match(ledger.violations[0]?.text, 'it was closed: idle-timeout (connection 1');
  });

  await t.test('what is owed has its time', async t => {
    const { ledger, rules } = oneConnection((_, notes) => notes.splice(3, 2));
    ledger.ended(1, 'left', 0);
    ledger.judge(1000);
    t.same(rules(), []);
    ledger.judge(1000, true);
    t.same(rules(), ['lost']);
    t.equal(ledger.unjudged, 0);
  });
});

t.test('the journal of several processes is read in the order of time', t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  const reader = new JournalReader(folder);
  const writer = new JournalWriter(folder);
  writer.note('hello', 5, 0, false);
  writer.note('work', 5, 1, true);
  t.same(reader.take(), [], 'what is young may have an older one beside it');
  const [hello, work] = reader.take(true);
  t.match(hello, { kind: 'hello', connection: 5, n: 0, again: false, boot: bootOf(process.pid) });
  t.match(work, { kind: 'work', connection: 5, n: 1, again: true });
  t.ok(work!.at >= hello!.at);
  t.same(reader.take(true), [], 'once');
  reader.close();
  t.end();
});

t.test('growth is found', async t => {
  /** Looks at one process in so many calm times, three in each, of which something grows with time. */
  const looks = (grow: (look: Look, time: number) => Partial<Look> = () => ({}), calms = 9): Look[] =>
    Array.from({ length: calms * 3 }, (_, i) => {
      const tables = { handling: 0, links: 3 };
      const look: Look = {
        ...{ name: 'gateway-1', role: 'gateway', pid: 7, calm: Math.floor(i / 3), clients: 1000, handles: 28, late: 2 },
        ...{ rss: 100 * MiB, heap: (20 + (i % 3) * 0.1) * MiB, tables },
      };
      return { ...look, ...grow(look, i / (calms * 3 - 1)) };
    });
  const found = (grow?: Parameters<typeof looks>[0], calms?: number): string[] =>
    judgeGrowth(looks(grow, calms)).map(({ text }) => text.replace(/ of .*/, ''));
  t.same(found(), []);
  t.same(
    found((look, time) => ({ heap: look.heap + time * 10 * MiB })),
    ['heap'],
  );
  t.same(
    found((look, time) => ({ rss: look.rss + time * 100 * MiB })),
    ['rss'],
  );
  t.same(
    found((look, time) => ({ handles: look.handles + Math.round(time * 10) })),
    ['handles'],
  );
  t.same(
    found((look, time) => ({ tables: { ...look.tables, handling: Math.round(time * 2) } })),
    ['handling'],
  );
  t.same(
    found((look, time) => (time > 0.4 && time < 0.6 ? { heap: 90 * MiB, handles: 500, rss: 500 * MiB } : look)),
    [],
    'a hill in the middle is none',
  );
  t.same(
    found((look, time) => ({ clients: 1000 + time * 1000, heap: look.heap + time * 10 * MiB })),
    [],
    'clients that have come take their place',
  );
  t.same(
    found((look, time) => ({ heap: look.heap + time * 10 * MiB }), 2),
    [],
    'two calm times say nothing of memory',
  );
  t.equal(growths([...looks(), ...looks(look => ({ ...look, pid: 8 }))]).length, 2, 'each process by itself');
  t.match(judgeGrowth(looks((look, time) => ({ heap: look.heap + time * 10 * MiB })))[0], {
    text: /^heap of gateway-1 \(pid 7\): 21\.\d MiB, later 2\d\.\d MiB; 2\d\.\d MiB at most$/,
  });
});

t.test('a short run: clients come and go, processes are killed, stand still and are reloaded', async t => {
  const result = await soakRun({
    ...{ duration: 8000, storm: 8000, clients: 120, seed: 7, gateways: 2, workers: 2, pause: [200, 800] },
    first: ['kill -9 of a worker', 'kill -9 of a gateway', 'kill -9 of the supervisor', 'gw reload'],
  });
  t.same(result.violations, [], soakReport(result));
  t.ok(result.counts.answers > 300, `${result.counts.answers} answers`);
  t.ok(result.faults['kill -9 of a worker'], 'a worker was killed');
  t.ok(result.faults['kill -9 of a gateway'], 'a gateway was killed');
  t.ok(result.looks.length >= 6 * 6, `${result.looks.length} looks`);
});
