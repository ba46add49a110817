/**
 * The documentation of a protocol as what its two templates print: `PROTOCOL.md` for repositories and a page for browsers. Everything
 * comes from the model; sample frames come explained.
 */
import { idsOf, masksOf } from '../model/ids.js';
import {
  type EnumSet,
  type FlagSet,
  type Frame,
  isText,
  type Message,
  type ProtocolModel,
  type Struct,
  type Tlv,
} from '../model/model.js';
import type { WordSet } from '../model/text-model.js';
import { plural } from '../schema/diagnostics.js';
import { byteHex } from './code.js';
import { type FieldRow, type FieldsDoc, fieldsDoc, lifespanTexts, tableOf } from './docs-fields.js';
import { type State, statesOf, type Talk, talksOf } from './docs-talk.js';
import {
  anchor,
  bytesText,
  commonEndian,
  directionText,
  exprText,
  shapeText,
  sizeText,
  splitText,
  TypeWords,
  timeText,
} from './docs-words.js';
import { templateText } from './emit-template.js';
import { allEnums, usedStructs } from './names.js';

/** A golden frame of the schema, explained. */
export interface Sample {
  /** The message that it is; `undefined` where it must be refused. */
  readonly message: string | undefined;
  readonly title: string;
  /** As `gw-gen explain` prints it. */
  readonly explained: string;
  readonly rows: readonly SampleRow[];
}

export interface SampleRow {
  readonly at: string;
  readonly bytes: string;
  readonly name: string;
  readonly depth: number;
  readonly value: string;
  readonly note: string;
  /** Number of its colour, 0 to 4. */
  readonly color: number;
  /** What is wrong here; empty where nothing is. */
  readonly wrong: string;
}

interface FrameDoc {
  readonly title: string;
  readonly anchor: string;
  readonly split: string;
  readonly notes: readonly string[];
  /** Of a text: how its parts follow one another. */
  readonly template: string;
  readonly hasPlaces: boolean;
  readonly hasLayout: boolean;
  readonly fields: FieldsDoc;
}

interface MessageDoc {
  readonly name: string;
  readonly anchor: string;
  readonly direction: string;
  readonly id: string;
  readonly summary: string;
  readonly template: string;
  readonly notes: readonly string[];
  readonly hasFields: boolean;
  readonly hasPlaces: boolean;
  readonly fields: FieldsDoc;
  readonly samples: readonly Sample[];
}

interface TypeDoc {
  readonly name: string;
  readonly anchor: string;
  readonly notes: readonly string[];
  readonly isTagged: boolean;
  readonly fields: FieldsDoc;
}

interface SetDoc {
  readonly name: string;
  readonly anchor: string;
  readonly note: string;
  readonly hasHex: boolean;
  readonly members: readonly { readonly name: string; readonly value: string; readonly hex: string }[];
}

export interface DocsView {
  readonly file: string;
  readonly hash: string;
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly facts: readonly string[];
  readonly limits: readonly { readonly name: string; readonly value: string }[];
  readonly frames: readonly FrameDoc[];
  readonly states: readonly State[];
  readonly talks: readonly Talk[];
  readonly messages: readonly MessageDoc[];
  readonly hasIds: boolean;
  readonly hasSummaries: boolean;
  readonly types: readonly TypeDoc[];
  readonly enums: readonly SetDoc[];
  readonly flags: readonly SetDoc[];
  readonly refused: readonly Sample[];
}

export function docsView(model: ProtocolModel, samples: readonly Sample[]): DocsView {
  const endian = commonEndian(model);
  const words = new TypeWords(endian);
  const enums = new Map([...model.enums, ...allEnums(model)].map(e => [e.name, e]));
  const structs = new Set([...model.structs, ...usedStructs(model)]);
  const messages = model.messages.map(m => messageDoc(m, model, words, samples));
  return {
    file: model.file,
    hash: model.hash,
    id: model.id,
    version: model.version,
    title: model.doc ?? model.id,
    facts: factsOf(model, endian),
    limits: limitsOf(model),
    frames: model.frames.map(f => frameDoc(f, model, words)),
    states: statesOf(model),
    talks: talksOf(model),
    messages,
    hasIds: messages.some(m => m.id !== ''),
    hasSummaries: messages.some(m => m.summary !== ''),
    types: [...structs].map(s => typeDoc(s, words)),
    enums: [...enums.values()].map(enumDoc),
    flags: model.flags.map(flagsDoc),
    refused: samples.filter(s => s.message === undefined),
  };
}

