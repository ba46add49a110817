/** `types.ts`: what people see of a protocol: one interface per message, enumerations, flags, and how they belong together. */
import type { Answer, EnumSet, Field, FlagSet, Lifespan, Message, ProtocolModel, Struct } from '../model/model.js';
import type { WordSet } from '../model/text-model.js';
import { byteHex, comment, quoted } from './code.js';
import { frameWarns } from './emit-check.js';
import { formType } from './emit-pick.js';
import { templateText } from './emit-template.js';
import { type FindModule, moduleImports } from './modules.js';
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
  readonly input?: { readonly name: string; readonly type: string };
}

export interface TypesView {
  readonly file: string;
  readonly hash: string;
  readonly doc: string;
  readonly codecModule: string;
  readonly usesInput: boolean;
  /** Imports of the user's own modules. */
  readonly modules: readonly string[];
  readonly enums: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly interfaces: readonly InterfaceView[];
  readonly protocol: {
    readonly name: string;
    readonly sections: readonly { readonly doc: string; readonly name: string; readonly members: readonly string[] }[];
  };
}

export function typesView(model: ProtocolModel, names: Names, codecModule: string, find: FindModule): TypesView {
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
      interfaces.some(i => 'input' in i && i.input?.type.startsWith('Input<') === true) ||
      told.some(s => s.members.some(m => m.includes('Input<'))),
    modules: moduleImports(model, find, JSON.stringify(interfaces), 'import type'),
    enums: sets.map(set => ({ name: names.type(set), members: enumMembers(set) })),
    interfaces,
    protocol: { name: names.protocol, sections: told },
  };
}

function enumMembers(set: EnumSet | WordSet): string[] {
  return set.members.map(m => {
    const name = /^[A-Za-z_]\w*$/.test(m.name) ? m.name : quoted(m.name);
    return `${name}: ${'word' in m ? quoted(m.word) : m.value}`;
  });
}

function usedFlags(model: ProtocolModel): FlagSet[] {
  const all = [...model.messages, ...usedStructs(model)].flatMap(x => x.fields);
  all.push(...model.frames.flatMap(f => f.layout));
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
  const member = (f: Field): Member => {
    const type = fieldType(f, names);
    if (f.role === 'id') return { doc: idDoc(m), text: `${m.masked?.name ?? f.name}: ${type};` };
    return {
      doc: f.role === 'serial' ? 'Serial number of the frame.' : fieldDoc(f),
      text: canBeUndefined(f) ? `${f.name}?: ${type} | undefined;` : `${f.name}: ${type};`,
    };
  };
  const before = around.filter(f => m.frame.layout.indexOf(f) < body).map(member);
  const behind = around.filter(f => m.frame.layout.indexOf(f) > body).map(member);
  const fields = fieldMembers(m.fields, names, frameWarns(m.frame));
  const special = fields.filter(f => f.text.startsWith('$'));
  if (
    !special.some(s => s.text.startsWith('$warn')) &&
    m.frame.text !== undefined &&
    m.frame.layout.some(f => f.bad === 'warn')
  )
    special.push(WARNINGS);
  if (m.frame.text?.keepsSpelling === true) special.push(SPELLING);
  if (m.frame.pick !== undefined) {
    special.push({
      doc: `The marker \`${m.frame.pick.element}\`, where it is another than an encoder would take.`,
      text: `$form?: ${formType(m.frame)} | undefined;`,
    });
  }
  return {
    doc: messageDoc(m),
    name: names.message(m),
    members: [...before, ...fields.filter(f => !special.includes(f)), ...derivedMembers(m), ...special, ...behind],
    ...(names.input(m) === names.message(m) ? {} : { input: { name: names.input(m), type: inputType(m, names) } }),
  };
}

const SPELLING: Member = {
  doc: 'The text of the frame, where an encoder would write other characters. Written again as long as it says the same.',
  text: '$text?: string | undefined;',
};

const WARNINGS: Member = { doc: 'What was wrong, but let through.', text: '$warn?: readonly string[] | undefined;' };

