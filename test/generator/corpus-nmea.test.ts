/** Sentences of real receivers, against the codec that is generated for NMEA 0183. */
import t from 'tap';
import { problem } from '../../src/codec/index.js';
import { hexBytes, join, pieces } from '../support/bytes.js';
import { type Corpus, corpus } from '../support/corpus.js';
import { loadCode, shipped } from '../support/load.js';
import { cutOf } from '../support/splitting.js';

const found = corpus('nmea');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const nmea = await loadCode(shipped('nmea'));
const END = hexBytes('0d0a');

const text = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');
const decode = (bytes: Uint8Array) => nmea.decode('up', bytes, 0, bytes.length);

const cut = (chunks: readonly Uint8Array[]): string[] => cutOf(nmea, 'up', chunks);

const good = frames.filter(f => f.checksumOk === true && f.expect?.error === undefined);

t.test('nmea: every good sentence decodes, as a message or as one that is not declared', { skip }, async t => {
  t.ok(good.length >= 25, `${good.length} sentences`);
  const names = new Set<string>();
  for (const { hex } of good) {
    const decoded = decode(hexBytes(hex));
    t.type(decoded, 'object', `${text(hex)}: ${decoded === undefined ? `${problem.field} ${problem.code}` : ''}`);
    t.equal(decoded?.id, /^.{3}([^,]*)/.exec(text(hex))![1], text(hex));
    names.add(decoded!.name);
  }
  for (const name of ['RMC', 'GGA', 'GSV', 'VDM', 'RMT', 'unknown']) t.ok(names.has(name), name);
});

t.test('nmea: values agree with those of the source', { skip }, async t => {
  const twins = {
    latitude: 'lat',
    longitude: 'lon',
    altitude: 'alt',
    numSatellites: 'sats',
    hDOP: 'hdop',
    speed: 'speed',
  };
  let compared = 0;
  for (const { hex, expect } of good) {
    const decoded = decode(hexBytes(hex))!;
    if (decoded.name === 'unknown') continue;
    for (const [theirs, ours] of Object.entries(twins)) {
      const want = expect?.[theirs];
      if (typeof want !== 'number') continue;
      t.ok(Math.abs(want - Number(decoded.value[ours])) < 1e-6, `${ours} of ${text(hex)}`);
      compared++;
    }
  }
  t.ok(compared >= 20, `${compared} values`);
});

t.test('nmea: what the source refuses in a sentence that is declared here is refused too', { skip }, async t => {
  // The source knows which qualities of a fix there are, and takes AIS payloads apart.
  const lenient = /,12,03,9\.7|^!AIVDM,1,1,,1,(?:000 00,0|,2)/;
  let refused = 0;
  for (const { hex, expect, checksumOk } of frames) {
    const id = text(hex).slice(3, 6);
    if (checksumOk !== true || expect?.error === undefined || lenient.test(text(hex))) continue;
    if (!nmea.up.some(m => m.name === id) || !String(expect.error).includes(text(hex).slice(1, 6))) continue;
    t.equal(decode(hexBytes(hex)), undefined, text(hex));
    t.ok(problem.offset >= 7 && problem.offset < hex.length / 2, `${problem.field} at ${problem.offset}`);
    refused++;
  }
  t.ok(refused >= 15, `${refused} sentences`);
});

t.test('nmea: a wrong checksum is refused where it stands', { skip }, async t => {
  for (const { hex } of frames.filter(f => f.checksumOk === true)) {
    const bytes = hexBytes(hex);
    const at = text(hex).lastIndexOf('*') + 1;
    for (const i of [1, 4, at - 2, at, at + 1]) {
      const broken = Uint8Array.from(bytes);
      broken[i]! ^= 1;
      t.equal(decode(broken), undefined, `${text(hex)}, byte ${i}`);
      // A literal that is gone, or a digit that is none, is seen before.
      if (problem.code !== 'CHECK') continue;
      t.same([problem.field, problem.offset], ['sum', at]);
    }
    const wrong = Uint8Array.from(bytes);
    wrong[at] = wrong[at] === 0x30 ? 0x31 : 0x30;
    t.equal(decode(wrong), undefined, text(hex));
    t.same([problem.code, problem.field, problem.offset], ['CHECK', 'sum', at], text(hex));
  }
});

t.test('nmea: what is understood can be said again', { skip }, async t => {
  const { Writer } = await import('../../src/codec/index.js');
  let said = 0;
  for (const { hex } of good) {
    const decoded = decode(hexBytes(hex))!;
    if (decoded.index < 0) continue;
    const w = new Writer();
    nmea.up[decoded.index]!.write(w, decoded.value);
    const again = nmea.decode('up', w.bytes, 0, w.length - 2);
    t.same(again?.value, decoded.value, text(hex));
    said++;
  }
  t.ok(said >= 10, `${said} sentences`);
});

t.test('nmea: streams are cut as listed, whole and in pieces', { skip }, async t => {
  const fair = streams.filter(s => s.chunkSensitive !== true && !s.note?.includes('the split differs'));
  t.ok(fair.length >= 5, `${fair.length} streams`);
  for (const { inHex, framesHex } of fair) {
    const stream = hexBytes(inHex);
    t.same(cut([stream]), framesHex, 'whole');
    for (const size of [1, 3, 7, 64]) t.same(cut(pieces(stream, size)), framesHex, `pieces of ${size}`);
  }
});

t.test('nmea: all good sentences in one stream', { skip }, async t => {
  const stream = join(...good.flatMap(f => [hexBytes(f.hex), END]));
  t.same(
    cut(pieces(stream, 5)),
    good.map(f => f.hex),
  );
});
