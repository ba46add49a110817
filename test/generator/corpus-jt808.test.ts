/**
 * What real terminals sent, and the test frames of other libraries, against the generated codec and a second opinion.
 *
 * Of 246 frames whose checksum holds 245 decode (99.6 %; the other is shorter than a header). 218 of them become named
 * messages (89.0 %), 12 are parts of longer messages, and 15 are listed below with their reason; nobody meant nine of those
 * to be messages. Of the 224 that are whole and meant, 218 are named (97.3 %). 201 of the named ones leave no warning; all
 * of these are encoded to the same bytes. The other 17 say what no terminal should: a latitude of 116 degrees, or a size
 * that is not theirs.
 */
import t from 'tap';
import { jt808 } from '../../bench/generated/jt808/codec.js';
import { ConnContext, type Direction, type FrameResult, type FrameSink } from '../../src/codec/index.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, type CorpusFrame, corpus } from '../support/corpus.js';
import { decodeStream, encode } from '../support/properties.js';
import { escaped } from '../support/reframe.js';

const found = corpus('jt808');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const good = frames.filter(f => f.checksum?.startsWith('ok'));
const bad = frames.filter(f => f.checksum?.startsWith('xor wrong'));

/** Frames stand in the corpus as sent or with escapes undone; here, as sent. */
function wire({ hex, unescapedHex }: CorpusFrame): string {
  return `7e${toHex(escaped(hexBytes((unescapedHex ?? hex).slice(2, -2))))}7e`;
}

const idOf = (hex: string): number => Number.parseInt(hex.slice(2, 6), 16);
const dirOf = (hex: string): Direction => (idOf(hex) >= 0x8000 ? 'down' : 'up');
const decode = (hex: string): FrameResult[] => decodeStream(jt808, dirOf(hex), [hexBytes(hex)]).results;

type Good = FrameResult & { readonly ok: true };
const results = new Map<string, Good>();
for (const hex of good.map(wire)) {
  const [r] = decode(hex);
  if (r?.ok === true) results.set(hex, r);
}

/** The frames of a list, each by the first digits of one of the corpus. */
function listed(list: Readonly<Record<string, string>>): Map<string, string> {
  const all = [...good.map(wire)];
  return new Map(
    Object.entries(list).map(([start, why]) => {
      const hex = all.find(h => h.startsWith(start));
      if (hex === undefined) throw new Error(`no frame begins with ${start}`);
      return [hex, why];
    }),
  );
}

/** Not one byte of a message: what a library writes and reads to test its reader of bytes. */
const noFrames = ['7e00000000007d027d0200000000007e'];

/** Text between two flags, which ends before the header that it seems to begin. */
const TEXT = '7e736d616c6c636869284b6f696b65297e';

/** Delivered as bytes, with their reason. */
const unnamed = {
  '7e55018c4185': 'a vendor with a header of its own: one byte of serial, and other bits in the attributes',
  '7e55019c3b85': 'the same',
  '7e810400000100000000013419': 'a header of 2019 that says it is one of 2013',
  '7e0102400c01003000068109': 'a header of 2013 that says it is one of 2019',
  '7e121000ae0000000010': 'names of 30 bytes as in 2019, in a frame of 2013',
  '7e080104050012345678': 'encrypted',
};

/** Nobody meant these to be messages: they test what a library does with bytes and mistakes. */
const unmeant = {
  '7e0000000000000000000000abcdef': 'a test of bytes',
  '7e01001000000020000000407d02': 'a test of bytes',
  '7e0093000300123456': 'a message that exists in one library',
  '7e0704003f0123456789010000000200001c000004000000080007203b7d0102': 'escaped twice',
  '7e0104000c0144199999990005000401000001': 'more parameters than their count',
  '7e0104000c01441999999900050004010000000': 'a parameter that is longer than what is left',
  '7e0104000c01441999999900050004020000': 'fewer parameters than their count',
  '7e010400070144199999990005000402': 'a parameter that ends too early',
  '7e8001000012345678901200000b7e': 'an answer to nothing',
};

t.test('jt808: every frame whose checksum holds decodes as one frame', { skip }, async t => {
  t.ok(good.length >= 240, `${good.length} frames`);
  for (const hex of good.map(wire)) {
    const all = decode(hex);
    t.equal(all.length, 1, hex);
    if (noFrames.includes(hex)) t.match(all[0], { ok: false, code: 'TRUNCATED' }, hex);
    else t.match(all[0], { ok: true, id: idOf(hex) }, hex);
  }
});

t.test('jt808: what is sent is what the corpus says is sent', { skip }, async t => {
  // Two frames stand there with a 7d that no device can have sent.
  const other = frames.filter(f => f.wireHex !== undefined && f.unescapedHex !== undefined && wire(f) !== f.wireHex);
  t.same(
    other.map(f => f.unescapedHex === f.wireHex && /7d(?!0[12])/.test(f.hex)),
    [true, true],
  );
});

t.test('jt808: frames become named messages, but for those with a reason', { skip }, async t => {
  const reasons = new Map([...listed(unnamed), ...listed(unmeant)]);
  let named = 0;
  let parts = 0;
  for (const [hex, r] of results) {
    if (r.message !== 'unknown') {
      named++;
      t.notOk(reasons.has(hex), `${r.message}: ${hex}`);
    } else if (r.value.part !== undefined) parts++;
    else if (!reasons.has(hex)) t.fail(`${String(r.value.$warn)}: ${hex}`);
  }
  const meant = results.size - parts - Object.keys(unmeant).length;
  t.ok(named / meant >= 0.95, `${named} of ${meant} that are whole and meant; ${parts} parts, ${good.length} in all`);
  t.comment(`${named} named, ${parts} parts, ${results.size} decoded, ${good.length} in all`);
});

