/** What is kept of clients that are gone while there is no worker to be told. */
import t from 'tap';
import type { GatewayClient } from '../../src/gateway/client.js';
import { Owed } from '../../src/gateway/owed.js';
import { MemoryLogger } from '../support/memory-logger.js';

t.test('of clients that are gone while there is no worker only so many are kept', async t => {
  const logger = new MemoryLogger();
  const owed = new Owed(logger, { clients: 2, bytes: 100 });
  const [a, b, c] = Array.from({ length: 3 }, () => ({ owed: false }) as GatewayClient);
  t.notOk(owed.take(a!, 101));
  t.notOk(owed.take(a!, 101));
  t.equal(logger.lines.filter(l => l.includes('No worker has come for 0 clients')).length, 1, 'said once');
  t.ok(owed.take(a!, 50));
  t.notOk(owed.take(b!, 51));
  t.ok(owed.take(b!, 50));
  t.notOk(owed.take(c!, 0), 'the third');
  t.match(owed, { clients: 2, dropped: 4 });
  owed.give(a!);
  owed.give(b!);
  t.ok(owed.take(c!, 100));
  t.notOk(owed.take(a!, 1));
  t.equal(logger.lines.filter(l => l.includes('No worker has come for')).length, 2, 'said again');
});
