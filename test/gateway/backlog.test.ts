/** The events of one client that are not acknowledged: kept in order, whatever happens in between. */
import t from 'tap';
import { Backlog, BacklogPool } from '../../src/gateway/backlog.js';

const body = (seq: number) => new Uint8Array(seq % 97).fill(seq);

function append(backlog: Backlog, seq: number, flags = 0): void {
  const bytes = body(seq);
  backlog.append(seq, 1, flags, seq & 0x7f, 1_700_000_000_000 + seq, bytes, 0, bytes.length);
}

/** Sequence numbers, flags and payloads from `from` on. */
function entries(backlog: Backlog, from = backlog.head): { seq: number; flags: number; good: boolean }[] {
  const list = [];
  for (let at = from; at < backlog.tail; at += backlog.sizeAt(at)) {
    const seq = backlog.seqAt(at);
    const payload = backlog.bytes.subarray(at + 18, at + backlog.sizeAt(at));
    const good = payload.length === seq % 97 && payload.every(byte => byte === (seq & 0xff));
    list.push({ seq, flags: backlog.bytes[at + 9]!, good: good && backlog.kindAt(at) === 1 });
  }
  return list;
}

t.test('keeps what is not acknowledged, through growth and reuse of its room', async t => {
  const backlog = new Backlog();
  let seq = 0;
  let acknowledged = 0;
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 1 + (round % 7); i++) append(backlog, ++seq);
    backlog.sentAll();
    acknowledged = Math.max(acknowledged, seq - (round % 5));
    backlog.acknowledge(acknowledged);
    const left = entries(backlog);
    t.same(
      left.map(e => e.seq),
      Array.from({ length: seq - acknowledged }, (_, i) => acknowledged + 1 + i),
    );
    t.ok(left.every(e => e.good));
  }
  t.ok(backlog.bytes.length <= 4096, 'room is used again');
  backlog.acknowledge(seq);
  t.ok(backlog.empty);
});

t.test('what was not sent is not acknowledged, and what was is marked when it is sent again', async t => {
  const backlog = new Backlog();
  append(backlog, 1);
  append(backlog, 2);
  backlog.sentAll();
  append(backlog, 3);
  backlog.acknowledge(3);
  t.same(
    entries(backlog).map(e => e.seq),
    [3],
  );
  backlog.next += backlog.sizeAt(backlog.next);
  append(backlog, 4);
  t.equal(backlog.rewind(1, 4), 0);
  t.equal(backlog.next, backlog.head);
  t.same(
    entries(backlog).map(e => [e.seq, e.flags]),
    [
      [3, 1],
      [4, 0],
    ],
  );
});

t.test('one that settles before older ones is forgotten where it stands, and is not sent again', async t => {
  for (const order of [[3], [2, 4], [5, 2, 3], [4, 3, 2], [1, 2], [2, 1, 3, 4, 5]]) {
    const backlog = new Backlog();
    for (let seq = 1; seq <= 7; seq++) {
      append(backlog, seq);
      if (seq === 5) backlog.sentAll();
    }
    for (const seq of [...order, 6, 99]) backlog.settle(seq);
    const left = [1, 2, 3, 4, 5, 6, 7].filter(seq => !order.includes(seq));
    t.ok(entries(backlog).every(e => e.good));
    t.equal(backlog.rewind(1, 4), 0);
    t.same(
      entries(backlog).map(e => [e.seq, e.flags]),
      left.map(seq => [seq, seq < 6 ? 1 : 0]),
      `${order}; what was not sent stays`,
    );
  }
  const all = new Backlog();
  append(all, 1);
  append(all, 2);
  all.sentAll();
  all.flag(2, 64);
  t.equal(all.has(1, 64), false);
  t.equal(all.has(2, 64), true);
  t.equal(all.has(3, 64), undefined);
  for (const seq of [2, 1]) all.settle(seq);
  t.ok(all.empty);
});

t.test('what is delivered once is forgotten, wherever it stands, and what was not sent stays', async t => {
  for (const pattern of ['0000', '4000', '0404', '4444', '0040', '4004']) {
    const backlog = new Backlog();
    const all = [...pattern].map((flag, i) => ({ seq: i + 1, flags: Number(flag) }));
    for (const { seq, flags } of all) append(backlog, seq, flags);
    backlog.next = backlog.head;
    for (let sent = 0; sent < 3; sent++) backlog.next += backlog.sizeAt(backlog.next);
    const kept = all.filter(e => e.seq === 4 || e.flags === 0);
    t.equal(backlog.rewind(1, 4), 4 - kept.length, pattern);
    t.same(
      entries(backlog).map(e => [e.seq, e.flags]),
      kept.map(e => [e.seq, e.seq === 4 ? e.flags : 1]),
      pattern,
    );
    t.ok(entries(backlog).every(e => e.good));
    t.equal(backlog.next, backlog.head);
  }
});

t.test('a pool gives small ones out again, empty', async t => {
  const pool = new BacklogPool();
  const first = pool.take();
  append(first, 5);
  pool.give(first);
  t.equal(pool.take(), first);
  t.ok(first.empty);
  const large = new Backlog();
  for (let i = 0; i < 1000; i++) append(large, 96);
  pool.give(large);
  t.not(pool.take(), large, 'large ones are left to the collector');
});
