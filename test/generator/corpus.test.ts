/** What real gt06 devices sent, against the generated codec and a second opinion. */
import t from 'tap';
import { gt06 } from '../../examples/tracker/gt06/codec.js';
import { ConnContext, type FrameSink } from '../../src/codec/index.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, corpus } from '../support/corpus.js';
import { decodeStream, encode } from '../support/properties.js';

const found = corpus('gt06');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const good = frames.filter(f => f.checksum === 'ok');

/** Variants that the schema does not describe: their bytes say something else than a location of this family. */
const exceptions: Readonly<Record<string, string>> = {
  '78783c22010357789648774484180c06142038180c06142038cb03313ee4061fe98300185e090000000000000000460984284c000200000000017101d6f35d0d0a':
    '0x22 with an IMEI and a second time in front of the position',
};

function idOf(hex: string): number {
  return Number.parseInt(hex.startsWith('7979') ? hex.slice(8, 10) : hex.slice(6, 8), 16);
}

function cut(chunks: readonly Uint8Array[]): string[] {
  const out: string[] = [];
  const sink: FrameSink = {
    frame(b, start, end) {
      out.push(toHex(b.slice(start, end)));
      return true;
    },
    skipped: (code, b, start, end) => out.push(`${code} ${toHex(b.slice(start, end))}`),
  };
  const splitter = gt06.splitter('up', new ConnContext());
  for (const chunk of chunks) splitter.push(chunk, 0, chunk.length, sink);
  splitter.end(sink);
  return out;
}

t.test('gt06: every frame whose checksum holds decodes as one frame', { skip }, async t => {
  t.ok(good.length >= 70, `${good.length} frames`);
  for (const { hex } of good) {
    const { results } = decodeStream(gt06, 'up', [hexBytes(hex)]);
    t.equal(results.length, 1, hex);
    t.match(results[0], { ok: true, bytes: hex.length / 2, id: idOf(hex) }, hex);
  }
});

t.test('gt06: positions agree with the second opinion', { skip }, async t => {
  let compared = 0;
  for (const { hex, decoded } of good) {
    const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    if (r?.ok !== true || (r.message !== 'location' && r.message !== 'alarm')) continue;
    const [position] = decoded?.positions ?? [];
    if (position?.latitude === undefined || exceptions[hex] !== undefined) continue;
    compared++;
    t.ok(Math.abs((r.value.lat as number) - position.latitude) < 1e-6, `latitude of ${hex}`);
    t.ok(Math.abs((r.value.lon as number) - position.longitude!) < 1e-6, `longitude of ${hex}`);
    t.equal(r.value.time, Date.parse(`${position.time!.replace(' ', 'T')}Z`), `time of ${hex}`);
  }
  t.ok(compared >= 11, `${compared} positions`);
});

t.test(
  'gt06: a frame of an id with a position decodes as one, unless it is known to be another variant',
  { skip },
  async t => {
    for (const { hex, decoded } of good) {
      if (![0x12, 0x22, 0x16, 0x26].includes(idOf(hex)) || decoded?.positions?.length === 0) continue;
      const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
      t.match(r, { message: /^(?:location|alarm)$/ }, hex);
    }
    for (const hex of Object.keys(exceptions))
      t.ok(
        good.some(f => f.hex === hex),
        'an exception is still in the corpus',
      );
  },
);

t.test('gt06: what is understood is encoded to the same bytes', { skip }, async t => {
  let compared = 0;
  for (const { hex } of good) {
    const [r] = decodeStream(gt06, 'up', [hexBytes(hex)]).results;
    if (r?.ok !== true || r.message === 'unknown' || r.value.$warn !== undefined) continue;
    compared++;
    t.equal(toHex(encode(gt06.up.find(m => m.name === r.message)!, r.value)), hex);
  }
  t.ok(compared >= 20, `${compared} frames`);
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
