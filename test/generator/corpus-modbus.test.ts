/** Modbus/TCP frames from the tests of well-kept libraries, against the generated codec. */
import t from 'tap';
import { ConnContext, type Direction, type FrameResult } from '../../src/codec/index.js';
import { modbusTcp } from '../fixtures/generated/modbus-tcp/codec.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, type CorpusFrame, corpus } from '../support/corpus.js';
import { decodeStream, encode } from '../support/properties.js';
import { Log } from '../support/splitting.js';

const found = corpus('modbus-tcp');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;
const whole = frames.filter(f => f.expect?.malformed !== true);

/** Whole frames that must be refused. */
const exceptions: Readonly<Record<string, string>> = {
  '0001000000061103006b0000': 'a request for no registers, made to be refused',
};

/** Functions that the schema does not name. */
const OTHERS = [0x70, 0x17];

function loggedIn(): ConnContext {
  const conn = new ConnContext();
  conn.state = 'open';
  return conn;
}

function decodeOne(dir: Direction, hex: string): FrameResult | undefined {
  const { results } = decodeStream(modbusTcp, dir, [hexBytes(hex)], loggedIn);
  return results.length === 1 ? results[0] : undefined;
}

/** Which way a frame goes; where its source does not say, its bytes fit one way only. */
function directionOf({ hex, expect }: CorpusFrame): Direction {
  if (Number(expect?.functionCode ?? 0) >= 0x80) return 'up';
  if (expect?.direction !== undefined) return expect.direction === 'request' ? 'down' : 'up';
  return decodeOne('down', hex)?.ok === true ? 'down' : 'up';
}

t.test('modbus-tcp: requests, answers and faults decode, and are encoded to the same bytes', { skip }, async t => {
  t.ok(whole.length >= 53, `${whole.length} frames`);
  let named = 0;
  for (const frame of whole) {
    const { hex } = frame;
    const dir = directionOf(frame);
    const r = decodeOne(dir, hex);
    if (exceptions[hex] !== undefined) {
      t.match(r, { ok: false, code: 'RANGE', field: 'qty', offset: 10 }, exceptions[hex]);
      continue;
    }
    t.match(r, { ok: true, bytes: hex.length / 2, id: Number.parseInt(hex.slice(14, 16), 16) }, `${dir}: ${hex}`);
    if (r?.ok !== true) continue;
    t.equal(r.message === 'unknown', OTHERS.includes(r.id as number), `${dir}, ${r.message}: ${hex}`);
    if (r.message === 'unknown') continue;
    named++;
    t.equal(toHex(encode(modbusTcp[dir].find(m => m.name === r.message)!, r.value)), hex, `${dir}, ${r.message}`);
  }
  t.ok(named >= 0.95 * (whole.length - Object.keys(exceptions).length), `${named} frames have a name`);
  for (const hex of Object.keys(exceptions))
    t.ok(
      whole.some(f => f.hex === hex),
      'an exception is still in the corpus',
    );
});

t.test('modbus-tcp: what the source asserts is read', { skip }, async t => {
  for (const frame of whole.filter(f => exceptions[f.hex] === undefined)) {
    const asserted = frame.expect as Readonly<Record<string, number>>;
    const r = decodeOne(directionOf(frame), frame.hex);
    t.equal(r?.ok, true, frame.hex);
    if (r?.ok !== true) continue;
    t.equal(r.value.tid, asserted.transactionId, frame.hex);
    t.equal(r.value.unit, asserted.unitId, frame.hex);
    if (r.message === 'unknown') continue;
    if (asserted.startAddress !== undefined) t.equal(r.value.addr, asserted.startAddress, frame.hex);
    if (asserted.quantity !== undefined) t.equal(r.value.qty, asserted.quantity, frame.hex);
    if (asserted.coilCount !== undefined) t.equal(r.value.qty, asserted.coilCount, frame.hex);
    if (r.message === 'fault') t.equal(r.value.base, asserted.functionCode! - 0x80, frame.hex);
  }
});

t.test('modbus-tcp: fragments are refused', { skip }, async t => {
  const malformed = frames.filter(f => f.expect?.malformed === true);
  t.ok(malformed.length >= 6, `${malformed.length} frames`);
  for (const { hex } of malformed) {
    const { results } = decodeStream(modbusTcp, 'down', [hexBytes(hex)], loggedIn);
    t.ok(results.length > 0 && results.every(r => !r.ok), hex);
  }
});

t.test('modbus-tcp: streams are cut as listed, whole and in pieces', { skip }, async t => {
  t.ok(streams.length >= 7, `${streams.length} streams`);
  for (const { inHex, framesHex } of streams) {
    const stream = hexBytes(inHex);
    const wanted = framesHex.map(hex => `frame ${hex}`);
    for (const dir of ['up', 'down'] as const) {
      for (const size of [stream.length, 1, 3, 7, 64]) {
        const splitter = modbusTcp.splitter(dir, loggedIn());
        const log = new Log();
        for (const chunk of pieces(stream, size)) splitter.push(chunk, 0, chunk.length, log);
        splitter.end(log);
        t.same(log.said, wanted, `${dir}, pieces of ${size}`);
      }
    }
  }
});