t.test('jt808: every id of a good frame has a name, but for those of a vendor', { skip }, async t => {
  const text = new Set(jt808.up.concat(jt808.down).map(m => m.name));
  t.ok(text.size > 90);
  const nameless = [...results.values()].filter(r => r.message === 'unknown' && r.value.$warn === undefined);
  t.same([...new Set(nameless.map(r => r.id))], [0x93, 0x801], 'one of a library, one encrypted');
});

/** Knots of the second opinion. */
const KNOT = 0.539957;

interface Position {
  readonly lat: number;
  readonly lon: number;
  readonly speed: number;
  readonly time: number | undefined;
}

t.test('jt808: identifiers, times and positions agree with the second opinion', { skip }, async t => {
  let compared = 0;
  for (const frame of good) {
    const hex = wire(frame);
    const { decoded } = frame;
    const r = results.get(hex);
    if (r === undefined || r.message === 'unknown' || decoded == null) continue;
    const ids = decoded.ids?.map(id => id.replace(/^0+(?=.)/, '')) ?? [];
    // The second opinion makes an IMEI of a number with letters.
    if (ids.length > 0 && /^\d+$/.test(r.value.phone as string))
      t.ok(ids.includes(r.value.phone as string), `${String(r.value.phone)} is one of ${ids}`);
    const mine = (r.message === 'batch' ? r.value.items : [r.value]) as readonly Position[];
    decoded.positions?.forEach((theirs, i) => {
      const at = mine[i];
      if (theirs.time === undefined || theirs.latitude === undefined || at?.lat === undefined) return;
      compared++;
      t.ok(Math.abs(at.lat - theirs.latitude) < 1e-6, `latitude ${at.lat} ${theirs.latitude} of ${hex}`);
      t.ok(Math.abs(at.lon - theirs.longitude!) < 1e-6, `longitude ${at.lon} ${theirs.longitude} of ${hex}`);
      t.equal(at.time, Date.parse(`${theirs.time.replace(' ', 'T')}Z`), `time of ${hex}`);
      const knots = at.speed * KNOT;
      t.ok(Math.abs(knots - (theirs.speedKnots ?? 0)) < 1e-3, `speed ${knots} ${theirs.speedKnots} of ${hex}`);
    });
  }
  t.ok(compared >= 40, `${compared} positions`);
});

t.test('jt808: what is understood is encoded to the same bytes', { skip }, async t => {
  let compared = 0;
  for (const [hex, r] of results) {
    if (r.message === 'unknown') continue;
    const warnings = warningsIn(r.value);
    if (warnings.length > 0) {
      t.ok(
        warnings.every(w => /^(?:(?:lat|lon): outside|attrs\.size: got|time: no such time)/.test(w)),
        `${warnings}`,
      );
      continue;
    }
    compared++;
    const codec = jt808[dirOf(hex)].find(m => m.name === r.message)!;
    t.equal(toHex(encode(codec, r.value)), hex);
  }
  t.comment(`${compared} encoded`);
  t.ok(compared >= 190, `${compared} frames`);
});

/** What was let through and cannot be written again. */
function warningsIn(v: unknown): string[] {
  if (typeof v !== 'object' || v === null) return [];
  return Object.entries(v).flatMap(([key, part]) => (key === '$warn' ? ((part ?? []) as string[]) : warningsIn(part)));
}

t.test('jt808: a frame whose checksum is wrong is refused there', { skip }, async t => {
  t.ok(bad.length >= 15, `${bad.length} frames`);
  for (const frame of bad) {
    const hex = wire(frame);
    if (hex === TEXT) continue;
    const size = (frame.unescapedHex ?? frame.hex).length / 2 - 2;
    t.match(decode(hex), [{ ok: false, code: 'CHECK', offset: size - 1, field: 'check', bytes: size }], hex);
  }
});

function cut(chunks: readonly Uint8Array[]): string[] {
  const out: string[] = [];
  const sink: FrameSink = {
    frame(b, start, end) {
      out.push(`7e${toHex(b.slice(start, end))}7e`);
      return true;
    },
    skipped: () => undefined,
  };
  const splitter = jt808.splitter('up', new ConnContext());
  for (const chunk of chunks) splitter.push(chunk, 0, chunk.length, sink);
  splitter.end(sink);
  return out;
}

t.test('jt808: streams are cut as listed, whole and in pieces', { skip }, async t => {
  const fair = streams.filter(s => s.chunkSensitive !== true && !s.note?.includes('the split differs'));
  t.ok(fair.length >= 6, `${fair.length} streams`);
  for (const { inHex, framesHex } of fair) {
    // Text in round brackets is another protocol on the same port: it stands between the flags, and is skipped.
    const wanted = framesHex.filter(f => f.startsWith('7e'));
    const stream = hexBytes(inHex);
    t.same(cut([stream]), wanted, 'whole');
    for (const size of [1, 3, 7, 64]) t.same(cut(pieces(stream, size)), wanted, `pieces of ${size}`);
  }
});
