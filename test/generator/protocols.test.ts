/** The codecs of the protocols that ship, as they are checked in: what must hold of every generated codec. */
import t from 'tap';
import { jt808 } from '../../bench/generated/jt808/codec.js';
import { teltonika } from '../../bench/generated/teltonika/codec.js';
import { chat } from '../../examples/telnet-chat/chat/codec.js';
import { gt06 } from '../../examples/tracker/gt06/codec.js';
import { isText, type ProtocolModel } from '../../generator/model/model.js';
import type { FrameResult, Protocol } from '../../src/codec/index.js';
import { arena } from '../fixtures/generated/game/codec.js';
import { modbusTcp } from '../fixtures/generated/modbus-tcp/codec.js';
import { nmea0183 } from '../fixtures/generated/nmea/codec.js';
import { sensor } from '../fixtures/generated/tlv-sensor/codec.js';
import { cuttings, hexBytes, join } from '../support/bytes.js';
import { loadCode, shipped } from '../support/load.js';
import {
  canonicalProblem,
  corruptionProblem,
  decodeStream,
  ended,
  hostileProblem,
  inShape,
  refusalProblem,
  roundTripProblem,
  sameFrames,
  sample,
  samples,
  shapeOf,
  sizesProblem,
  truncationProblem,
  vectorProblems,
} from '../support/properties.js';
import { bodies, reframes } from '../support/reframe.js';
import { textProblem } from '../support/text-mutations.js';

interface Subject {
  readonly name: string;
  readonly protocol: Protocol;
  readonly model: ProtocolModel;
}

const subjects: Subject[] = [
  { name: 'chat', protocol: chat, model: shipped('chat') },
  { name: 'game', protocol: arena, model: shipped('game') },
  { name: 'gt06', protocol: gt06, model: shipped('gt06') },
  { name: 'jt808', protocol: jt808, model: shipped('jt808') },
  { name: 'modbus-tcp', protocol: modbusTcp, model: shipped('modbus-tcp') },
  { name: 'nmea', protocol: nmea0183, model: shipped('nmea') },
  { name: 'teltonika', protocol: teltonika, model: shipped('teltonika') },
  { name: 'tlv-sensor', protocol: sensor, model: shipped('tlv-sensor') },
];

/** Of many messages, fewer samples each are enough. */
const isLarge = (model: ProtocolModel): boolean => model.messages.length > 30;
const few = (model: ProtocolModel): number => (isLarge(model) ? 1 : 2);

for (const { name, protocol, model } of subjects) {
  t.test(`${name}: the golden frames hold`, async t => {
    t.same(vectorProblems(protocol, model), []);
  });

  t.test(`${name}: every cutting of a stream gives the same frames`, async t => {
    for (const dir of ['up', 'down'] as const) {
      for (const [i, { split }] of model.frames.entries()) {
        const shape = model.frames.length === 1 ? 0 : i + 1;
        const mine = samples(protocol, model, few(model)).filter(
          s => s.dir === dir && s.shape === shape && s.bytes.length < 200,
        );
        // Frames that only silence ends cannot follow one another in a stream without a clock.
        const frames = split.by === 'quiet' ? mine.slice(0, 1) : mine;
        const stream = join(...frames.map(s => s.bytes));
        const read = (chunks: readonly Uint8Array[]): FrameResult[] =>
          decodeStream(protocol, dir, chunks, inShape(shape)).results;
        const wanted = read([stream]);
        t.same(
          wanted.map(r => (r.ok ? r.message : r.code)),
          frames.map(s => s.name),
          `${dir}: ${frames.length} frames`,
        );
        const wrong = [...cuttings(stream)].filter(({ chunks }) => !sameFrames(read(chunks), wanted));
        t.same(
          wrong.map(w => w.title),
          [],
        );
      }
    }
  });

  t.test(`${name}: decode(encode(x)) is x, for generated values of every message`, async t => {
    t.equal(roundTripProblem(protocol, model, isLarge(model) ? 40 : 150), undefined);
  });

  t.test(`${name}: an encoder refuses what does not fit, names the field and leaves the writer as it was`, async t => {
    t.equal(refusalProblem(protocol, model), undefined);
  });

  t.test(`${name}: bytes that nobody meant never throw and are never hoarded`, async t => {
    t.equal(hostileProblem(protocol, samples(protocol, model, isLarge(model) ? 1 : 3), 400), undefined);
  });

  t.test(`${name}: a codec loaded from memory is the one that is checked in`, async t => {
    const loaded = await loadCode(model);
    t.equal(loaded.schemaHash, protocol.schemaHash);
    t.equal(loaded.wireHash, protocol.wireHash);
  });
}

