/** `events.ts`: the stubs that a user fills in. Written once; after that it is theirs. */
import { handlerOf } from '../model/handler-name.js';
import type { Field, Message, ProtocolModel } from '../model/model.js';
import { secretPaths } from '../model/secrets.js';
import { comment, quoted } from './code.js';
import { hasIdInValue, isPlainLayout, type Names, optionalOnEncode } from './names.js';
import { canBeUndefined, isHidden } from './ts-types.js';

interface HandlerView {
  readonly name: string;
  readonly message: string;
  readonly type: string;
  readonly doc: string;
  readonly returns: string;
  readonly lines: readonly string[];
}

export interface EventsView {
  readonly file: string;
  readonly protocol: string;
  readonly types: readonly string[];
  readonly usesAccept: boolean;
  readonly handlers: readonly HandlerView[];
  readonly unknown: boolean;
}

export function eventsView(model: ProtocolModel, names: Names): EventsView {
  const handled = model.messages.filter(m => m.dir !== 'down' && m.heartbeat === undefined);
  return {
    file: model.file,
    protocol: names.protocol,
    types: [names.protocol, ...handled.map(m => names.message(m))].sort(),
    usesAccept: handled.some(m => m.auth !== undefined),
    handlers: handled.map(m => handlerView(m, model, names)),
    unknown: model.unknown.id,
  };
}

/** `onLogin`: where the runtime looks for it. */
export function handlerName(m: Message): string {
  return handlerOf(m.name);
}

function handlerView(m: Message, model: ProtocolModel, names: Names): HandlerView {
  const shown = m.fields.filter(f => !isHidden(f)).map(f => f.name);
  const carries = shown.length === 0 ? 'Carries nothing.' : `Carries ${shown.join(', ')}.`;
  return {
    name: handlerName(m),
    message: m.name,
    type: names.message(m),
    doc:
      m.auth === undefined
        ? `${comment(m.doc ?? `The client sent \`${m.name}\``)}. ${carries}`
        : `A client wants to log in with \`${m.name}\`. Return accept(...) or refuse(...). ${carries}`,
    returns: m.auth === undefined ? 'void' : `AuthResult<${names.protocol}, '${m.name}'>`,
    lines: m.auth === undefined ? plainLines(m) : authLines(m, model),
  };
}

function plainLines(m: Message): string[] {
  const names = new Set(secretPaths(m).map(path => path.split('.')[0]!));
  const secrets = [...names].map(name => `${name}: '***'`);
  const shown = secrets.length === 0 ? 'message' : `{ ...message, ${secrets.join(', ')} }`;
  const lines = [`console.log(\`\${client.id} ${m.name}\`, ${shown});`];
  if (m.reply?.mode === 'manual') lines.push('// Answer with event.reply({ ... }).');
  return lines;
}

function authLines(m: Message, model: ProtocolModel): string[] {
  const { ok, fail, identity } = m.auth!;
  const lines: string[] = [];
  if (fail !== undefined) lines.push(`// To say no: return refuse(${fieldsOf(fail.message, undefined, model)});`);
  else lines.push('// To say no: return refuse();');
  lines.push(`console.log(\`\${client.id} logs in as \${message.${identity}}\`);`);
  lines.push(`return accept(${ok === undefined ? '' : fieldsOf(ok.message, m, model)});`);
  return lines;
}

/** Fields that a message cannot do without, filled from the request where names agree. */
function fieldsOf(name: string, request: Message | undefined, model: ProtocolModel): string {
  const m = model.messages.find(x => x.name === name && x.dir !== 'up');
  if (m === undefined) return '';
  const optional = optionalOnEncode(m);
  const plain = m.frame.layout.filter(isPlainLayout);
  const wanted = [...plain, ...m.fields].filter(f => !isHidden(f) && !optional.includes(f.name) && !canBeUndefined(f));
  if (wanted.length === 0) return hasIdInValue(m) ? '{}' : '';
  const items = wanted.map(f => {
    const twin = request?.fields.find(r => r.name === f.name && sampleOf(r) === sampleOf(f));
    return `${f.name}: ${twin === undefined ? sampleOf(f) : `message.${f.name}`}`;
  });
  return `{ ${items.join(', ')} }`;
}

function sampleOf(f: Field): string {
  const named = f.words ?? f.enum?.set;
  if (named !== undefined) return `'${named.members[0]?.name ?? ''}'`;
  switch (f.type.kind) {
    case 'bool':
      return 'true';
    case 'text':
    case 'rest':
      return `'...'`;
    case 'chars':
      return quoted((f.among?.[0] ?? '0').repeat(f.type.count === 'rest' ? 1 : f.type.count));
    case 'word':
    case 'hex':
    case 'bcd':
      return `'0'`;
    case 'list':
      return '[]';
    case 'bytes':
      return 'new Uint8Array()';
    case 'time':
    case 'moment':
      return 'Math.floor(Date.now() / 1000) * 1000';
    default:
      return f.valid?.min === undefined ? '0' : String(Math.max(f.valid.min, 0));
  }
}
