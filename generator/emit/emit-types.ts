/** `types.ts`: what people see of a protocol: one interface per message, enumerations, flags, and how they belong together. */
import type { Answer, EnumSet, Field, FlagSet, Message, ProtocolModel, Struct } from '../model/model.js';
import { byteHex, comment } from './code.js';
import { templateText } from './emit-text.js';
import { allEnums, hasIdInValue, layoutInValue, type Names, optionalOnEncode, usedStructs } from './names.js';
import { canBeUndefined, canWarn, fieldType, hasRaw, isHidden } from './ts-types.js';

interface Member {
  readonly doc?: string;
  readonly text: string;
}

interface InterfaceView {
  readonly doc?: string;
  readonly name: string;
  readonly members: readonly Member[];
  readonly input?: { readonly name: string; readonly keys: string };
}

export interface TypesView {
  readonly file: string;
  readonly hash: string;
  readonly doc: string;
  readonly codecModule: string;
  readonly usesInput: boolean;
  readonly enums: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly interfaces: readonly InterfaceView[];
  readonly protocol: {
    readonly name: string;
    readonly sections: readonly { readonly doc: string; readonly name: string; readonly members: readonly string[] }[];
  };
}

export function typesView(model: ProtocolModel, names: Names, codecModule: string): TypesView {
  const sets = [...new Map([...model.enums, ...allEnums(model)].map(s => [s.name, s])).values()];
  const interfaces = [
    ...usedFlags(model).map(set => flagsView(set, names)),
    ...usedStructs(model).map(s => ({ name: names.type(s), members: structMembers(s, names) })),
    ...model.messages.map(m => messageView(m, names)),
  ];
  const told = sections(model, names);
  return {
    file: model.file,
    hash: model.hash,
    doc: comment(model.doc ?? model.id),
    codecModule,
    usesInput:
      interfaces.some(i => 'input' in i && i.input !== undefined) ||
      told.some(s => s.members.some(m => m.includes('Input<'))),
    enums: sets.map(set => ({ name: names.type(set), members: enumMembers(set) })),
    interfaces,
    protocol: { name: names.protocol, sections: told },
  };
}

function enumMembers(set: EnumSet): string[] {
  return set.members.map(m => `${/^[A-Za-z_]\w*$/.test(m.name) ? m.name : `'${m.name}'`}: ${m.value}`);
}

function usedFlags(model: ProtocolModel): FlagSet[] {
  const all = [...model.messages, ...usedStructs(model)].flatMap(x => x.fields);
  return model.flags.filter(set => all.some(f => f.type.kind === 'flags' && f.type.set === set));
}

function flagsView(set: FlagSet, names: Names): InterfaceView {
  const members: Member[] = set.bits.map(({ name, bit }) => ({ doc: `Bit ${bit}.`, text: `${name}: boolean;` }));
  if (set.bits.length < set.word.bytes * 8)
    members.push({ doc: 'Undeclared bits, in place; nothing if none is set.', text: '$rest?: number | undefined;' });
  return { name: names.type(set), members };
}

function messageView(m: Message, names: Names): InterfaceView {
  const around = layoutInValue(m.frame, m);
  const body = m.frame.layout.findIndex(f => f.type.kind === 'body');
  const member = (f: Field): Member => ({
    doc: f.role === 'serial' ? 'Serial number of the frame.' : f.role === 'id' ? idDoc(m) : comment(f.doc ?? ''),
    text: `${f.name}: number;`,
  });
  const before = around.filter(f => m.frame.layout.indexOf(f) < body).map(member);
  const behind = around.filter(f => m.frame.layout.indexOf(f) > body).map(member);
  const fields = fieldMembers(m.fields, names);
  const special = fields.filter(f => f.text.startsWith('$'));
  const optional = optionalOnEncode(m);
  return {
    doc: messageDoc(m),
    name: names.message(m),
    members: [...before, ...fields.filter(f => !special.includes(f)), ...special, ...behind],
    ...(optional.length === 0
      ? {}
      : { input: { name: names.input(m), keys: optional.map(k => `'${k}'`).join(' | ') } }),
  };
}

function idDoc(m: Message): string {
  return m.sameId ? 'Id of the frame: that of the request.' : `Id of the frame: ${m.ids.map(byteHex).join(' or ')}.`;
}