function factsOf(model: ProtocolModel, endian: string | undefined): string[] {
  const facts: string[] = [];
  if (endian !== undefined)
    facts.push(`Numbers of several bytes are ${endian} endian, unless their type says otherwise.`);
  facts.push(`Text is ${model.charset}, unless its type says otherwise.`);
  facts.push('Up is from the client to the server, down is from the server to the client.');
  if (model.peerIdentity) facts.push('A connection without login is known by its remote address.');
  const { id, body, reply } = model.unknown;
  if (id) facts.push('Messages that are not described here are let through as bytes.');
  if (body) facts.push('A body that does not fit its message is let through as bytes, with a warning.');
  if (reply !== undefined) facts.push(`What no message fits is answered with ${reply.message}.`);
  const { fragments } = model;
  if (fragments !== undefined) {
    const { bytes, open, ttl } = fragments.limits;
    facts.push(
      `Long messages come in parts${fragments.when === undefined ? '' : `, where ${exprText(fragments.when)}`}: part ${exprText(fragments.index)} of ${exprText(fragments.total)}, joined by ${fragments.join}; at most ${sizeText(bytes)}, ${plural(open, 'message')} at a time, ${timeText(ttl)} from the first part to the last.`,
    );
  }
  return facts;
}

function limitsOf({ limits }: ProtocolModel): DocsView['limits'] {
  return [
    { name: 'longest frame', value: sizeText(limits.frame) },
    { name: 'items of a list', value: String(limits.list) },
    { name: 'longest text', value: sizeText(limits.string) },
    { name: 'silence that ends a connection', value: timeText(limits.idle) },
  ];
}

function frameDoc(frame: Frame, model: ProtocolModel, words: TypeWords): FrameDoc {
  const notes: string[] = [];
  const chosen = shapeText(frame);
  if (chosen !== '') notes.push(`Chosen: ${chosen}.`);
  if (frame.message !== undefined) notes.push(`Carries ${frame.message} only.`);
  const { split, escape: rule } = frame;
  if (split.by === 'length' && split.confirm !== undefined)
    notes.push(
      `${split.confirm} must stand where the size says${split.rescue === undefined ? '' : `; a frame with a false size is cut at the next ${split.rescue}`}.`,
    );
  if (rule !== undefined) {
    const pairs = rule.pairs.map(
      p => `${bytesText(Uint8Array.of(rule.lead, p.code))} for ${bytesText(Uint8Array.of(p.byte))}`,
    );
    notes.push(
      `Between the flags, escaped bytes are written as two: ${pairs.join(', ')}. Sizes and checks see them unescaped.`,
    );
  }
  if (frame.filters.includes('telnet-iac')) notes.push('Telnet commands are taken out first.');
  if (frame.filters.includes('backspace')) notes.push('Backspaces are applied to a line before it is read.');
  if (isText(frame)) notes.push(`A line is sent with the end ${bytesText(frame.emit)}.`);
  if (frame.pick !== undefined) notes.push(`The sender takes ${frame.pick.element} = ${exprText(frame.pick.expr)}.`);
  if (frame.lenient.length > 0) notes.push(`Wrong, but only a warning: ${frame.lenient.join(', ')}.`);
  if (frame.opaque !== undefined) notes.push(`The body is delivered as bytes where ${exprText(frame.opaque)}.`);
  for (const { name, expr } of frame.learn)
    notes.push(`The connection remembers conn.${name} = ${exprText(expr)} of each good frame from the client.`);
  const single = model.frames.length === 1;
  return {
    title: single ? 'Frame' : `Frame ${frame.name}`,
    anchor: anchor('frame', frame.name),
    split: `Frames are found: ${splitText(split)}.`,
    notes,
    template: templateText(frame.text?.template ?? []),
    hasPlaces: frame.layout.length > 0 && !isText(frame),
    hasLayout: frame.layout.length > 0,
    fields: isText(frame) ? withoutPlaces(fieldsDoc(frame.layout, words)) : fieldsDoc(frame.layout, words),
  };
}

function messageDoc(m: Message, model: ProtocolModel, words: TypeWords, samples: readonly Sample[]): MessageDoc {
  return {
    name: m.name,
    anchor: anchor('message', m.name),
    direction: directionText(m),
    id: idText(m, model),
    summary: [...(m.doc === undefined ? [] : [m.doc]), ...lifespanTexts(m)].join('; '),
    template: templateOf(m),
    notes: messageNotes(m, model),
    hasFields: m.fields.length > 0,
    hasPlaces: m.fields.length > 0 && !isText(m.frame),
    fields: isText(m.frame) ? withoutPlaces(fieldsDoc(m.fields, words)) : fieldsDoc(m.fields, words),
    samples: samples.filter(s => s.message === m.name),
  };
}

/** A line, or the frame of text around the columns of a message. */
function templateOf({ template, frame }: Message): string {
  return templateText(template ?? frame.text?.template ?? []);
}

/** Parts of a line have no fixed places. */
function withoutPlaces(fields: FieldsDoc): FieldsDoc {
  return { ...fields, ...tableOf(fields.rows.map(row => ({ ...row, offset: '', width: '' }))) };
}

