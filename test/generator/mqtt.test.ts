/** The MQTT schema beside mqtt-packet: what one of them writes, the other reads, and a server made of it has a client made of the other. */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import mqtt, { type Packet } from 'mqtt-packet';
import t from 'tap';
import type { Direction, FrameResult, MessageCodec, Protocol, ProtocolTypes } from '../../src/codec/index.js';
import { accept, defineApp, type Events, refuse, startAll } from '../../src/index.js';
import { messageArbitrary, type Value } from '../support/arbitrary.js';
import { hexBytes, pieces, toHex } from '../support/bytes.js';
import { type Corpus, type CorpusFrame, corpus } from '../support/corpus.js';
import { loadCode, modelOf } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { decodeStream, encode, SEED } from '../support/properties.js';
import { cutOf } from '../support/splitting.js';
import { until } from '../support/wait.js';

const PATH = 'test/fixtures/declared/mqtt.wire.yaml';
const model = modelOf(readFileSync(PATH, 'utf8'), PATH);
const protocol: Protocol = await loadCode(model);

/** A packet of mqtt-packet, by the names of its members. */
type Loose = Readonly<Record<string, unknown>>;

const codecOf = (dir: Direction, name: string): MessageCodec => protocol[dir].find(m => m.name === name)!;

function decoded(dir: Direction, bytes: Uint8Array): FrameResult[] {
  return decodeStream(protocol, dir, [bytes]).results;
}

/** What mqtt-packet reads of these bytes. It says which mistake it found by an event. */
function theirs(bytes: Uint8Array): Loose[] {
  const parser = mqtt.parser({ protocolVersion: 4 });
  const packets: Loose[] = [];
  parser.on('packet', p => void packets.push(p as unknown as Loose));
  parser.on('error', e => {
    throw e;
  });
  parser.parse(Buffer.from(bytes));
  return packets;
}

const QOS = { publish: 0, publish1: 1, publish2: 2 } as const;
const GRANTED: Readonly<Record<string, number>> = { atMostOnce: 0, atLeastOnce: 1, exactlyOnce: 2, refused: 128 };
const CODES = ['ok', 'badVersion', 'badId', 'unavailable', 'badLogin', 'notAllowed'];
const hex = (v: unknown): string => toHex(v as Uint8Array);

/** A value of the schema as mqtt-packet would say it. */
const inTheirWords: Readonly<Record<string, (v: Value) => Loose>> = {
  login: v => {
    const flags = v.flags as { clean: boolean; willQos: number; willRetain: boolean };
    return {
      cmd: 'connect',
      protocolId: v.protocol,
      protocolVersion: v.level,
      clean: flags.clean,
      keepalive: v.keepAlive,
      clientId: v.clientId,
      ...(v.user === undefined ? {} : { username: v.user }),
      ...(v.password === undefined ? {} : { password: hex(v.password) }),
      ...(v.willTopic === undefined
        ? {}
        : { will: { topic: v.willTopic, payload: hex(v.will), qos: flags.willQos, retain: flags.willRetain } }),
    };
  },
  connack: v => ({
    cmd: 'connack',
    sessionPresent: v.session,
    returnCode: CODES.indexOf(v.code as string),
  }),
  ...Object.fromEntries(
    Object.entries(QOS).map(([name, qos]) => [
      name,
      (v: Value): Loose => ({
        cmd: 'publish',
        qos,
        dup: ((v.flags as number) & 8) !== 0,
        retain: ((v.flags as number) & 1) !== 0,
        topic: v.topic,
        payload: hex(v.payload),
        ...(qos === 0 ? {} : { messageId: v.packet }),
      }),
    ]),
  ),
  ...Object.fromEntries(
    ['puback', 'pubrec', 'pubrel', 'pubcomp', 'unsuback'].map(cmd => [
      cmd,
      (v: Value) => ({ cmd, messageId: v.packet }),
    ]),
  ),
  subscribe: v => ({ cmd: 'subscribe', messageId: v.packet, subscriptions: v.filters }),
  suback: v => ({
    cmd: 'suback',
    messageId: v.packet,
    granted: (v.granted as { qos: string }[]).map(g => GRANTED[g.qos]),
  }),
  unsubscribe: v => ({
    cmd: 'unsubscribe',
    messageId: v.packet,
    unsubscriptions: (v.topics as { topic: string }[]).map(x => x.topic),
  }),
  ping: () => ({ cmd: 'pingreq' }),
  pong: () => ({ cmd: 'pingresp' }),
  bye: () => ({ cmd: 'disconnect' }),
};