for (const { name, protocol, model } of subjects.filter(s => !s.model.frames.some(isText))) {
  t.test(`${name}: a frame that ends too early is refused at every offset`, async t => {
    const golden = model.vectors.flatMap(v => {
      const message = model.messages.find(m => m.name === v.is);
      return message === undefined ? [] : [sample(protocol, v.dir, message.name, v.raw, shapeOf(model, message))];
    });
    const made = samples(protocol, model, few(model)).filter(s => s.bytes.length < 300);
    t.equal(truncationProblem(protocol, ended(model, [...golden, ...made]), name === 'jt808'), undefined);
    t.equal(corruptionProblem(protocol, model, made), undefined);
    t.equal(sizesProblem(protocol, model), undefined);
  });

  t.test(`${name}: what decodes is encoded to the very bytes it came from`, async t => {
    const all = bodies(name, protocol, samples(protocol, model, 12));
    t.equal(canonicalProblem(protocol, all, reframes[name]!, 8000, name === 'jt808'), undefined);
  });
}

for (const { name, protocol, model } of subjects.filter(s => s.model.frames.some(isText))) {
  t.test(`${name}: what is understood can be said again, whatever stands in it`, async t => {
    const seen = new Set<string>();
    const all = samples(protocol, model, 10).filter(s => isText(model.frames[Math.max(0, s.shape - 1)]!));
    t.equal(
      textProblem(protocol, model, all, 3000, message => seen.add(message)),
      undefined,
    );
    const names = new Set(all.map(s => s.name));
    t.same(
      [...names].filter(message => !seen.has(message)),
      [],
      'changed frames of every message were understood',
    );
  });
}

t.test('chat: a line without its end is no message', async t => {
  for (const { dir, bytes, name } of samples(chat, shipped('chat'), 3)) {
    for (let end = 1; end < bytes.length - 1; end++) {
      const { results } = decodeStream(chat, dir, [bytes.slice(0, end)]);
      t.same(
        results.map(r => r.ok),
        [false],
        `${name}, ${end} of ${bytes.length}`,
      );
    }
  }
});

const LOGIN = hexBytes('78780d010352887071911998000479d00d0a');
const BEAT_OK = hexBytes('7878050100048e710d0a');

t.test('gt06: garbage in front of frames and between them is skipped and reported', async t => {
  // Some of these look like a marker, or like a marker and a size: that must not cost the frame behind them.
  const noises = [
    '00',
    '79',
    '0d 0a',
    "'GET / HTTP/1.1' 0d 0a 0d 0a",
    'ff ff ff ff ff ff',
    '78',
    '7878 00',
    '7878 05',
    '7878 78',
    '7979 ffff',
    '7979 0020',
  ];
  for (const noise of noises) {
    const stream = join(hexBytes(noise), LOGIN, hexBytes(noise), LOGIN, LOGIN);
    for (const { title, chunks } of cuttings(stream)) {
      const { results } = decodeStream(gt06, 'up', chunks);
      const good = results.filter(r => r.ok).map(r => (r.ok ? r.value.imei : ''));
      t.equal(good.length, 3, `${noise}, ${title}`);
      t.ok(good.every(imei => imei === '352887071911998'));
      t.ok(
        results.some(r => !r.ok),
        `${noise}, ${title}: it is reported`,
      );
      const bytes = results.reduce((n, r) => n + r.bytes, 0);
      t.equal(bytes, stream.length, `${noise}, ${title}: every byte is accounted for`);
    }
  }
});

t.test('gt06: a wrong checksum is refused with its code, place and field, and the next frame decodes', async t => {
  for (let at = 2; at < LOGIN.length - 2; at++) {
    if (at === 2) continue;
    const bad = Uint8Array.from(LOGIN);
    bad[at]! ^= 0x01;
    const { results } = decodeStream(gt06, 'up', [join(bad, LOGIN)]);
    t.match(results[0], { ok: false, code: 'CHECK', offset: 14, field: 'crc', bytes: 18 }, `byte ${at}`);
    t.match(results[1], { ok: true, message: 'login' });
  }
});

