/**
 * Schema file -> model. Everything that can be wrong with a schema without running it is found here, in this order:
 * structure, names, types, sizes, invertibility. What the vectors say is checked with the generated codec.
 */
import { basename, dirname } from 'node:path';
import { endianHabits, topKeyHabits } from '../schema/habits.js';
import { defaultsKeys, limitsKeys, protocolKeys, sessionKeys, topKeys, unknownKeys } from '../schema/keys.js';
import { Mapping } from '../schema/mapping.js';
import { isScalar, SchemaSource } from '../schema/source.js';
import { checkConversation } from './check-conversation.js';
import type { FlagSet, IntType, ProtocolModel } from './model.js';
import { isName, pascal } from './names.js';
import { enumMembers } from './resolve-fields.js';
import { resolveFragments } from './resolve-fragments.js';
import { resolveFrames } from './resolve-frame.js';
import { checkLazyNames } from './resolve-lazy.js';
import { resolveMessages } from './resolve-message.js';
import { charsetOf, intType } from './resolve-type.js';
import { resolveVectors } from './resolve-vectors.js';
import { Resolver } from './resolver.js';

export interface Resolved {
  readonly source: SchemaSource;
  /** `undefined` when the schema has errors. */
  readonly model: ProtocolModel | undefined;
}

/** @param file name for diagnostics and headers */
export function resolveSchema(file: string, text: string): Resolved {
  const source = new SchemaSource(file, text);
  const model = source.hasErrors ? undefined : resolveTop(source);
  return { source, model: source.hasErrors ? undefined : model };
}

const BEGINNING = 'wire: 1, protocol: { id: meter, version: 1.0.0 }, frame:, messages:';

function resolveTop(source: SchemaSource): ProtocolModel | undefined {
  if (source.root === null || (isScalar(source.root) && source.root.value === null)) {
    source.error('SHAPE', source.root, 'the schema is empty', `begin with: ${BEGINNING}`);
    return undefined;
  }
  const top = Mapping.known(source, source.root, 'the schema', topKeys, {
    hint: `begin with: ${BEGINNING}`,
    habits: topKeyHabits,
  });
  if (top === undefined) return undefined;
  const r = new Resolver(source);
  checkVersion(source, top);
  const who = resolveProtocol(source, top);
  resolveDefaults(r, top);
  resolveLimits(r, top);
  resolveEnums(r, top);
  resolveFlags(r, top);
  const types = top.has('types') ? Mapping.of(source, top.at('types'), 'types') : undefined;
  if (types !== undefined) r.declareTypes(types);
  const frames = resolveFrames(r, top);
  if (frames === undefined) {
    r.allStructs();
    return undefined;
  }
  const hint = 'hello: { dir: up, id: 0x01 }, by the name of each';
  const messagesMap = top.has('messages')
    ? Mapping.of(source, top.at('messages'), 'messages', 'message', hint)
    : undefined;
  if (!top.has('messages')) top.missing('messages', `messages: { hello: { dir: up, id: 0x01 } }`);
  if (messagesMap?.entries().length === 0)
    source.error('SHAPE', top.at('messages'), 'a schema needs at least one message', hint);
  const messages = messagesMap === undefined ? [] : resolveMessages(r, messagesMap, frames);
  const structs = r.allStructs();
  const unknown = top.has('unknown') ? Mapping.known(source, top.at('unknown'), 'unknown', unknownKeys) : undefined;
  const session = top.has('session') ? Mapping.known(source, top.at('session'), 'session', sessionKeys) : undefined;
  if (session?.has('identity') === true) session.choice('identity', ['peer'] as const);
  const unknownReply = unknown?.text('reply');
  const fragments = top.has('fragments') ? resolveFragments(r, top, frames) : undefined;
  const login = session?.text('auth') !== 'none';
  const complete = messages.length === (messagesMap?.entries().length ?? 0);
  if (complete) checkConversation(r, messages, frames, login, messagesMap, unknown);
  checkLazyNames(r, structs, messages, frames);
  const vectors = resolveVectors(r, top, messagesMap?.entries().map(e => e.key) ?? []);
  return {
    file: basename(source.file),
    folder: dirname(source.file),
    hash: source.hash,
    ...who,
    charset: r.charset,
    limits: r.limits,
    frames,
    enums: [...r.enums.values()],
    flags: [...r.flags.values()],
    structs,
    messages,
    unknown: {
      id: unknown?.text('id') === 'keep',
      body: unknown?.text('body') === 'keep',
      ...(unknownReply === undefined
        ? {}
        : { reply: { message: unknownReply, place: source.place(unknown?.at('reply')), with: [] } }),
    },
    ...(fragments === undefined ? {} : { fragments }),
    login,
    peerIdentity: session?.text('identity') === 'peer',
    vectors,
  };
}

function checkVersion(source: SchemaSource, top: Mapping): void {
  if (!top.has('wire')) {
    top.missing('wire', 'wire: 1');
    return;
  }
  const version = top.number('wire');
  if (version !== undefined && version !== 1)
    source.error('BAD_VALUE', top.at('wire'), `this version reads wire: 1, not ${top.text('wire')}`, 'wire: 1');
}