function derivedMembers(m: Message): Member[] {
  const members: Member[] = (m.derived ?? []).map(({ name, date, clock }) => ({
    doc: `Milliseconds since 1970-01-01T00:00:00Z, from ${date} and ${clock}. Not for encoders.`,
    text: `${name}?: number | undefined;`,
  }));
  const { body } = m.frame.text ?? {};
  if (body?.kind === 'kv')
    members.push({ doc: 'Names without a field.', text: 'unknown?: Record<string, string> | undefined;' });
  if (body?.kind === 'json')
    members.push({ doc: 'Members without a field.', text: 'unknown?: Record<string, unknown> | undefined;' });
  return members;
}

function idDoc(m: Message): string {
  if (m.masked !== undefined) return `The bits of the id beyond ${byteHex(m.masked.mask)}.`;
  return m.sameId
    ? 'Id of the frame: that of the request.'
    : `Id of the frame: ${(m.textIds ?? m.ids.map(byteHex)).join(' or ')}.`;
}

function messageDoc(m: Message): string {
  const way = m.dir === 'up' ? 'Client to server' : m.dir === 'down' ? 'Server to client' : 'Both ways';
  const what =
    m.template === undefined
      ? hasIdInValue(m) || m.ids.length === 0
        ? ''
        : `, id ${m.textIds?.[0] ?? byteHex(m.ids[0]!)}`
      : `: \`${templateText(m.template)}\``;
  return comment(`${m.doc === undefined ? '' : `${m.doc}. `}${[`${way}${what}`, ...lifespan(m)].join('. ')}.`);
}

/** A message as an encoder takes it: without what only a decoder computes, and with less that must be given. */
function inputType(m: Message, names: Names): string {
  const list = (keys: readonly string[]): string => keys.map(quoted).join(' | ');
  const derived = (m.derived ?? []).map(d => d.name);
  const own = derived.length === 0 ? names.message(m) : `Omit<${names.message(m)}, ${list(derived)}>`;
  const optional = optionalOnEncode(m);
  return optional.length === 0 ? own : `Input<${own}, ${list(optional)}>`;
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

/** @param warns something around these fields can leave a warning too */
function fieldMembers(all: readonly Field[], names: Names, warns = false): Member[] {
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
  if (warns || canWarn(fields)) members.push(WARNINGS);
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
  if (f.type.kind === 'time' || f.type.kind === 'moment') parts.push('Milliseconds since 1970-01-01T00:00:00Z');
  if (f.valid?.min !== undefined) parts.push(`${f.valid.min}..${f.valid.max}`);
  if (f.valid?.len !== undefined) parts.push(`${f.valid.len.min}..${f.valid.len.max} characters`);
  if (f.secret) parts.push('Secret: never logged');
  if (f.view === true) parts.push('Borrowed: valid until the handler returns');
  if (f.lazy === true) parts.push('Decoded when it is first read, which may throw a DecodeError');
  if (f.example !== undefined) parts.push(`Such as ${f.example}`);
  parts.push(...lifespan(f));
  return parts.length === 0 ? '' : comment(`${parts.join('. ')}.`);
}

/** Since when, until when, and whether to use it at all. */
function lifespan({ since, until, deprecated }: Lifespan): string[] {
  return [
    ...(since === undefined ? [] : [`Since ${since}`]),
    ...(until === undefined ? [] : [`Until ${until}`]),
    ...(deprecated === undefined ? [] : [`@deprecated ${deprecated}`]),
  ];
}

/** An error rejects; where only one answer is left, that is the result. */
function answerType(asked: Message, up: readonly Message[], names: Names): string {
  const answers = up.filter(m => asked.expects!.messages.includes(m.name) && !m.error);
  if (answers.length === 1) return names.message(answers[0]!);
  return answers.map(m => `{ name: ${quoted(m.name)}; value: ${names.message(m)} }`).join(' | ') || 'never';
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
    {
      doc: 'What the server asks, and what it is answered.',
      name: 'requests',
      members: down.filter(m => m.expects !== undefined).map(m => `${m.name}: ${answerType(m, up, names)};`),
    },
  ];
}