function messageDoc(m: Message): string {
  const way = m.dir === 'up' ? 'Client to server' : m.dir === 'down' ? 'Server to client' : 'Both ways';
  const what =
    m.template === undefined
      ? hasIdInValue(m)
        ? ''
        : `, id ${byteHex(m.ids[0]!)}`
      : `: \`${templateText(m.template)}\``;
  return comment(`${m.doc === undefined ? '' : `${m.doc}. `}${way}${what}.`);
}

/** Members of a type; a tagged one has more than its items. */
function structMembers(struct: Struct, names: Names): Member[] {
  const members = fieldMembers(struct.fields, names);
  if (struct.tlv === undefined) return members;
  return [
    ...members,
    {
      doc: 'Items of tags that are not declared, or of the wrong size.',
      text: 'unknown?: { tag: number; data: Uint8Array }[] | undefined;',
    },
    { doc: 'Tags as they came, where that is not the declared order.', text: '$order?: number[] | undefined;' },
    ...(struct.tlv.keepsTail ? [{ doc: 'An end that is no whole item.', text: 'tail?: Uint8Array | undefined;' }] : []),
  ];
}

function fieldMembers(all: readonly Field[], names: Names): Member[] {
  const inlined = all.flatMap(f =>
    f.inline === true && f.type.kind === 'tlv' ? structMembers(f.type.struct, names) : [],
  );
  const fields = all.filter(f => f.inline !== true);
  const members: Member[] = fields
    .filter(f => !isHidden(f))
    .map(f => {
      const type = fieldType(f, names);
      return { doc: fieldDoc(f), text: canBeUndefined(f) ? `${f.name}?: ${type} | undefined;` : `${f.name}: ${type};` };
    });
  if (canWarn(fields))
    members.push({ doc: 'What was wrong, but let through.', text: '$warn?: readonly string[] | undefined;' });
  const raw = fields.filter(hasRaw).map(f => `${f.name}?: Uint8Array | undefined`);
  if (raw.length > 0)
    members.push({
      doc: 'The bytes of times that no calendar has.',
      text: `$raw?: { ${raw.join('; ')} } | undefined;`,
    });
  return [...members, ...inlined];
}

function fieldDoc(f: Field): string {
  const parts: string[] = [];
  if (f.doc !== undefined) parts.push(f.doc);
  if (f.unit !== undefined) parts.push(`In ${f.unit}`);
  if (f.type.kind === 'time') parts.push('Milliseconds since 1970-01-01T00:00:00Z');
  if (f.valid?.min !== undefined) parts.push(`${f.valid.min}..${f.valid.max}`);
  if (f.valid?.len !== undefined) parts.push(`${f.valid.len.min}..${f.valid.len.max} characters`);
  if (f.secret) parts.push('Secret: never logged');
  return parts.length === 0 ? '' : comment(`${parts.join('. ')}.`);
}

function sections(model: ProtocolModel, names: Names): TypesView['protocol']['sections'] {
  const up = model.messages.filter(m => m.dir !== 'down');
  const down = model.messages.filter(m => m.dir !== 'up');
  /** What is left to give of an answer, beside what the schema gives. */
  const input = (answer: Answer | undefined): string => {
    const m = down.find(x => x.name === answer?.message);
    if (m === undefined || answer === undefined) return 'undefined';
    const given = answer.with.map(w => `'${w.field}'`);
    return given.length === 0 ? names.input(m) : `Input<${names.input(m)}, ${given.join(' | ')}>`;
  };
  return [
    { doc: 'What clients say, as decoded.', name: 'up', members: up.map(m => `${m.name}: ${names.message(m)};`) },
    {
      doc: 'What the server says, as given to an encoder.',
      name: 'down',
      members: down.map(m => `${m.name}: ${names.input(m)};`),
    },
    {
      doc: 'What accepting and refusing a login take.',
      name: 'auth',
      members: up
        .filter(m => m.auth !== undefined)
        .map(m => `${m.name}: { ok: ${input(m.auth!.ok)}; fail: ${input(m.auth!.fail)} };`),
    },
    {
      doc: 'Declared replies.',
      name: 'replies',
      members: up.filter(m => m.reply !== undefined).map(m => `${m.name}: ${input(m.reply)};`),
    },
  ];
}
