/** Fields that are decoded when they are first asked for: whole until then, whatever becomes of the buffer. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { explain, explainer } from '../../generator/explain/explain.js';
import { printExplained } from '../../generator/explain/print.js';
import { plain as colorless } from '../../generator/schema/colors.js';
import {
  ConnContext,
  DecodeError,
  decodeBytes,
  type MessageValue,
  type Protocol,
  problem,
  Writer,
} from '../../src/codec/index.js';
import { messageArbitrary, plain } from '../support/arbitrary.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema, oddSchemas } from '../support/odd-schemas.js';
import { encode, messagesOf, SEED } from '../support/properties.js';

const SCHEMA = binarySchema(
  `  m:
    dir: both
    id: 1
    fields:
      n: u8
      name: { type: str(u8), lazy: true }
      points: { type: P(u8), lazy: true }
      rest: { type: sized(u16 S), lazy: true, if: more(1) }`,
  'types: { P: { x: u8, y: { type: u8, enum: { one: 1, two: 2 } } }, S: { inner: str(u8), k: u8 } }',
);
const GOOD = "00 10 01 07 03 'abc' 02 09 01 08 02 0003 01 'z' 05";
const VALUE = {
  n: 7,
  name: 'abc',
  points: [
    { x: 9, y: 'one' },
    { x: 8, y: 'two' },
  ],
  rest: { inner: 'z', k: 5 },
};

const load = (): Promise<Protocol> => loadCode(modelOf(SCHEMA));

/** A decoded message; the buffer that it came in is overwritten at once. */
function decoded(protocol: Protocol, hex: string): MessageValue | undefined {
  const wide = new Uint8Array(300).fill(0xaa);
  const b = hexBytes(hex);
  wide.set(b, 5);
  const found = protocol.decode('up', wide, 5, 5 + b.length, new ConnContext());
  wide.fill(0x55);
  return found?.value;
}

const isOpen = (value: object, name: string): boolean =>
  Object.getOwnPropertyDescriptor(value, name)?.get !== undefined;

t.test('a field is decoded when it is read, from bytes of its own', async t => {
  const value = decoded(await load(), GOOD)!;
  for (const name of ['name', 'points', 'rest']) t.ok(isOpen(value, name), name);
  t.equal(value.name, 'abc');
  t.notOk(isOpen(value, 'name'), 'from now on it is a plain member');
  t.ok(isOpen(value, 'points'), 'and the others are as they were');
  t.equal(value.points, value.points, 'it is decoded once');
  t.same(value, VALUE);
  t.same(Object.keys(value), Object.keys(VALUE), 'in the order of the wire');
});

t.test('for whoever copies, compares or prints a message it is a member like all others', async t => {
  const protocol = await load();
  const fresh = (): MessageValue => decoded(protocol, GOOD)!;
  t.equal(JSON.stringify(fresh()), JSON.stringify(VALUE));
  t.same(structuredClone(fresh()), VALUE);
  t.same({ ...fresh() }, VALUE);
  t.ok(isDeepStrictEqual(fresh(), VALUE));
  t.ok(isDeepStrictEqual(fresh(), fresh()));
  t.same(Object.entries(fresh()), Object.entries(VALUE));
  const frozen = Object.freeze(fresh());
  t.same(frozen.points, VALUE.points);
  t.same(frozen.points, VALUE.points, 'also where it cannot become a plain one');
});

t.test('it can be set, and what is set is written', async t => {
  const protocol = await load();
  const value = decoded(protocol, GOOD)! as { name: unknown };
  value.name = 'xy';
  t.equal(value.name, 'xy');
  t.equal(toHex(encode(protocol.up[0]!, value as MessageValue)), '000f01070278790209010802' + '0003017a05');
  const changed = decoded(protocol, GOOD)! as unknown as typeof VALUE;
  changed.points.push({ x: 1, y: 'one' });
  t.equal(toHex(encode(protocol.up[0]!, changed)), '0012010703616263030901080201010003017a05'.replace('0301', '0301'));
});

/** Text that is no UTF-8, a name that nobody has, and a type that does not fill its size. */
const BAD = "00 11 01 07 03 'a' ff 'c' 02 09 01 08 77 0004 01 'z' 05 06";

t.test('what has not been read is written back byte for byte, even if nobody could read it', async t => {
  const protocol = await load();
  for (const hex of [GOOD, BAD]) {
    const value = decoded(protocol, hex)!;
    t.equal(toHex(encode(protocol.up[0]!, value)), toHex(hexBytes(hex)));
    for (const name of ['name', 'points', 'rest']) t.ok(isOpen(value, name), `${name} is still to be read`);
  }
});

