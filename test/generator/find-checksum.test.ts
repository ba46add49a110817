/** Golden frames in which a declared checksum does not hold tell which one does. */
import t from 'tap';
import { checkAlgorithms } from '../../generator/model/check-algorithms.js';
import { checksumOf } from '../../generator/model/checksum.js';
import { resolveSchema } from '../../generator/model/resolve.js';
import { checkVectors } from '../../generator/run/check-vectors.js';
import { loadProtocol } from '../../generator/run/load-protocol.js';
import { crcs } from '../../src/codec/crc-catalogue.js';

const DIGITS = new TextEncoder().encode('123456789');

/** What is said of the vectors of a station whose frames are `5a a5`, length, command, body and a checksum. */
async function said(check: string, ...raw: string[]): Promise<string[]> {
  const { source, model } = resolveSchema(
    'station.wire.yaml',
    `wire: 1
protocol: { id: station, version: 1.0.0 }
defaults: { endian: little }
session: { auth: none }
limits: { frame: 258 }
frame:
  split: { by: length }
  layout:
    start: { magic: "5a a5" }
    length: { type: u8, covers: command..check }
    command: { type: u8, role: id }
    body: body
    check: ${check}
messages:
  alive: { dir: up, id: 2, fields: { data: bytes(*) } }
vectors:
${raw.map(r => `  - { dir: up, raw: "${r}", is: alive }`).join('\n')}
`,
  );
  checkVectors(source, model!, await loadProtocol(model!));
  return source.diagnostics.map(d => d.hint?.split('\n').at(-1)?.trim() ?? '');
}

t.test('every checksum has a function that gives its value over the digits 1 to 9', async t => {
  for (const algorithm of checkAlgorithms) {
    const entry = Object.entries(crcs).find(([name, { aka }]) => [name, ...aka].includes(algorithm.name))?.[1];
    const value = checksumOf(algorithm)(DIGITS, 0, 9);
    if (entry === undefined) t.type(value, 'number', algorithm.name);
    else t.equal(value, entry.check, algorithm.name);
  }
});

t.test('another sum, another range, or another order of bytes is found and said', async t => {
  // CRC-16/MODBUS over length..body, low byte first.
  const frames = ['5aa5 04 02 01 d090', '5aa5 05 02 aabb 6fff'];
  const sum = checksumOf(checkAlgorithms.find(a => a.name === 'crc16/modbus')!);
  const whole = frames.map(f => {
    const b = Buffer.from(f.replaceAll(' ', ''), 'hex');
    b.writeUInt16LE(sum(b, 2, b.length - 2), b.length - 2);
    return b.toString('hex');
  });
  t.same(await said('{ check: crc16/modbus, over: length..body }', ...whole), [], 'it holds');
  const all = 'check: { check: crc16/modbus, over: length..body } holds in all golden frames';
  t.same(await said('{ check: crc16/x25, over: length..body }', ...whole), [all, all], 'another sum');
  t.same(await said('{ check: crc16/modbus, over: command..body }', ...whole), [all, all], 'another range');
  const turned = whole.map(f => f.replace(/(..)(..)$/, '$2$1'));
  const swapped = 'check: { check: crc16/modbus, over: length..body, as: u16be } holds in all golden frames';
  t.same(await said('{ check: crc16/modbus, over: length..body }', ...turned), [swapped, swapped], 'another order');
  t.match(await said('{ check: crc16/x25, over: length..body }', whole[1]!), [
    /crc16\/modbus, over: length\.\.body .* holds in this frame; another golden frame would make sure/,
  ]);
});

t.test('a vector that names a field which its message does not have is told of it', async t => {
  const text = `wire: 1
protocol: { id: named, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line }, text: "{id}:{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }
messages: { place: { dir: up, id: P, fields: { lat: dec, lon: dec } } }
vectors: [{ dir: up, raw: "'P:1,2' 0a", is: place, value: { latt: 1 } }]
`;
  const { source, model } = resolveSchema('named.wire.yaml', text);
  checkVectors(source, model!, await loadProtocol(model!));
  t.match(source.diagnostics, [
    {
      message: 'vector 1 (up place): field latt: want 1, got nothing',
      hint: /"place" has no "latt"; did you mean "lat"\?$/,
    },
  ]);
});

t.test('a vector may name the members that a tagged type brings into its message', async t => {
  const text = `wire: 1
protocol: { id: inlined, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: length }, layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body } }
types: { Items: { tlv: { tag: u8, size: u8 }, of: { 1: { name: temp, type: u8 }, 2: { name: level, type: u8 } } } }
messages: { place: { dir: up, id: 1, fields: { items: { type: Items(*), inline: true } } } }
vectors: [{ dir: up, raw: "0004 01 01 01 07", is: place, value: { temp: 7, level: 1 } }, { dir: up, raw: "0004 01 01 01 07", is: place, value: { tmep: 7 } }]
`;
  const { source, model } = resolveSchema('inlined.wire.yaml', text);
  checkVectors(source, model!, await loadProtocol(model!));
  const [level, slip] = source.diagnostics;
  t.match(level!.message, 'field level: want 1, got nothing');
  t.notMatch(level!.hint, 'has no');
  t.match(slip!.hint, /"place" has no "tmep"; did you mean "temp"\?$/);
});

t.test('Fletcher modulo 256 is told from Fletcher modulo 255', async t => {
  const sum = checksumOf(checkAlgorithms.find(a => a.name === 'fletcher16/mod256')!);
  const frame = Buffer.from('5aa5 0602c801000000'.replaceAll(' ', ''), 'hex');
  frame.writeUInt16LE(sum(frame, 2, frame.length - 2), frame.length - 2);
  t.match(await said('{ check: fletcher16, over: length..body }', frame.toString('hex')), [/fletcher16\/mod256/]);
});

t.test('where no sum holds in all frames, none is named', async t => {
  t.match(await said('{ check: crc16/modbus, over: length..body }', '5aa50502aabb0000', '5aa50502aabc0000'), [
    /^\^\^$/,
    /^\^\^$/,
  ]);
});
