/** The generated code and binary-parser, built from one model, must read the same values. */
import fc from 'fast-check';
import t from 'tap';
import { type Interpretation, interpret } from '../../generator/interpret/binary-parser.js';
import type { Message } from '../../generator/model/model.js';
import { loadSchema } from '../../generator/run/load-schema.js';
import { type ConnContext, EncodeError, type MessageValue, type Protocol, Writer } from '../../src/codec/index.js';
import { messageArbitrary } from '../support/arbitrary.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';
import { inShape, shapeOf } from '../support/properties.js';

/** Without what only the codec keeps: warnings, and bytes that have no value. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  const kept = Object.entries(value).filter(([key, v]) => v !== undefined && key !== '$warn' && key !== '$raw');
  return Object.fromEntries(kept.map(([key, v]) => [key, comparable(v)]));
}

function encode(protocol: Protocol, name: string, value: MessageValue): Buffer | undefined {
  const codec = protocol.up.find(m => m.name === name) ?? protocol.down.find(m => m.name === name);
  const w = new Writer();
  try {
    codec!.write(w, value);
  } catch (error) {
    if (error instanceof EncodeError) return undefined;
    throw error;
  }
  return Buffer.from(w.slice());
}

/** Text, tagged items, names of numbers in conditions, and what only the request tells, are beyond a parser. */
const beyond: Readonly<Record<string, readonly string[]>> = {
  gt06: ['locationItems', 'locationLteItems', 'info', 'modules', 'sensors'],
  'modbus-tcp': ['dtuBeat', 'coils', 'inputs'],
};

for (const file of ['gt06', 'game', 'modbus-tcp', 'teltonika', 'rtcm3', 'minecraft']) {
  const folder = file === 'rtcm3' || file === 'minecraft' ? 'test/fixtures/declared' : 'protocols';
  const { model, protocol } = await loadSchema(`${folder}/${file}.wire.yaml`);
  const second: Interpretation = interpret(model);
  const connect = (message: Message): ConnContext => inShape(shapeOf(model, message))();

  t.test(`${file}: binary-parser can express every message`, async t => {
    t.same([...second.skipped.keys()], beyond[file] ?? []);
    t.equal(second.messages.size, model.messages.length - second.skipped.size);
  });

  t.test(`${file}: both read the golden frames alike`, async t => {
    for (const vector of model.vectors) {
      const message = model.messages.find(m => m.name === vector.is && second.messages.has(m.name));
      if (message === undefined) continue;
      const frame = Buffer.from(vector.raw);
      const first = protocol.decode(vector.dir, frame, 0, frame.length, connect(message));
      t.same(comparable(second.messages.get(message.name)!.decode(frame)), comparable(first?.value), message.name);
    }
  });

  for (const message of model.messages.filter(m => second.messages.has(m.name))) {
    t.test(`${file}: both read any "${message.name}" alike`, async t => {
      const codec = message.dir === 'down' ? 'down' : 'up';
      let compared = 0;
      fc.assert(
        fc.property(messageArbitrary(model, message), value => {
          const frame = encode(protocol, message.name, value);
          if (frame === undefined) return;
          const first = protocol.decode(codec, frame, 0, frame.length, connect(message));
          const opinion = second.messages.get(message.name)!.decode(frame);
          t.same(comparable(opinion), comparable(first?.value));
          compared++;
        }),
        { numRuns: model.messages.length > 30 ? 60 : 100, seed: 20 },
      );
      t.ok(compared >= 15, `${compared} values were compared`);
    });
  }

  t.test(`${file}: checks can be left out, and refuse when they are not`, async t => {
    const trusting = interpret(model, { checks: false });
    const sized = model.messages.filter(m => m.frame.layout.length > 0).map(m => m.name);
    const vector = model.vectors.find(v => v.is !== undefined && sized.includes(v.is))!;
    const frame = Buffer.concat([vector.raw, Buffer.of(0)]);
    t.throws(() => second.messages.get(vector.is!)!.decode(frame));
    t.doesNotThrow(() => trusting.messages.get(vector.is!)!.decode(frame));
    for (let cut = 0; cut < vector.raw.length; cut++)
      t.throws(() => second.messages.get(vector.is!)!.decode(frame.subarray(0, cut)), `cut at ${cut}`);
  });
}

t.test('numbers that mean nothing, and more than a number holds, are read alike', async t => {
  const model = modelOf(
    binarySchema(`  m:
    dir: both
    id: 1
    fields:
      f: { bits: u8, fields: { x: 1, spare: 7 } }
      a: { type: u8, none: 0, valid: 1..200 }
      b: { type: i16, none: -1, scale: 0.1, if: f.x }
      c: u56
      d: { type: i56le, as: bigint }
      e: { type: u64, as: bigint }
      g: i64`),
  );
  const protocol = await loadCode(model);
  const second = interpret(model).messages.get('m')!;
  const rows: readonly [hex: string, a: unknown, b: unknown, c: unknown, d: unknown][] = [
    ['80 00 ffff 00000000000007 ffffffffffffff', undefined, undefined, 7, -1n],
    ['80 07 0005 ffffffffffffff 00000000000080', 7, 0.5, 2n ** 56n - 1n, -(2n ** 55n)],
  ];
  for (const [body, a, b, c, d] of rows) {
    const frame = Buffer.from(`0022 01 ${body} 0000000000000001 ffffffffffffffff`.replaceAll(' ', ''), 'hex');
    frame[1] = frame.length - 2;
    const value = second.decode(frame);
    t.same(comparable(value), comparable(protocol.decode('up', frame, 0, frame.length)?.value));
    t.match(value, { a, b, c, d, e: 1n, g: -1 });
  }
});

t.test('frames between flags are said to be out of reach', async t => {
  const { model } = await loadSchema('protocols/jt808.wire.yaml');
  const { messages, skipped } = interpret(model);
  t.equal(messages.size, 0);
  t.equal(skipped.get('location'), 'no element of the frame tells its size');
});

t.test('lines of text are said to be out of reach', async t => {
  const { model } = await loadSchema('protocols/chat.wire.yaml');
  const { messages, skipped } = interpret(model);
  t.equal(messages.size, 0);
  t.equal(skipped.get('say'), 'it is a line of text');
});