/** Whatever mqtt-packet adds to every packet is left out; bytes are digits. */
function plainPacket(packet: Loose, like: Loose): Loose {
  const bytesIn = (v: unknown): unknown => (v instanceof Uint8Array ? toHex(v) : v);
  return Object.fromEntries(
    Object.entries(packet)
      .filter(([key]) => key in like)
      .map(([key, v]) => [key, key === 'will' ? plainPacket(v as Loose, like.will as Loose) : bytesIn(v)]),
  );
}

/** Texts and identifiers that mqtt-packet takes: it refuses more than the schema can say. */
function isTheirs(name: string, v: Value): boolean {
  if (name === 'login') return (v.protocol === 'MQTT') === (v.level === 4) && v.willTopic !== '';
  const topics = [...((v.filters ?? v.topics ?? []) as { topic: string }[]).map(x => x.topic), v.topic ?? 'x'];
  return v.packet !== 0 && topics.every(topic => topic !== '') && (v.granted as unknown[] | undefined)?.length !== 0;
}

for (const dir of ['up', 'down'] as const) {
  t.test(`${dir}: what the codec writes, mqtt-packet reads, and the other way round`, async t => {
    for (const codec of protocol[dir]) {
      const { name } = codec;
      const message = model.messages.find(m => m.name === name)!;
      const values = fc
        .sample(messageArbitrary(model, message), { numRuns: 60, seed: SEED })
        .filter(v => isTheirs(name, v));
      t.ok(values.length >= 10 || message.fields.length === 0, `${name}: ${values.length} values`);
      for (const value of values) {
        const bytes = encode(codec, value);
        const words = inTheirWords[name]!(value);
        const [packet, ...others] = theirs(bytes);
        t.same(others, []);
        t.same(plainPacket(packet!, words), words, `${name}: ${toHex(bytes).slice(0, 80)}`);
        const written = mqtt.generate(packet as unknown as Packet, { protocolVersion: 4 });
        t.equal(toHex(written), toHex(bytes), `${name}: mqtt-packet writes the same`);
        const [back] = decoded(dir, written);
        t.equal(back?.ok === true && back.message, name);
      }
    }
  });
}

const found = corpus('mqtt');
const skip = typeof found === 'string' ? found : false;
const { frames, streams }: Corpus = typeof found === 'string' ? { frames: [], streams: [] } : found;

type MqttFrame = CorpusFrame & { readonly options?: { readonly protocolVersion?: number } };

/** Packets of MQTT 5 are another protocol under the same name. */
const ours = (frames as readonly MqttFrame[]).filter(
  f => f.hex !== '' && f.options?.protocolVersion !== 5 && f.expect?.protocolVersion !== 5,
);

t.test('packets of the library read as it reads them, and are written as they were', { skip }, async t => {
  const good = ours.filter(f => f.expect?.error === undefined);
  t.ok(good.length >= 17, `${good.length} packets`);
  for (const { hex, expect } of good) {
    const dir = ['connack', 'suback', 'unsuback', 'pingresp'].includes(expect?.cmd as string) ? 'down' : 'up';
    const [r, ...others] = decoded(dir, hexBytes(hex));
    t.same(others, []);
    t.ok(r?.ok === true, `${hex}: ${r?.ok === false ? r.text : ''}`);
    if (r?.ok !== true) continue;
    const words = inTheirWords[r.message]!(r.value);
    const same = plainPacket(theirs(hexBytes(hex))[0]!, words);
    t.same(same, words, hex);
    t.equal(toHex(encode(codecOf(dir, r.message), r.value)), hex);
  }
});

t.test('what the library refuses is refused', { skip }, async t => {
  const bad = ours.filter(f => f.expect?.error !== undefined);
  t.ok(bad.length >= 15, `${bad.length} packets`);
  for (const { hex } of bad)
    for (const dir of ['up', 'down'] as const)
      t.ok(
        decoded(dir, hexBytes(hex)).every(r => !r.ok),
        `${dir} ${hex}`,
      );
});

t.test('streams are cut as listed, whole and in pieces', { skip }, async t => {
  const listed = streams.filter(s => s.framesHex.length > 0);
  t.ok(listed.length > 0);
  for (const { inHex, framesHex } of listed)
    for (const size of [1, 3, 1000]) t.same(cutOf(protocol, 'up', pieces(hexBytes(inHex), size)), framesHex, inHex);
});