t.test('gt06: markers, sizes and ids are refused each with its own code', async t => {
  const refused: [string, object][] = [
    ['7878 0e 01 0352887071911998 0004 79d0 0d0a', { code: 'SIZE', offset: 2, field: 'size' }],
    ['7878 0d 01 0352887071911998 0004 79d1 0d0a', { code: 'CHECK', offset: 14, field: 'crc' }],
  ];
  for (const [bytes, wanted] of refused) t.match(decodeStream(gt06, 'up', [hexBytes(bytes)]).results, [wanted], bytes);
  t.match(decodeStream(gt06, 'down', [BEAT_OK]).results, [{ ok: true, message: 'loginOk', id: 1 }]);
  const unknown = hexBytes('787805120099abec0d0a');
  t.match(decodeStream(gt06, 'down', [unknown]).results, [{ ok: true, message: 'unknown', id: 0x12 }], 'up only');
});

t.test('gt06: a text of less than no bytes, or more than there are, is delivered as bytes with a warning', async t => {
  const bodies = ['03 00000001 20', '00 00000001', '05 00000001', 'ff 00000001 20', '06 00000001 20', '04 00000001 20'];
  for (const body of bodies) {
    const frame = reframes.gt06!(0x15, hexBytes(body));
    const [r] = decodeStream(gt06, 'up', [frame]).results;
    t.match(
      r,
      { ok: true, message: 'unknown', id: 0x15, value: { body: hexBytes(body), $warn: [/^not a "result": /] } },
      body,
    );
  }
});

t.test('game: a size that is too large is believed, dropped and reported; what follows decodes', async t => {
  const ping = hexBytes('05 03 78 56 34 12');
  const huge = join(hexBytes('80 80 05'), new Uint8Array(5 * 16384).fill(0x77));
  for (const size of [1000, 4096, 100_000]) {
    const stream = join(ping, huge, ping);
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < stream.length; i += size) chunks.push(stream.slice(i, i + size));
    const { results, held } = decodeStream(arena, 'up', chunks);
    t.same(
      results.map(r => (r.ok ? r.message : r.code)),
      ['ping', 'OVERSIZE', 'ping'],
    );
    t.ok(held <= 65536, `${held} held`);
  }
});

t.test('game: the frame of the limit passes, one byte more is refused by the encoder', async t => {
  const snapshot = arena.down.find(m => m.name === 'snapshot')!;
  t.ok(snapshot);
  const refused: [string, object][] = [
    ['04 03 78 56 34', { code: 'TRUNCATED', field: 't' }],
    ['06 03 78 56 34 12 00', { code: 'TRAILING', field: 't', offset: 6 }],
    ['01 77', { code: 'UNKNOWN_ID', field: 'kind', offset: 1 }],
    ['08 81 01 03 00 00 00 00 00', { code: 'ENUM', field: 'team', offset: 3 }],
    ['05 85 00 00 02 00', { code: 'RANGE', field: 'ok', offset: 4 }],
    ['08 84 00 00 00 00 80 00 00', { code: 'VARINT', field: 'gone', offset: 6 }],
    ['09 84 00 00 00 00 ff ff 7f 00', { code: 'LIMIT', field: 'gone' }],
    ['08 84 00 00 00 00 7f 00 00', { code: 'COUNT', field: 'gone' }],
    ['09 84 00 00 00 00 00 01 07 08', { code: 'RANGE', field: 'seen[0].mask' }],
    ['09 84 00 00 00 00 00 01 07 01', { code: 'TRUNCATED', field: 'seen[0].kind' }],
    ['0a 84 00 00 00 00 00 01 07 01 09', { code: 'ENUM', field: 'seen[0].kind' }],
  ];
  for (const [bytes, wanted] of refused) {
    const b = hexBytes(bytes);
    b[0] = b.length - 1;
    const dir = b[1]! >= 0x80 ? 'down' : 'up';
    t.match(decodeStream(arena, dir, [b]).results, [{ ok: false, ...wanted }], bytes);
  }
});
