/** Output of a turn: each client gets what it was given, in order and in one write, whoever else got the same. */
import fc from 'fast-check';
import t from 'tap';
import type { GatewayClient } from '../../src/gateway/client.js';
import { Outbox } from '../../src/gateway/outbox.js';
import { hexBytes, toHex } from '../support/bytes.js';

class Receiver {
  outHead = -1;
  outTail = -1;
  outBytes = 0;
  framesOut = 0;
  dirty = false;
  outWaiting = 0;
  readonly written: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }

  flushed(): void {}

  get hex(): string[] {
    return this.written.map(bytes => toHex(bytes));
  }
}

const give = (outbox: Outbox, frame: Uint8Array, ...to: Receiver[]): void => {
  const from = outbox.begin();
  outbox.slab.append(frame);
  for (const client of to) outbox.add(client as unknown as GatewayClient, from, outbox.slab.length);
};

t.test('what goes to many has the same bytes for all, and none of the turn before', async t => {
  const outbox = new Outbox({ schedule() {} });
  const [ann, bob, carol] = [new Receiver(), new Receiver(), new Receiver()];
  give(outbox, hexBytes('aa bb'), ann, bob, carol);
  outbox.endOfTurn();
  give(outbox, hexBytes('cc dd'), ann, bob);
  outbox.endOfTurn();
  give(outbox, hexBytes('01'), bob);
  give(outbox, hexBytes('02'), ann, bob);
  outbox.endOfTurn();
  t.same(ann.hex, ['aabb', 'ccdd', '02']);
  t.same(bob.hex, ['aabb', 'ccdd', '0102']);
  t.same(carol.hex, ['aabb']);
  t.equal(ann.written[0], carol.written[0], 'one copy serves them all');
});

t.test('whoever does not read keeps no memory that others have a part of, nor does a long message', async t => {
  const outbox = new Outbox({ schedule() {} });
  const [ann, bob] = [new Receiver(), new Receiver()];
  bob.outWaiting = 1;
  give(outbox, hexBytes('aa bb'), ann, bob);
  outbox.endOfTurn();
  t.same(bob.hex, ann.hex);
  t.equal(bob.written[0]!.buffer.byteLength, 2);
  t.ok(ann.written[0]!.buffer.byteLength > 1000);
  const long = new Uint8Array(5000).fill(7);
  give(outbox, long, ann);
  outbox.endOfTurn();
  t.same(new Uint8Array(ann.written[1]!), long);
  t.equal(ann.written[1]!.buffer.byteLength, 5000);
});

t.test('whatever is given to whom in whichever turn', async () => {
  const step = fc.oneof(
    fc.record({
      frame: fc.uint8Array({ minLength: 1, maxLength: 90 }),
      to: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    }),
    fc.constant('turn' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const outbox = new Outbox({ schedule() {} });
      const clients = [new Receiver(), new Receiver(), new Receiver(), new Receiver()];
      const wanted = clients.map(() => [] as string[]);
      const open = clients.map(() => '');
      for (const step of [...steps, 'turn' as const]) {
        if (step === 'turn') {
          outbox.endOfTurn();
          for (const [i, hex] of open.entries()) if (hex !== '') wanted[i]!.push(hex);
          open.fill('');
          continue;
        }
        give(outbox, step.frame, ...step.to.map(i => clients[i]!));
        for (const i of step.to) open[i] += toHex(step.frame);
      }
      return clients.every((client, i) => client.hex.join() === wanted[i]!.join());
    }),
  );
});
