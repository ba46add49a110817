/** What real devices sent, against protocols that are declared in test/fixtures/declared: each with its claim. */
import { readdirSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Protocol } from '../../src/codec/index.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import type { Claim } from '../support/claims/claim.js';
import { type Corpus, type CorpusFrame, type CorpusPosition, corpus } from '../support/corpus.js';
import { loadCode, modelOf } from '../support/load.js';
import { decodeStream, encode } from '../support/properties.js';
import { cutOf } from '../support/splitting.js';

/** One module each, so that a protocol and its claim come and go together. */
const CLAIMS = new URL('../support/claims/', import.meta.url);

for (const file of readdirSync(CLAIMS).filter(name => name.endsWith('.js') && name !== 'claim.js')) {
  const { claim } = (await import(new URL(file, CLAIMS).href)) as { claim: Claim };
  const found = corpus(claim.corpus);
  const schema = claim.schema ?? claim.corpus;
  t.test(`${schema}: frames of real devices`, { skip: typeof found === 'string' ? found : false }, async t => {
    const path = `test/fixtures/declared/${schema}.wire.yaml`;
    const protocol = await loadCode(modelOf(readFileSync(path, 'utf8'), path));
    await holds(t, claim, protocol, found as Corpus);
  });
}

async function holds(t: Test, claim: Claim, protocol: Protocol, { frames, streams }: Corpus): Promise<void> {
  const { foreign = {}, unnamed = {}, respelled = {}, cutOtherwise = {}, otherPosition = {} } = claim;
  /** Frames as they stand on a stream, by their place in the list. */
  const spoken = [...frames.entries()].filter(([i, f]) => f.wireHex !== undefined && !(i in foreign));
  const one = ({ wireHex }: CorpusFrame) => decodeStream(protocol, 'up', [hexBytes(wireHex!)]).results;
  const title = (i: number, f: CorpusFrame): string => `frame ${i}: ${printed(hexBytes(f.wireHex!))}`;

  t.test('each is one frame, and a message with a name but for those with a reason', async t => {
    let named = 0;
    for (const [i, f] of spoken) {
      const results = one(f);
      const [r] = results;
      t.equal(results.length, 1, title(i, f));
      t.ok(r?.ok === true, `${title(i, f)}: ${r?.ok === false ? `${r.code} ${r.field}: ${r.text}` : ''}`);
      const isNamed = r?.ok === true && r.message !== 'unknown';
      t.equal(isNamed, !(i in unnamed), `${title(i, f)} has a name`);
      if (isNamed) named++;
    }
    t.ok(named > 0 && named >= 0.95 * spoken.length, `${named} of ${spoken.length}`);
  });

  t.test('each is encoded to the same bytes, but for those with a reason', async t => {
    let same = 0;
    let all = 0;
    for (const [i, f] of spoken) {
      const [r] = one(f);
      if (r?.ok !== true || r.message === 'unknown') continue;
      all++;
      const bytes = encode(protocol.up.find(m => m.name === r.message)!, r.value);
      const want = toHex(hexBytes(f.wireHex!).subarray(0, r.bytes));
      if (toHex(bytes) === want) same++;
      t.equal(toHex(bytes) === want, !(i in respelled), `${title(i, f)}, encoded: ${printed(bytes)}`);
    }
    t.ok(all - same <= Math.max(1, 0.01 * all), `${same} of ${all}`);
  });

  t.test('identifiers and positions are those of a second opinion', async t => {
    let compared = 0;
    for (const [i, f] of spoken) {
      const [r] = one(f);
      if (r?.ok !== true || i in otherPosition) continue;
      const ours = claim.positions?.(r.value, r.message) ?? [];
      const id = f.decoded?.ids?.[0];
      if (id !== undefined && ours[0]?.id !== undefined) {
        compared++;
        t.equal(ours[0].id, id, title(i, f));
      }
      const theirs = (f.decoded?.positions ?? []).filter(p => p.latitude !== undefined);
      const placed = ours.filter(p => p.lat !== undefined);
      if (theirs.length === 0 || placed.length === 0) continue;
      t.equal(placed.length, theirs.length, `positions in ${title(i, f)}`);
      for (const [n, p] of theirs.entries()) {
        const { lat, lon, time } = placed[n]!;
        compared++;
        t.ok(near(lat, p.latitude) && near(lon, p.longitude), `${lat} ${lon} in ${title(i, f)}`);
        if (time !== undefined && p.time !== undefined) t.equal(time, momentOf(p), `time of ${title(i, f)}`);
      }
    }
    t.ok(compared >= (claim.compared ?? 0), `${compared} compared`);
  });

  t.test('streams are cut as listed, whole and in pieces', async t => {
    const fair = [...streams.entries()].filter(
      ([i, s]) => s.chunkSensitive !== true && !s.note?.includes('the split differs') && !(i in cutOtherwise),
    );
    t.ok(fair.length > 0 || streams.length === Object.keys(cutOtherwise).length, `${fair.length} streams`);
    for (const [i, { inHex, framesHex, firstFrameOnly }] of fair) {
      const stream = hexBytes(inHex);
      const whole = cutOf(protocol, 'up', [stream]);
      const listed = claim.asListed === undefined ? whole : whole.map(claim.asListed);
      t.same(firstFrameOnly === true ? listed.slice(0, 1) : listed, framesHex, `stream ${i}: ${printed(stream)}`);
      for (const size of [1, 3, 7, 64]) t.same(cutOf(protocol, 'up', pieces(stream, size)), whole, `pieces of ${size}`);
    }
  });
}

function near(ours: number | undefined, theirs: number | undefined): boolean {
  return Math.abs(Number(ours) - Number(theirs)) < 1e-6;
}

function momentOf({ time }: CorpusPosition): number {
  return Date.parse(`${time!.replace(' ', 'T')}Z`);
}

/** Bytes as text where they are text. */
function printed(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return /^[\t\r\n -~]*$/.test(text) ? JSON.stringify(text) : toHex(bytes);
}
