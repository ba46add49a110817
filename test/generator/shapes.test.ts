/** Streams of protocols with several shapes of frames, as they are checked in: which shape is cut when. */
import t from 'tap';
import { teltonika } from '../../bench/generated/teltonika/codec.js';
import { ConnContext, decodeBytes, FrameDecoder, type FrameResult, problem } from '../../src/codec/index.js';
import { modbusTcp } from '../fixtures/generated/modbus-tcp/codec.js';
import { cuttings, hexBytes, join, pieces, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { decodeStream, encode } from '../support/properties.js';
import { Log } from '../support/splitting.js';

const LOGIN = hexBytes("000f '356307042441013'");
const BEAT = hexBytes('ff');
const AVL8 = hexBytes(
  '00000000 00000036 08 01 0000016b40d8ea30 01 00000000 00000000 0000 0000 00 0000 01 05 02 1503 0101 01 425e0f 01 f10000601a 01 4e0000000000000000 01 0000c7cf',
);
const AVL8E = hexBytes(
  '00000000 00000033 8e 01 0000016b40d8ea30 01 0f14f640 208d86d0 0078 005a 09 0032 00ef 0002 0001 00ef01 0000 0000 0000 0001 000a 0003 010203 01 00006c71',
);
const COMMAND = hexBytes("00000000 0000000f 0c 01 05 00000007 'getinfo' 01 00004312");

const said = (results: readonly FrameResult[]): string[] => results.map(r => (r.ok ? r.message : r.code));
const good = (results: readonly FrameResult[]): string[] => results.flatMap(r => (r.ok ? [r.message] : []));

t.test('teltonika: a login and what is sent behind it without waiting are cut right, in every cutting', async t => {
  const stream = join(BEAT, LOGIN, AVL8, BEAT, AVL8E, AVL8, BEAT);
  for (const { title, chunks } of cuttings(stream)) {
    const { results } = decodeStream(teltonika, 'up', chunks);
    t.same(said(results), ['beat', 'login', 'avl8', 'beat', 'avl8e', 'avl8', 'beat'], title);
  }
});

t.test('teltonika: before the login a packet is no frame, behind it a login is none', async t => {
  for (const { title, chunks } of cuttings(join(AVL8, LOGIN, AVL8, LOGIN, AVL8E))) {
    const { results } = decodeStream(teltonika, 'up', chunks);
    t.same(good(results), ['login', 'avl8', 'avl8e'], title);
    t.ok(
      results.every(r => r.ok || r.code === 'GARBAGE'),
      title,
    );
  }
});

t.test('teltonika: garbage is skipped up to the next packet, and every byte of it is reported', async t => {
  // Some of these look like a beat, like the beginning of a packet, or like a packet that is too long.
  const noises = ['01', 'ff ff 41 ff', "'GET / HTTP/1.1' 0d 0a", '00', '00 00 00', '00000000 00ffffff 08', '000f 33'];
  for (const noise of noises) {
    const stream = join(LOGIN, AVL8, hexBytes(`aa ${noise}`), AVL8E, AVL8);
    for (const { title, chunks } of cuttings(stream)) {
      const { results } = decodeStream(teltonika, 'up', chunks);
      t.same(good(results), ['login', 'avl8', 'avl8e', 'avl8'], `${noise}, ${title}`);
      t.equal(
        results.reduce((n, r) => n + r.bytes, 0),
        stream.length,
        `${noise}, ${title}`,
      );
    }
  }
});

t.test('teltonika: a false length costs the packets that it counts in, never the connection', async t => {
  const long = Uint8Array.from(AVL8);
  long[7]! += 4 + AVL8E.length;
  for (const { title, chunks } of cuttings(join(LOGIN, long, AVL8E, AVL8, AVL8E, BEAT, AVL8))) {
    const { results, held } = decodeStream(teltonika, 'up', chunks);
    t.same(said(results).slice(0, 2), ['login', 'CHECK'], title);
    t.same(good(results), ['login', 'avl8e', 'beat', 'avl8'], title);
    t.ok(held < long.length + 4 + AVL8E.length, title);
  }
});

t.test('teltonika: a device tells answers and commands apart by what it waits for', async t => {
  const stream = join(hexBytes('01 00000001'), COMMAND, hexBytes('00000002'), COMMAND);
  for (const { title, chunks } of cuttings(stream)) {
    const results: FrameResult[] = [];
    const conn = new ConnContext();
    conn.await('login');
    conn.await('avl8e');
    const decoder = new FrameDecoder(
      teltonika,
      'down',
      r => {
        results.push(r);
        if (r.ok && r.message === 'accept') conn.state = 'open';
        // After the first command, the device sends records again.
        if (r.ok && r.message === 'command' && results.length === 3) conn.await('avl16');
      },
      conn,
    );
    for (const chunk of chunks) decoder.push(chunk);
    decoder.end();
    t.same(said(results), ['accept', 'got', 'command', 'got', 'command'], title);
    t.match(results[3], { ok: true, value: { n: 2 } });
  }
});

t.test('teltonika: a wrong checksum is answered, whatever shape the last frame had', async t => {
  const bad = Uint8Array.from(AVL8);
  bad[20]! ^= 1;
  const answers: unknown[] = [];
  const conn = new ConnContext();
  const splitter = teltonika.splitter('up', conn);
  const stream = join(LOGIN, bad, BEAT, AVL8);
  splitter.push(stream, 0, stream.length, {
    frame(b, start, end) {
      const decoded = teltonika.decode('up', b, start, end, conn);
      answers.push(decoded === undefined ? problem.consequence : decoded.name);
      return true;
    },
    skipped: () => t.fail('nothing is skipped'),
  });
  t.same(answers, ['login', { message: 'got', values: { n: 0 } }, 'beat', 'avl8']);
});

t.test('teltonika: a command is one, and of its kind, unless something else is said', async t => {
  const command = teltonika.down.find(m => m.name === 'command')!;
  t.equal(toHex(encode(command, { text: 'getinfo' })), toHex(COMMAND));
  const given = encode(command, { count: 2, kind: 'camera', text: 'getinfo' });
  t.match(decodeBytes(teltonika, 'down', given, { state: 'open' }), [{ value: { count: 2, kind: 'camera' } }]);
});

t.test('teltonika: ios of 16 bytes are written where there are some, and refused in other codecs', async t => {
  const record = { time: 0, prio: 'low', lon: 0, lat: 0, alt: 0, course: 0, sats: 0, speed: 0, event: 0 };
  const ios = { io1: [], io2: [], io4: [], io8: [] };
  const io16 = [{ id: 203, value: new Uint8Array(16) }];
  const [avl8, avl8e] = ['avl8', 'avl8e'].map(name => teltonika.up.find(m => m.name === name)!);
  const bytes = encode(avl8!, { records: [{ ...record, ...ios, io16 }] });
  t.match(decodeBytes(teltonika, 'up', bytes, { state: 'open' }), [
    { message: 'avl8', value: { records: [{ io16 }] } },
  ]);
  t.throws(() => encode(avl8e!, { records: [{ ...record, ...ios, io16, ioX: [] }] }), {
    code: 'AMBIGUOUS',
    field: 'RecordU16U16.io16',
  });
  t.throws(() => encode(avl8!, { records: [{ ...record, ...ios, io16: [] }] }), {
    code: 'AMBIGUOUS',
    field: 'RecordU8U8.io16',
  });
});

t.test('modbus-tcp: an encoder refuses numbers of items that no device takes', async t => {
  const [coils, many] = ['writeCoils', 'writeMany'].map(name => modbusTcp.down.find(m => m.name === name)!);
  const around = { tid: 1, unit: 17, addr: 0 };
  for (const n of [0, 1969])
    t.throws(() => encode(coils!, { ...around, bits: new Array(n).fill(true) }), { code: 'RANGE', field: 'qty' });
  for (const n of [0, 124])
    t.throws(() => encode(many!, { ...around, regs: new Array(n).fill(0) }), { code: 'RANGE', field: 'qty' });
  t.equal(encode(coils!, { ...around, bits: new Array(1968).fill(true) }).length, 259);
  t.equal(encode(many!, { ...around, regs: new Array(123).fill(0) }).length, 259);
});

t.test('modbus-tcp: an answer that was asked for has as many coils as were asked for', async t => {
  const bytes = hexBytes('0003 0000 0005 11 01 02 cd02');
  const [asked] = decodeBytes(modbusTcp, 'up', bytes, { state: 'open', request: { qty: 10 } });
  t.match(asked, { ok: true, value: { bits: { length: 10 } } });
  const [unasked] = decodeBytes(modbusTcp, 'up', bytes, { state: 'open' });
  t.match(unasked, { ok: true, value: { bits: { length: 16 } } });
  const [other] = decodeBytes(modbusTcp, 'up', bytes, { state: 'open', request: { qty: 17 } });
  t.match(other, { ok: false });
});

const HOLDING = hexBytes('0001 0000 0009 11 03 06 022b 0000 0064');
const FAULT = hexBytes('0002 0000 0003 11 83 02');
const PING = hexBytes("'ping'");

/** A modbus device that has dialled in; `silence` is what a clock would say. */
class Line {
  readonly conn = new ConnContext();
  readonly splitter = modbusTcp.splitter('up', this.conn);
  readonly log = new Log();
  send(bytes: Uint8Array, size = bytes.length): void {
    for (const chunk of pieces(bytes, size)) this.splitter.push(chunk, 0, chunk.length, this.log);
  }
  silence(): void {
    this.splitter.silence(this.log);
  }
}

const frame = (b: Uint8Array): string => `frame ${toHex(b)}`;

t.test('modbus-tcp: silence ends the registration, then sizes do, with beats in between', async t => {
  const hello = hexBytes("'DTU-0042'");
  for (const size of [1, 3, 7, 64]) {
    const line = new Line();
    t.equal(line.splitter.quiet, 0, 'silence means nothing before the first byte');
    line.send(hello, size);
    t.same(line.log.said, []);
    t.equal(line.splitter.quiet, 200);
    line.silence();
    t.same(line.log.said, [frame(hello)]);
    t.equal(line.splitter.quiet, 0);
    line.send(join(HOLDING, PING, FAULT, PING, PING, HOLDING), size);
    t.same(line.log.said.slice(1), [HOLDING, PING, FAULT, PING, PING, HOLDING].map(frame), `pieces of ${size}`);
  }
});

t.test('modbus-tcp: a registration that looks like the beginning of something else', async t => {
  for (const text of ['p', 'pi', 'pin', 'pint', 'A', 'AB']) {
    const hello = hexBytes(`'${text}'`);
    const line = new Line();
    line.send(hello, 1);
    t.equal(line.splitter.quiet, 200, text);
    line.silence();
    t.same(line.log.said, [frame(hello)], text);
    line.send(FAULT, 1);
    t.same(line.log.said.slice(1), [frame(FAULT)], text);
  }
  const line = new Line();
  line.send(join(PING, hexBytes("'DTU'")));
  line.silence();
  t.same(line.log.said, [frame(PING), frame(hexBytes("'DTU'"))], 'a beat comes before the registration');
});

t.test('modbus-tcp: a registration without an end is cut at its longest', async t => {
  const line = new Line();
  line.send(new Uint8Array(64).fill(0x41), 10);
  t.same(line.log.said, [frame(new Uint8Array(64).fill(0x41))]);
  t.equal(line.splitter.buffered, 0);
});

t.test('modbus-tcp: a device that does not register is read at once', async t => {
  for (const size of [1, 7, 64]) {
    const line = new Line();
    line.send(join(FAULT, HOLDING), size);
    t.same(line.log.said, [frame(FAULT), frame(HOLDING)], `pieces of ${size}`);
  }
});

t.test('modbus-tcp: garbage behind the registration is skipped up to the next frame', async t => {
  for (const noise of ['ff ff ff ff', "'pin'", "'hello again'", '00 00', '0001 0000 00ff 11 03', '00']) {
    for (const { title, chunks } of cuttings(join(FAULT, hexBytes(`aa ${noise}`), HOLDING, FAULT, PING))) {
      const line = new Line();
      line.conn.state = 'open';
      for (const chunk of chunks) line.send(chunk);
      line.splitter.end(line.log);
      const frames = line.log.said.filter(s => s.startsWith('frame'));
      t.same(frames, [FAULT, HOLDING, FAULT, PING].map(frame), `${noise}, ${title}`);
    }
  }
});

t.test('one shape whose frames go one way only knows no message the other way', async t => {
  const frames: readonly (readonly [frame: string, message: string, good: string])[] = [
    ['{ message: m, split: { by: length }, layout: { size: { type: u8, covers: body }, body: body } }', '', '01 07'],
    ['{ message: m, split: { by: fixed, size: 1 } }', '', '07'],
    [
      '{ dir: up, split: { by: flag, flag: "7e" }, layout: { id: { type: u8, role: id }, body: body } }',
      'id: 1,',
      '7e 01 07 7e',
    ],
  ];
  const head = 'wire: 1\nprotocol: { id: one-way, version: 1.0.0 }\nsession: { auth: none }\nlimits: { frame: 200 }\n';
  const read = async (text: string, hex: string): Promise<void> => {
    const protocol = await loadCode(modelOf(head + text));
    const raw = hexBytes(hex);
    t.match(decodeBytes(protocol, 'up', raw), [{ ok: true, message: 'm', value: { x: 7 } }], text);
    t.match(decodeBytes(protocol, 'down', raw), [{ ok: false, field: /^(id)?$/ }], text);
  };
  for (const [frame, id, good] of frames)
    await read(`frame: ${frame}\nmessages: { m: { dir: up, ${id} fields: { x: u8 } } }\n`, good);
  const line = '{ dir: up, split: { by: line } }';
  await read(`frame: ${line}\nmessages: { m: { dir: up, text: "a {x}", fields: { x: int } } }\n`, "'a 7' 0a");
  const columns =
    '{ dir: up, split: { by: line }, text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }';
  await read(`frame: ${columns}\nmessages: { m: { dir: up, id: a, fields: { x: int } } }\n`, "'a,7' 0a");
});