interface Mqtt extends ProtocolTypes {
  up: { login: Value; publish: Value; publish1: Value; publish2: Value; pubrel: Value; subscribe: Value; bye: Value };
  down: { publish: Value; publish1: Value };
  replies: { subscribe: { granted: { qos: string }[] } };
}

t.test('a client that speaks by mqtt-packet logs in, subscribes, publishes and gets what is published', async t => {
  const published: unknown[] = [];
  const events = {
    onLogin(_: unknown, { user }: Value) {
      return user === 'mallory' ? refuse() : accept({ code: 'ok' });
    },
    onSubscribe(client: { joinGroup(group: string): void }, { filters }: Value, event: { reply(v: object): void }) {
      for (const { topic } of filters as { topic: string }[]) client.joinGroup(topic);
      event.reply({
        granted: (filters as { qos: number }[]).map(f => ({ qos: f.qos > 1 ? 'refused' : 'atLeastOnce' })),
      });
    },
    onPublish(
      client: { worker: { sendToGroup(group: string, message: string, v: object): void } },
      { topic, payload }: Value,
    ) {
      published.push([topic, Buffer.from(payload as Uint8Array).toString()]);
      client.worker.sendToGroup(topic as string, 'publish', { flags: 0, topic, payload });
    },
    async onPublish1(client: { request(message: string, v: object): Promise<unknown> }, { topic, payload }: Value) {
      published.push([topic, Buffer.from(payload as Uint8Array).toString()]);
      await client.request('publish1', { flags: 0, packet: 7, topic: 'echo', payload });
      published.push('acknowledged');
    },
  } as unknown as Events<Mqtt>;
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:0', protocol: protocol as never, events: () => Promise.resolve(events) as never },
    ],
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const { port } = new URL(running.listening[0]!.address);

  const client = (): { got: Loose[]; send(p: Packet): void; ended: () => boolean } => {
    const socket = connect(Number(port), '127.0.0.1');
    t.teardown(() => socket.destroy());
    const got: Loose[] = [];
    const parser = mqtt.parser({ protocolVersion: 4 });
    parser.on('packet', p => void got.push(p as unknown as Loose));
    socket.on('data', b => void parser.parse(b));
    let ended = false;
    socket.on('close', () => {
      ended = true;
    });
    return { got, send: p => void socket.write(mqtt.generate(p)), ended: () => ended };
  };
  const last = (got: readonly Loose[], like: Loose): boolean => {
    const packet = got.at(-1);
    return (
      packet !== undefined &&
      JSON.stringify(plainPacket(packet, like)) === JSON.stringify({ ...plainPacket(packet, like), ...like })
    );
  };

  const a = client();
  a.send({ cmd: 'connect', clientId: 'pump', clean: true, keepalive: 60, protocolId: 'MQTT', protocolVersion: 4 });
  await until(() => last(a.got, { cmd: 'connack', returnCode: 0 }), 'the connection is accepted');
  a.send({ cmd: 'pingreq' });
  await until(() => last(a.got, { cmd: 'pingresp' }), 'a ping is answered');
  a.send({
    cmd: 'subscribe',
    messageId: 5,
    subscriptions: [
      { topic: 'a/b', qos: 1 },
      { topic: 'c', qos: 2 },
    ],
  });
  await until(() => last(a.got, { cmd: 'suback', messageId: 5 }), 'the subscription is answered');
  t.same(a.got.at(-1)?.granted, [1, 128]);
  a.send({ cmd: 'publish', qos: 0, dup: false, retain: false, topic: 'a/b', payload: '21.5' });
  await until(() => last(a.got, { cmd: 'publish', topic: 'a/b' }), 'what is published comes to who has subscribed');
  t.equal(String(a.got.at(-1)?.payload), '21.5');
  a.send({ cmd: 'publish', qos: 1, dup: false, retain: false, topic: 'x', payload: 'hi', messageId: 9 });
  await until(() => last(a.got, { cmd: 'publish', topic: 'echo', messageId: 7 }), 'the server publishes');
  a.send({ cmd: 'puback', messageId: 7 });
  await until(() => last(a.got, { cmd: 'puback', messageId: 9 }), 'and acknowledges when its handler has settled');
  t.same(published, [['a/b', '21.5'], ['x', 'hi'], 'acknowledged']);

  const b = client();
  b.send({
    cmd: 'connect',
    clientId: 'evil',
    username: 'mallory',
    clean: true,
    protocolId: 'MQTT',
    protocolVersion: 4,
  });
  await until(
    () => last(b.got, { cmd: 'connack', returnCode: 4 }) && b.ended(),
    'who may not log in is told, and sent away',
  );
});