function resolveProtocol(source: SchemaSource, top: Mapping): Pick<ProtocolModel, 'id' | 'version' | 'doc'> {
  if (!top.has('protocol')) top.missing('protocol', 'protocol: { id: chat, version: 1.0.0 }');
  const example = { hint: 'protocol: { id: chat, version: 1.0.0 }' };
  const map = top.has('protocol')
    ? Mapping.known(source, top.at('protocol'), 'protocol', protocolKeys, example)
    : undefined;
  const id = map?.requiredText('id') ?? 'protocol';
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id)) {
    source.error(
      'BAD_NAME',
      map?.at('id'),
      `"${id}" cannot be the id of a protocol`,
      `lower-case letters, digits and dashes, a letter first: ${likeId(id)}`,
    );
  }
  const version = map?.text('version') ?? '0.0.0';
  if (!/^\d+\.\d+\.\d+$/.test(version))
    source.error('BAD_VALUE', map?.at('version'), `version cannot be "${version}"`, 'three numbers: 1.0.0');
  const doc = map?.text('doc');
  return { id, version, ...(doc === undefined ? {} : { doc }) };
}

/** The nearest that can be an id of a protocol. */
function likeId(text: string): string {
  const words = text
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.join('-').replace(/^[^a-z]+|-+$/g, '') || 'meter';
}

function resolveDefaults(r: Resolver, top: Mapping): void {
  const map = top.has('defaults') ? Mapping.known(r.source, top.at('defaults'), 'defaults', defaultsKeys) : undefined;
  if (map === undefined) return;
  r.endian = map.choice('endian', ['big', 'little'] as const, endianHabits) ?? r.endian;
  r.charset = charsetOf(r, map, 'text') ?? r.charset;
  const zone = map.text('zone');
  if (zone === undefined) return;
  // No place on earth is further ahead or behind.
  const m = /^([+-])(0\d|1[0-4]):([0-5]\d)$/.exec(zone);
  if (m === null)
    r.source.error('BAD_VALUE', map.at('zone'), `zone cannot be "${zone}"`, 'the offset from UTC: "+08:00"');
  else r.zone = (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3]));
}

function resolveLimits(r: Resolver, top: Mapping): void {
  const map = top.has('limits') ? Mapping.known(r.source, top.at('limits'), 'limits', limitsKeys) : undefined;
  if (map === undefined) return;
  const given = map.byteCount('frame');
  r.limitsRead = !map.has('frame') || given !== undefined;
  const frame = given ?? r.limits.frame;
  r.limits = {
    frame,
    list: map.byteCount('list') ?? r.limits.list,
    string: map.byteCount('string') ?? Math.min(r.limits.string, frame),
    idle: map.duration('idle') ?? r.limits.idle,
  };
  if (frame > 16 * 1024 * 1024) r.source.error('BAD_VALUE', map.at('frame'), 'limits.frame cannot be more than 16 MiB');
}

function resolveEnums(r: Resolver, top: Mapping): void {
  const map = top.has('enums') ? Mapping.of(r.source, top.at('enums'), 'enums') : undefined;
  for (const { key, place, value } of map?.entries() ?? []) {
    if (!isName(key)) r.badName(place, key);
    const members = Mapping.of(r.source, value, `enum ${key}`);
    if (members !== undefined) r.enums.set(key, { name: pascal(key), members: enumMembers(r, members) });
  }
}

function resolveFlags(r: Resolver, top: Mapping): void {
  const map = top.has('flags') ? Mapping.of(r.source, top.at('flags'), 'flags') : undefined;
  for (const { key, place, value } of map?.entries() ?? []) {
    if (!isName(key)) r.badName(place, key);
    const set = flagSet(r, key, Mapping.of(r.source, value, `flags ${key}`));
    if (set !== undefined) r.flags.set(key, set);
  }
}

function flagSet(r: Resolver, name: string, map: Mapping | undefined): FlagSet | undefined {
  if (map === undefined) return undefined;
  if (!map.has('size')) {
    map.missing('size', 'size: u8');
    return undefined;
  }
  const word: IntType | undefined = intType(map.text('size') ?? '', r.endian);
  if (word === undefined || word.signed || word.bytes > 4) {
    r.source.error(
      'BAD_TYPE',
      map.at('size'),
      `${map.label} take u8, u16, u24 or u32, got "${map.text('size') ?? ''}"`,
    );
    return undefined;
  }
  const bits: { name: string; bit: number }[] = [];
  for (const { key, place } of map.entries()) {
    if (key === 'size' || key === 'spare') continue;
    const bit = map.number(key);
    if (bit === undefined) continue;
    const twin = bits.find(b => b.bit === bit);
    if (!isName(key)) r.badName(place, key);
    else if (!Number.isInteger(bit) || bit < 0 || bit >= word.bytes * 8)
      r.source.error('BAD_VALUE', map.at(key), `flag "${key}" cannot be bit ${bit}`, `0 to ${word.bytes * 8 - 1}`);
    else if (twin !== undefined)
      r.source.error('DUPLICATE_NAME', place, `flag "${key}": bit ${bit} is taken by "${twin.name}"`);
    else bits.push({ name: key, bit });
  }
  return { name: pascal(name), word, bits };
}
