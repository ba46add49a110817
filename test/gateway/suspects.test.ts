/** Which events are run alone, and which one is given up. */
import t from 'tap';
import { Backlog } from '../../src/gateway/backlog.js';
import type { GatewayClient } from '../../src/gateway/client.js';
import { Suspects } from '../../src/gateway/suspects.js';
import { eventFlags, eventKinds } from '../../src/link/index.js';

const TOTAL = 100;

/** A client with so many events under way, as far as this is about it. */
function busy(): GatewayClient {
  const backlog = new Backlog();
  const nothing = new Uint8Array(0);
  for (let seq = 1; seq <= TOTAL; seq++) backlog.append(seq, eventKinds.message, 0, 0, 0, nothing, 0, 0);
  return { backlog, seq: TOTAL, suspicion: undefined } as unknown as GatewayClient;
}

/** Numbers of the events that run alone, of which the first ones are settled. */
function alone({ backlog }: GatewayClient): number[] {
  const list: number[] = [];
  const b = backlog!;
  for (let at = b.head; at < b.tail; at += b.sizeAt(at)) {
    if ((b.bytes[at + 9]! & eventFlags.alone) !== 0) list.push(b.seqAt(at));
  }
  return list;
}

t.test('a worker that dies without having said how far it came: more events run alone each time', async t => {
  const suspects = new Suspects();
  const client = busy();
  for (const [death, most] of [0, 1, 8, 64].entries()) {
    client.backlog!.sentAll();
    t.notOk(suspects.lost(client, TOTAL + 1, `worker ${death}`, true));
    client.backlog!.rewind(eventFlags.redelivered, 0);
    t.same(alone(client).length, most);
  }
});

t.test('what the dead workers were never handed does not run alone', async t => {
  const suspects = new Suspects();
  const client = busy();
  for (let death = 0; death < 4; death++) suspects.lost(client, 11, `worker ${death}`, true);
  t.same(alone(client), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

t.test('three deaths with the event begun are enough, and none of a worker that comes back counts', async t => {
  const suspects = new Suspects();
  const client = busy();
  const dies = (worker: string): boolean => {
    suspects.started(client, 1);
    return suspects.lost(client, TOTAL + 1, worker, true);
  };
  suspects.lost(client, TOTAL + 1, 'a', true);
  t.notOk(dies('b'));
  t.notOk(dies('c'));
  suspects.back('c');
  t.notOk(dies('d'));
  t.ok(dies('e'));
});
