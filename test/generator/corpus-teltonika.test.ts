/** What real Teltonika devices sent, against the generated codec and a second opinion. */
import t from 'tap';
import { teltonika } from '../../bench/generated/teltonika/codec.js';
import type { RecordU8U8, RecordU16U8, RecordU16U16 } from '../../bench/generated/teltonika/types.js';
import { ConnContext, type FrameResult, problem } from '../../src/codec/index.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, corpus } from '../support/corpus.js';
import { decodeStream, encode } from '../support/properties.js';
import { Log } from '../support/splitting.js';

const found = corpus('teltonika');
const skip = typeof found === 'string' ? found : false;
const { frames, streams, commands = [] }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const good = frames.filter(f => f.checksum === 'ok').map(f => ({ ...f, hex: f.wireHex ?? f.hex }));

/** Good frames that the schema cannot describe, by their first bytes. */
const exceptions: Readonly<Record<string, string>> = {
  '0000000000000158080b0000015d4b4dc07a':
    'codec 8 with numbers of 16-byte values that are all 0: only the configuration of the model tells that they are there',
};

const isException = (hex: string): boolean => Object.keys(exceptions).some(start => hex.startsWith(start));

function loggedIn(): ConnContext {
  const conn = new ConnContext();
  conn.state = 'open';
  return conn;
}

function decodeOne(hex: string): FrameResult | undefined {
  const { results } = decodeStream(teltonika, 'up', [hexBytes(hex)], loggedIn);
  return results.length === 1 ? results[0] : undefined;
}

const LOGIN = '000f333536333037303432343431303133';

/** What a new connection's splitter says of a login and what follows. */
function cut(hex: string, size?: number): string[] {
  const splitter = teltonika.splitter('up', new ConnContext());
  const log = new Log();
  const stream = hexBytes(LOGIN + hex);
  for (const chunk of size === undefined ? [stream] : pieces(stream, size)) splitter.push(chunk, 0, chunk.length, log);
  splitter.end(log);
  return log.said;
}

t.test('teltonika: every frame whose checksum holds decodes, nearly all into named messages', { skip }, async t => {
  t.ok(good.length >= 27, `${good.length} frames`);
  let named = 0;
  for (const { hex } of good) {
    const r = decodeOne(hex);
    t.match(r, { ok: true, bytes: hex.length / 2, id: Number.parseInt(hex.slice(16, 18), 16) }, hex);
    if (r?.ok !== true) continue;
    t.equal(r.message === 'unknown', isException(hex), `${r.message}: ${hex}`);
    if (r.message !== 'unknown') named++;
  }
  t.ok(named >= 0.95 * good.length, `${named} of ${good.length}`);
  for (const start of Object.keys(exceptions))
    t.ok(
      good.some(f => f.hex.startsWith(start)),
      'an exception is still in the corpus',
    );
});

t.test('teltonika: times, positions, speeds and priorities agree with the second opinion', { skip }, async t => {
  const priorities = { low: 0, high: 1, panic: 2 };
  let compared = 0;
  for (const { hex, decoded } of good) {
    const r = decodeOne(hex);
    const positions = decoded?.positions ?? [];
    if (r?.ok !== true || !r.message.startsWith('avl') || positions.length === 0) continue;
    const records = r.value.records as (RecordU8U8 | RecordU16U8 | RecordU16U16)[];
    t.equal(records.length, positions.length, hex);
    for (const [i, position] of positions.entries()) {
      const record = records[i]!;
      const where = `record ${i} of ${hex.slice(0, 36)}`;
      compared++;
      t.equal(record.time, Date.parse(`${position.time!.replace(' ', 'T')}Z`), `time of ${where}`);
      t.equal(record.event, position.attributes?.event ?? 0, `event of ${where}`);
      const prio = typeof record.prio === 'number' ? record.prio : priorities[record.prio];
      t.equal(prio, position.attributes?.priority ?? 0, `priority of ${where}`);
      t.equal(record.sats, position.attributes?.sat ?? record.sats, `satellites of ${where}`);
      // The second opinion repeats the last position where there is none.
      if (record.lat === 0 && record.lon === 0) continue;
      t.ok(Math.abs(record.lat - (position.latitude ?? 0)) < 1e-6, `latitude of ${where}`);
      t.ok(Math.abs(record.lon - (position.longitude ?? 0)) < 1e-6, `longitude of ${where}`);
      t.equal(record.alt, position.altitude ?? 0, `altitude of ${where}`);
      t.equal(record.course, position.course ?? 0, `course of ${where}`);
      // The second opinion prefers the speed that io 24 tells.
      const speeds = [record.speed, ...record.io2.filter(io => io.id === 24).map(io => io.value)];
      const wanted = (position.speedKnots ?? 0) * 1.852;
      t.ok(
        speeds.some(speed => Math.abs(speed - wanted) < 1e-4),
        `speed of ${where}`,
      );
    }
  }
  t.ok(compared >= 30, `${compared} records`);
});