function idText(m: Message, model: ProtocolModel): string {
  const id = m.frame.layout.find(f => f.role === 'id');
  if (m.textIds !== undefined) return m.textIds.join(', ');
  if (id === undefined) return '';
  const digits = id.type.kind === 'int' ? id.type.bytes * 2 : 2;
  const show = (n: number): string => `0x${n.toString(16).padStart(digits, '0')}`;
  const masks = masksOf(m, model.messages).map(x => `${show(x.equals)} under the mask ${show(x.mask)}`);
  return [...idsOf(m, model.messages).map(show), ...masks].join(', ');
}

function messageNotes(m: Message, model: ProtocolModel): string[] {
  const notes: string[] = [];
  if (model.frames.length > 1) notes.push(`In a frame ${m.frame.name}.`);
  if (m.when !== undefined) notes.push(`If ${exprText(m.when)}.`);
  if (m.sameId) notes.push('Has the id of the request.');
  if (m.masked !== undefined) notes.push(`The rest of the id is ${m.masked.name}.`);
  if (m.otherwise && m.template !== undefined) notes.push('Every line that has no other form.');
  if (m.otherwise && m.textIds !== undefined) notes.push('Where another message of this id, above, does not fit.');
  if (m.echoSerial) notes.push('Has the serial number of the request.');
  if (m.anyAccess) notes.push('Allowed before the login too.');
  if (m.auth !== undefined) notes.push(`Logs in as ${m.auth.identity}.`);
  if (m.heartbeat !== undefined) notes.push(`A heartbeat, every ${timeText(m.heartbeat.every)}.`);
  if (m.reply !== undefined) notes.push(`Answered with ${m.reply.message}.`);
  if (m.expects !== undefined) notes.push(`A request: answered with ${m.expects.messages.join(' or ')}.`);
  if (m.error) notes.push('Tells that a request has failed.');
  if (m.closes) notes.push('The connection ends after it.');
  if (m.atMostOnce) notes.push('Delivered at most once.');
  for (const rule of m.ruleTexts) notes.push(`Must hold: ${rule}.`);
  return notes;
}

function headText({ tag, size, sizeFirst, counted }: Tlv, words: TypeWords): string {
  const tagText = `a tag (${words.of(tag)})`;
  const what = counted === 0 ? '' : `, which counts the value and ${counted} bytes in front of it`;
  const sizeText = `a size (${words.of(size)}${what})`;
  return sizeFirst ? `${sizeText}, ${tagText}` : `${tagText}, ${sizeText}`;
}

function typeDoc(struct: Struct, words: TypeWords): TypeDoc {
  const { name, tlv, doc } = struct;
  const notes = doc === undefined ? [] : [doc];
  if (struct.outer.length > 0)
    notes.push(`Depends on ${struct.outer.map(o => o.path.join('.')).join(', ')} around it.`);
  if (tlv === undefined)
    return { name, anchor: anchor('type', name), notes, isTagged: false, fields: fieldsDoc(struct.fields, words) };
  notes.push(
    `Items, each ${headText(tlv, words)} and a value. Others are kept as bytes.${tlv.keepsTail ? ' An end that is no whole item is kept too.' : ''}`,
  );
  const items = fieldsDoc(
    tlv.items.map(i => ({ ...i.field, name: i.name })),
    words,
  );
  const rows: FieldRow[] = items.rows.map(row => {
    const item = tlv.items.find(i => i.name === row.name && !row.isBit);
    if (item === undefined) return row;
    const told = [row.meaning, item.repeats ? 'may be repeated' : '', item.required ? 'required' : ''];
    return { ...row, offset: byteHex(item.tag), meaning: told.filter(x => x !== '').join('; ') };
  });
  return {
    name,
    anchor: anchor('type', name),
    notes,
    isTagged: true,
    fields: { ...items, cells: [], ...tableOf(rows) },
  };
}

function enumDoc(set: EnumSet | WordSet): SetDoc {
  return {
    name: set.name,
    anchor: anchor('enum', set.name),
    note: '',
    hasHex: set.members.some(m => !('word' in m)),
    members: set.members.map(m =>
      'word' in m
        ? { name: m.name, value: m.word, hex: '' }
        : { name: m.name, value: String(m.value), hex: byteHex(m.value) },
    ),
  };
}

function flagsDoc(set: FlagSet): SetDoc {
  return {
    name: set.name,
    anchor: anchor('flags', set.name),
    note: `${plural(set.word.bytes, 'byte')}; bits that are not named are kept.`,
    hasHex: true,
    members: set.bits.map(b => ({ name: b.name, value: `bit ${b.bit}`, hex: byteHex(2 ** b.bit) })),
  };
}
