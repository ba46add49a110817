/** A protocol with several shapes of frames, escapes and consequences, through real sockets. */
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { accept, defineApp, type Events, refuse, startAll } from '../../src/index.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const SCHEMA = `wire: 1
protocol: { id: meter, version: 1.0.0, doc: "A meter that says who it is, and then speaks in escaped frames" }
defaults: { endian: big, text: ascii }
limits: { frame: 64, idle: 60s }
frames:
  hello:
    when: { state: new, not: { is: "7e" } }
    split: { by: quiet, after: 60ms, max: 32 }
    message: hello
  data:
    when: { state: open }
    split: { by: flag, flag: "7e", shared: true, empty: skip }
    escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }
    layout:
      id: { type: u8, role: id }
      serial: { type: u16, role: serial }
      body: body
      sum: { check: xor8, over: id..body, bad: reply(nack 7) }
messages:
  hello: { dir: up, fields: { name: str(*) }, auth: { identity: name, ok: welcome, fail: no, within: 5s, tries: 5 } }
  welcome: { dir: down, id: 0x81, fields: {} }
  no: { dir: down, id: 0x82, fields: {} }
  nack: { dir: down, id: 0x83, fields: { why: u8 } }
  huh: { dir: down, id: 0x84, serial: echo, fields: { was: { type: u8, from: request.id } } }
  count: { dir: up, id: 0x01, fields: { n: { type: u8, valid: 0..100, bad: close } }, reply: { send: counted, mode: after-handler } }
  counted: { dir: down, id: 0x85, serial: echo, fields: { n: { type: u8, from: request.n } } }
unknown: { id: keep, reply: huh }
`;

const events = {
  onHello: (_: unknown, message: { name: string }) => (message.name === 'bad' ? refuse() : accept()),
  onCount: () => {},
} as unknown as Events;

class Meter {
  readonly socket: Socket;
  got = '';
  closed = false;
  constructor(address: string) {
    const { hostname, port } = new URL(address);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', b => {
      this.got += toHex(b);
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
  }
  send(hex: string): void {
    this.socket.write(hexBytes(hex));
  }
  async until(hex: string): Promise<void> {
    await until(() => this.got.endsWith(hex.replaceAll(' ', '')), hex);
  }
}

async function serve(t: { teardown(run: () => unknown): void }): Promise<() => Meter> {
  const protocol = await loadCode(modelOf(SCHEMA));
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol, events: () => Promise.resolve(events) }],
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  const meters: Meter[] = [];
  t.teardown(async () => {
    for (const meter of meters) meter.socket.destroy();
    await running.stop();
  });
  return () => {
    const meter = new Meter(running.listening[0]!.address);
    meters.push(meter);
    return meter;
  };
}

const utf8 = (text: string): string => Buffer.from(text).toString('hex');

t.test('a registration that silence ends logs in, and frames behind it are cut in another way', async t => {
  const meter = (await serve(t))();
  meter.send(utf8('met'));
  await sleep(20);
  meter.send(utf8('er-7'));
  await meter.until('7e 81 0001 80 7e');
  t.equal(meter.got, '7e810001807e', 'the answer has the first serial number of the connection');
  meter.send('7e 01 0009 05 0d 7e');
  await meter.until('7e 85 0009 05 89 7e');
  meter.send('7e 01 7d02 7d01 05 07 7e');
  await meter.until('7e 85 7d02 7d01 05 83 7e');
  t.pass('bytes that are flags were escaped both ways');
});

t.test('a wrong checksum is answered as the schema says, and the connection lives on', async t => {
  const meter = (await serve(t))();
  meter.send(utf8('m'));
  await meter.until('7e 81 0001 80 7e');
  meter.send('7e 01 0009 05 ff 7e');
  await meter.until('7e 83 0002 07 86 7e');
  meter.send('7e 01 0009 05 0d 7e');
  await meter.until('7e 85 0009 05 89 7e');
  t.notOk(meter.closed);
});

t.test('an id that no message has is answered as the schema says', async t => {
  const meter = (await serve(t))();
  meter.send(utf8('m'));
  await meter.until('7e 81 0001 80 7e');
  meter.send('7e 66 0003 65 7e');
  await meter.until('7e 84 0003 66 e1 7e');
  t.notOk(meter.closed);
});

t.test('a value that must close the connection does', async t => {
  const meter = (await serve(t))();
  meter.send(utf8('m'));
  await meter.until('7e 81 0001 80 7e');
  meter.send('7e 01 0009 65 6d 7e');
  await until(() => meter.closed, 'the end of the connection');
  t.equal(meter.got, '7e810001807e', 'it hears nothing more');
});

t.test('a refused login ends the connection, because its frames were cut as if it had been accepted', async t => {
  const meter = (await serve(t))();
  meter.send(utf8('bad'));
  await until(() => meter.closed, 'the end of the connection');
  t.equal(meter.got, '7e820001837e');
});