t.test('teltonika: answers to commands say what the second opinion read', { skip }, async t => {
  let compared = 0;
  for (const { hex, decoded } of good) {
    const r = decodeOne(hex);
    const said = decoded?.positions?.[0]?.attributes?.result;
    if (r?.ok !== true || (r.message !== 'response' && r.message !== 'timedResponse') || said === undefined) continue;
    compared++;
    const text = r.value.text as string;
    // It shows what is no text as digits, and takes the time of codec 13 for a part of it then.
    const digits = Buffer.from(text, 'latin1').toString('hex');
    t.ok(said === text.trim() || String(said).endsWith(digits), `${JSON.stringify(text)}, not ${String(said)}`);
  }
  t.ok(compared >= 3, `${compared} texts`);
});

t.test('teltonika: what is understood is encoded to the same bytes', { skip }, async t => {
  let compared = 0;
  for (const { hex } of good) {
    const r = decodeOne(hex);
    if (r?.ok !== true || r.message === 'unknown') continue;
    compared++;
    t.equal(toHex(encode(teltonika.up.find(m => m.name === r.message)!, r.value)), hex);
  }
  t.ok(compared >= 26, `${compared} frames`);
});

t.test('teltonika: what a server sends is read and written, too', { skip }, async t => {
  t.ok(commands.length >= 2);
  const command = teltonika.down.find(m => m.name === 'command')!;
  for (const { hex } of commands) {
    const [r, ...more] = decodeStream(teltonika, 'down', [hexBytes(hex)], loggedIn).results;
    t.match(r, { ok: true, message: 'command', value: { kind: 'command' } }, hex);
    t.same(more, []);
    if (r?.ok === true) t.equal(toHex(encode(command, { text: r.value.text })), hex);
  }
});

t.test('teltonika: a wrong checksum is refused there, and answered with 0', { skip }, async t => {
  const wrong = frames.filter(f => f.checksum === 'length ok, crc wrong').map(f => hexBytes(f.wireHex ?? f.hex));
  t.ok(wrong.length >= 6, `${wrong.length} frames`);
  for (const b of wrong) {
    const [r, ...more] = decodeStream(teltonika, 'up', [b], loggedIn).results;
    t.match(r, { ok: false, code: 'CHECK', offset: b.length - 4, field: 'crc', bytes: b.length }, toHex(b));
    t.same(more, []);
    const conn = loggedIn();
    conn.shape = 5;
    t.equal(teltonika.decode('up', b, 0, b.length, conn), undefined);
    t.same(problem.consequence, { message: 'got', values: { n: 0 } });
  }
  const got = teltonika.down.find(m => m.name === 'got')!;
  t.equal(toHex(encode(got, { n: 0 })), '00000000');
});

t.test('teltonika: frames with a false length, of other kinds and over UDP are refused', { skip }, async t => {
  const others = frames.filter(f => f.checksum !== 'ok' && f.hex !== 'ff');
  t.ok(others.length >= 17, `${others.length} frames`);
  for (const { hex, checksum } of others) {
    const { results } = decodeStream(teltonika, 'up', [hexBytes(hex)], loggedIn);
    t.ok(results.length > 0 && results.every(r => !r.ok), `${checksum}: ${hex}`);
  }
});

t.test('teltonika: streams are cut as listed behind a login, whole and in pieces', { skip }, async t => {
  const fair = streams.filter(s => s.chunkSensitive !== true && s.note?.includes('the split differs') !== true);
  t.ok(fair.length >= 4, `${fair.length} streams`);
  for (const { inHex, framesHex } of fair) {
    // One stream ends with a UDP datagram, which is no frame of a TCP stream.
    const listed = framesHex.filter(hex => hex.slice(4, 8) !== 'cafe');
    const wanted = [LOGIN, ...listed].map(hex => `frame ${hex}`);
    for (const size of [undefined, 1, 3, 7, 64]) {
      const said = cut(inHex, size);
      t.same(said.slice(0, wanted.length), wanted, `pieces of ${size}`);
      const rest = said.slice(wanted.length);
      t.equal(rest.length > 0, listed.length < framesHex.length, `pieces of ${size}`);
      t.ok(
        rest.every(line => !line.startsWith('frame')),
        `pieces of ${size}`,
      );
    }
  }
});

t.test('teltonika: a beat is a frame before the login and behind it', { skip }, async t => {
  t.ok(frames.some(f => f.hex === 'ff'));
  const log = new Log();
  const splitter = teltonika.splitter('up', new ConnContext());
  const stream = hexBytes(`ff${LOGIN}ff`);
  splitter.push(stream, 0, stream.length, log);
  t.same(log.said, ['frame ff', `frame ${LOGIN}`, 'frame ff']);
});