t.test('a list with a count of its own is written back unread, and counted when it was set', async t => {
  const schema = binarySchema(
    '  m: { dir: up, id: 1, fields: { n: { type: u8, auto: count(ps) }, k: u8, ps: { type: P(n), lazy: true } } }',
    'types: { P: { x: u8, y: { type: u8, enum: { one: 1, two: 2 } } } }',
  );
  const protocol = await loadCode(modelOf(schema));
  const value = decoded(protocol, '0007 01 02 05 0577 0601')! as { ps: unknown };
  t.equal(toHex(encode(protocol.up[0]!, value as MessageValue)), '0007010205' + '05770601');
  t.ok(isOpen(value, 'ps'));
  value.ps = [{ x: 3, y: 'two' }];
  t.equal(toHex(encode(protocol.up[0]!, value as MessageValue)), '00050101050302');
});

t.test('what is wrong in it is thrown whenever it is read, and harms nothing else', async t => {
  const value = decoded(await load(), BAD)!;
  const wrong = [
    ['name', 'TEXT', 'name', 1],
    ['points', 'ENUM', 'points[1].y', 3],
    ['rest', 'TRAILING', 'rest', 3],
  ] as const;
  for (const [name, code, field, offset] of wrong) {
    for (let i = 0; i < 2; i++) {
      try {
        t.fail(`${name}: ${String(value[name])}`);
      } catch (e) {
        t.ok(e instanceof DecodeError);
        const { code: c, field: f, offset: o } = e as DecodeError;
        t.same([c, f, o], [code, field, offset], name);
      }
    }
  }
  t.equal(value.n, 7);
});

t.test('sizes and counts are verified at once', async t => {
  const protocol = await load();
  const bad: [hex: string, code: string, field: string][] = [
    ["00 06 01 07 09 'abc'", 'TRUNCATED', 'name'],
    ["00 09 01 07 03 'abc' 02 09 01", 'COUNT', 'points'],
    ["00 0a 01 07 03 'abc' 00 0003 01", 'TRUNCATED', 'rest'],
    ["00 0a 01 07 03 'abc' 00 0000 01", 'TRAILING', 'rest'],
  ];
  for (const [hex, code, field] of bad) {
    t.equal(decoded(protocol, hex), undefined, hex);
    t.same([problem.code, problem.field], [code, field], hex);
  }
});

t.test('who decodes a whole stream at leisure is told of everything that is wrong', async t => {
  const protocol = await load();
  t.match(decodeBytes(protocol, 'up', hexBytes(GOOD)), [{ ok: true, value: VALUE }]);
  t.match(decodeBytes(protocol, 'up', hexBytes(BAD)), [
    { ok: false, code: 'TEXT', field: 'name', offset: 1, bytes: 19, text: /not valid in its character set/ },
  ]);
});

t.test('bytes that were kept for one field are not written for another of the same name', async t => {
  const schema =
    binarySchema(`  a: { dir: up, id: 1, fields: { name: { type: str(u8), lazy: true, encoding: latin1 } } }
  b: { dir: down, id: 2, fields: { name: { type: str(u8), lazy: true, encoding: utf8 } } }`);
  const protocol = await loadCode(modelOf(schema));
  const value = decoded(protocol, '0003 01 01 e4')!;
  t.equal(toHex(encode(protocol.down[0]!, value)), '00040202c3a4');
});

t.test('every kind of field comes back, read or not, and from any place in a buffer', async () => {
  const model = modelOf(oddSchemas['fields that are decoded later']!);
  const protocol = await loadCode(model);
  for (const { dir, codec, message } of messagesOf(protocol, model)) {
    fc.assert(
      fc.property(messageArbitrary(model, message), value => {
        const bytes = encode(codec, value);
        const get = (): MessageValue => {
          const copy = Uint8Array.from(bytes);
          const found = protocol.decode(dir, copy, 0, copy.length, new ConnContext());
          copy.fill(0);
          return found!.value;
        };
        const untouched = new Writer();
        codec.write(untouched, get());
        if (toHex(untouched.slice()) !== toHex(bytes)) throw new Error(`unread: ${toHex(untouched.slice())}`);
        const read = get();
        if (!isDeepStrictEqual(plain(read), plain(value))) throw new Error(`read: ${JSON.stringify(plain(read))}`);
        if (toHex(encode(codec, read)) !== toHex(bytes))
          throw new Error('it is written in another way when it was read');
      }),
      { numRuns: 200, seed: SEED },
    );
  }
});

t.test('an explanation reads everything at once', async t => {
  const by = await explainer(modelOf(SCHEMA));
  const told = printExplained(explain(by, 'up', hexBytes(GOOD)), 'up', colorless);
  for (const row of [/name +"abc" \(size 3\)/, /points +\(count 2\)/, /y +two \(2\)/, /k +5$/m]) t.match(told, row);
  t.match(printExplained(explain(by, 'up', hexBytes(BAD)), 'up', colorless), /\[TEXT\]/);
});
