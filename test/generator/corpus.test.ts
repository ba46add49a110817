/** What real gt06 devices sent, against the generated codec and a second opinion. */
import t from 'tap';
import { gt06 } from '../../examples/tracker/gt06/codec.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, corpus } from '../support/corpus.js';
import { decodeStream, encode } from '../support/properties.js';
import { cutOf } from '../support/splitting.js';

const found = corpus('gt06');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const good = frames.filter(f => f.checksum === 'ok');

/** Delivered as bytes, with their reason. */
const unnamed: Readonly<Record<string, string>> = {
  '787805010001d9dc0d0a': 'the answer of a server',
  '787805120099abec0d0a': 'the answer of a server',
  '7878293218061301261ccd0274c4ad050d7c960018000a02d4000ac3c70dbdc40b46f004210202af001784290d0a':
    'another maker has a position where this 0x32 has a size',
};

function idOf(hex: string): number {
  return Number.parseInt(hex.startsWith('7979') ? hex.slice(8, 10) : hex.slice(6, 8), 16);
}

const cut = (chunks: readonly Uint8Array[]): string[] => cutOf(gt06, 'up', chunks);

t.test('gt06: every frame whose checksum holds decodes as one frame', { skip }, async t => {
  t.ok(good.length >= 70, `${good.length} frames`);
  for (const { hex } of good) {
    const { results } = decodeStream(gt06, 'up', [hexBytes(hex)]);
    t.equal(results.length, 1, hex);
    t.match(results[0], { ok: true, bytes: hex.length / 2, id: idOf(hex) }, hex);
  }
});

t.test('gt06: frames become named messages, but for those with a reason', { skip }, async t => {
  let named = 0;
  for (const { hex } of good) {
    const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    t.equal(r?.ok === true && r.message !== 'unknown', unnamed[hex] === undefined, `${hex}: ${JSON.stringify(r)}`);
    if (unnamed[hex] === undefined) named++;
  }
  t.ok(named >= 0.95 * good.length, `${named} of ${good.length}`);
});

t.test('gt06: identifiers, times and positions agree with the second opinion', { skip }, async t => {
  let compared = 0;
  for (const { hex, decoded } of good) {
    const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    if (r?.ok !== true || r.message === 'unknown') continue;
    if (decoded?.ids !== undefined) t.equal(r.value.imei, decoded.ids[0], `identifier of ${hex}`);
    const [position] = decoded?.positions ?? [];
    if (position?.latitude === undefined) continue;
    // Some messages have their position, and its time, in a group.
    const at = { ...r.value, ...(r.value.fix as object | undefined) } as Record<'lat' | 'lon' | 'time', number>;
    compared++;
    t.ok(Math.abs(at.lat - position.latitude) < 1e-6, `latitude of ${hex}`);
    t.ok(Math.abs(at.lon - position.longitude!) < 1e-6, `longitude of ${hex}`);
    t.equal(at.time, Date.parse(`${position.time!.replace(' ', 'T')}Z`), `time of ${hex}`);
  }
  t.ok(compared >= 28, `${compared} positions`);
});

t.test('gt06: what is understood leaves no warning, and is encoded to the same bytes', { skip }, async t => {
  for (const { hex } of good) {
    const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    if (r?.ok !== true || r.message === 'unknown') continue;
    t.equal(r.value.$warn, undefined, hex);
    t.equal(toHex(encode(gt06.up.find(m => m.name === r.message)!, r.value)), hex);
  }
});

t.test('gt06: a frame whose checksum is wrong is refused there', { skip }, async t => {
  const wrong = frames.filter(f => f.checksum === 'length ok, crc wrong');
  t.ok(wrong.length >= 5);
  for (const { hex } of wrong) {
    const size = hex.length / 2;
    const [r, ...more] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    t.match(r, { ok: false, code: 'CHECK', offset: size - 4, field: 'crc', bytes: size }, hex);
    t.match(r?.ok === false ? r.text : '', /^the checksum is wrong: got \d+ \(0x[0-9a-f]+\), want \d+ \(0x/);
    t.same(more, []);
  }
});

t.test('gt06: other broken frames are refused, never delivered', { skip }, async t => {
  for (const { hex, checksum } of frames.filter(f => f.checksum !== 'ok')) {
    const { results } = decodeStream(gt06, 'up', [hexBytes(hex)]);
    // A capture may hold a good frame behind the broken one.
    t.equal(results[0]?.ok, false, `${checksum}: ${hex}`);
  }
});

t.test('gt06: streams are cut as listed, whole and in pieces', { skip }, async t => {
  const fair = streams.filter(s => s.chunkSensitive !== true && !s.note?.includes('the split differs'));
  t.ok(fair.length >= 6, `${fair.length} streams`);
  for (const { inHex, framesHex } of fair) {
    const stream = hexBytes(inHex);
    t.same(cut([stream]), framesHex, 'whole');
    for (const size of [1, 3, 7, 64]) t.same(cut(pieces(stream, size)), framesHex, `pieces of ${size}`);
  }
});

t.test('gt06: even an ambiguous stream is cut the same way in every piece size', { skip }, async t => {
  for (const { inHex } of streams) {
    const stream = hexBytes(inHex);
    for (const size of [1, 2, 3, 5, 7, 64]) t.same(cut(pieces(stream, size)), cut([stream]), `pieces of ${size}`);
  }
});
