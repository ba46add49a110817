/** A process that may have little memory: a gateway lets less pile up, and says where the app wants more than that. */
import t from 'tap';
import { buffersOf, memoryLimit, tooLittleMemory } from '../../src/app/memory-limit.js';
import { startAll } from '../../src/app/roles.js';
import { type App, defineApp } from '../../src/index.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

const MiB = 1024 * 1024;
const appOf = (gateway: object = {}): App =>
  defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: async () => ({}) }],
    gateway,
  });

t.test('a limit is what is less than the machine; what systems say where there is none is none', async t => {
  t.equal(memoryLimit(160 * MiB, 8192 * MiB), 160 * MiB);
  for (const none of [undefined, 0, 8192 * MiB, 2 ** 63 - 4096, 2 ** 64]) {
    t.equal(memoryLimit(none, 8192 * MiB), Number.POSITIVE_INFINITY, String(none));
  }
});

t.test('a fifth of it may pile up, never more than without a limit, and what the app says in any case', async t => {
  t.equal(buffersOf(appOf(), 160 * MiB), 32 * MiB);
  t.equal(buffersOf(appOf(), 64 * 1024 * MiB), 256 * MiB);
  t.equal(buffersOf(appOf(), Number.POSITIVE_INFINITY), 256 * MiB);
  t.equal(buffersOf(appOf({ buffers: 300 * MiB }), 160 * MiB), 300 * MiB);
});

t.test('who names more than half of it is told, with both figures and one that fits', async t => {
  t.equal(tooLittleMemory(appOf(), MiB), undefined, 'the default fits itself');
  t.equal(tooLittleMemory(appOf({ buffers: 80 * MiB }), 160 * MiB), undefined);
  t.equal(tooLittleMemory(appOf({ buffers: Number.POSITIVE_INFINITY }), Number.POSITIVE_INFINITY), undefined);
  t.match(tooLittleMemory(appOf({ buffers: Number.POSITIVE_INFINITY }), 160 * MiB), 'lets anything pile up');
  t.equal(
    tooLittleMemory(appOf({ buffers: 81 * MiB }), 160 * MiB),
    'A gateway lets 81 MiB pile up, and closes clients at twice as much, but it may have 160 MiB of memory here, and is killed ' +
      'beyond that: give it more, or lower "buffers" to 33554432',
  );
});

t.test('a gateway that is started with a limit has the bound, and says what does not fit', async t => {
  const start = async (gateway: object) => {
    const logger = new MemoryLogger();
    const running = await startAll(appOf(gateway), { logger, memory: 160 * MiB });
    t.teardown(() => running.stop());
    return [running.gateway!.buffers.most, logger.lines.filter(line => line.includes('pile up')).length];
  };
  t.same(await start({}), [32 * MiB, 0]);
  t.same(await start({ buffers: 100 * MiB }), [100 * MiB, 1]);
});
