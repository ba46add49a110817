/** `protocols/link.wire.yaml` says what really travels between a gateway and its workers. */
import t, { type Test } from 'tap';
import type { Protocol, ProtocolTypes, Writer } from '../../src/codec/index.js';
import { decodeBytes, Writer as NewWriter } from '../../src/codec/index.js';
import { accept, type Client, defineApp, type Events, startAll } from '../../src/index.js';
import { recordTypes, SocketLink } from '../../src/link/index.js';
import { realNet } from '../../src/net/index.js';
import type { ModbusTcp } from '../fixtures/generated/modbus-tcp/types.js';
import { toHex } from '../support/bytes.js';
import { Device } from '../support/device.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { loadCode, shipped } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

interface Batches {
  begin(type: number): Writer;
  commit(): void;
}

/** Every record that any link of this process writes, from now on. */
function recorded(t: { teardown(run: () => void): void }): Uint8Array[] {
  const links = Object.getPrototypeOf(SocketLink.prototype) as Batches;
  const { begin, commit } = links;
  const all: Uint8Array[] = [];
  const open = new WeakMap<Batches, { w: Writer; at: number }>();
  links.begin = function (this: Batches, type) {
    const w = begin.call(this, type);
    open.set(this, { w, at: w.length - 5 });
    return w;
  };
  links.commit = function (this: Batches) {
    const { w, at } = open.get(this)!;
    const end = w.length;
    const body = w.bytes.slice(at, end);
    commit.call(this);
    new DataView(body.buffer).setUint32(0, end - at - 5);
    all.push(body);
  };
  t.teardown(() => Object.assign(links, { begin, commit }));
  return all;
}

const events: Events<Line> = {
  onUidOnline() {},
  async onLogin(client, message) {
    client.joinGroup('lobby');
    await client.session.set({ visits: 1, name: message.name });
    return accept({ name: message.name });
  },
  async onSay(client, message) {
    if (message.line === 'slow') return sleep(100);
    const count = await client.worker.getAllClientCount();
    client.worker.sendToGroup('lobby', 'said', { from: String(count.value), line: message.line }, { exclude: [] });
    client.send('said', { from: 'me', line: message.line });
    await client.worker.patchSession(client.id, { line: message.line });
    if (message.line === 'leave') client.close('as you like');
  },
};

/** Decodes and encodes every record; returns the types that were seen. */
function checked(t: Test, link: Protocol, records: readonly Uint8Array[]): Set<number> {
  const types = new Set<number>();
  for (const record of records) {
    const direction = (record[4]! & 16) === 0 ? 'up' : 'down';
    const results = decodeBytes(link, direction, record);
    const [first] = results;
    if (results.length !== 1 || first?.ok !== true) {
      t.fail(`a record is not as declared: ${JSON.stringify(results)} ${toHex(record)}`);
      continue;
    }
    types.add(record[4]!);
    const w = new NewWriter();
    link[direction].find(m => m.name === first.message)!.write(w, first.value);
    t.equal(toHex(w.slice()), toHex(record), first.message);
  }
  return types;
}

t.test('every record of a running application is as declared', async t => {
  const link = await loadCode(shipped('link'));
  const records = recorded(t);
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), concurrent: 2, events: () => Promise.resolve(events) },
    ],
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const bob = await LineClient.connect(running.listening[0]!.address);
  t.teardown(() => bob.close());
  await bob.login('bob');
  bob.send('slow', 'hello');
  await until(() => records.some(r => r[4] === recordTypes.settled), 'one that overtakes');
  bob.send('leave');
  for (const type of [recordTypes.close, recordTypes.news]) {
    await until(() => records.some(r => r[4] === type), `record ${type}`);
  }
  const types = checked(t, link, records);
  for (const name of [
    'hello',
    'bind',
    'event',
    'answer',
    'news',
    'presence',
    'watch',
    'send',
    'auth',
    'sendTo',
    'close',
    'ack',
    'settled',
    'credit',
    'call',
  ] as const)
    t.ok(types.has(recordTypes[name]) || name === 'hello' || name === 'ack' || name === 'credit', `${name} was seen`);
});

t.test('requests and what becomes of them are as declared', async t => {
  const link = await loadCode(shipped('link'));
  const modbus = await loadCode(shipped('modbus-tcp'));
  const records = recorded(t);
  let asked = 0;
  const asking = {
    onDtuHello(client: Client<ModbusTcp>) {
      const aborting = new AbortController();
      const request = { unit: 1, addr: 0, qty: 2 };
      void client.request('readHolding', request).then(() => {
        asked++;
        aborting.abort();
      });
      client.request('readInputs', request, { timeout: 20, retries: 0 }).catch(() => asked++);
      client.request('readCoils', request, { signal: aborting.signal }).catch(() => asked++);
      return accept();
    },
  };
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:0', protocol: modbus, events: async () => asking as unknown as Events<ProtocolTypes> },
    ],
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const device = new Device(realNet, running.listening[0]!.address, modbus);
  t.teardown(() => device.close());
  device.onHeard = ({ message, value }) => {
    if (message === 'readHolding') device.send('holding', { tid: value.tid, unit: 1, regs: [1, 2] });
  };
  device.send('dtuHello', { id: 'DTU-1' });
  await until(() => asked === 3, 'the answer, the timeout and the end of interest');
  await until(() => records.some(r => r[4] === recordTypes.cancel), 'the cancel record');
  const types = checked(t, link, records);
  for (const name of ['request', 'cancel', 'answered'] as const) t.ok(types.has(recordTypes[name]), `${name} was seen`);
});

t.test('every type of record is declared', async t => {
  const declared = shipped('link').messages.flatMap(m => m.ids);
  t.same(
    [...declared].sort((a, b) => a - b),
    Object.values(recordTypes).sort((a, b) => a - b),
  );
});
