/** `<id>.test.ts`: the schema's vectors as tests. */
import type { Field, Message, ProtocolModel, Type, Vector } from '../model/model.js';
import { parseBytes } from '../schema/byte-literal.js';
import { comment, quoted } from './code.js';
import type { Names } from './names.js';

export interface TestView {
  readonly file: string;
  readonly hash: string;
  readonly doc: string;
  readonly codecModule: string;
  readonly constant: string;
  readonly vectors: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export function testView(model: ProtocolModel, names: Names, codecModule: string): TestView {
  return {
    file: model.file,
    hash: model.hash,
    doc: comment(model.doc ?? model.id),
    codecModule,
    constant: names.constant,
    vectors: model.vectors.map((v, i) => ({
      title: quoted(vectorTitle(v, i)),
      lines: vectorLines(plainVector(v, model)),
    })),
  };
}

export function vectorTitle(v: Vector, i: number): string {
  return `vector ${i + 1} (${v.dir} ${v.is ?? `bad ${v.bad}`})${v.note === undefined ? '' : `: ${v.note}`}`;
}

export interface PlainVector {
  readonly dir: 'up' | 'down';
  readonly raw: string;
  readonly is?: string;
  readonly value?: object;
  readonly bad?: string;
}

/** A vector as `checkVector` takes it: byte literals as hexadecimal digits. */
export function plainVector(v: Vector, model: ProtocolModel): PlainVector {
  const message = model.messages.find(m => m.name === v.is);
  return {
    dir: v.dir,
    raw: Buffer.from(v.raw).toString('hex'),
    ...(v.is === undefined ? {} : { is: v.is }),
    ...(v.value === undefined ? {} : { value: plainFields(v.value, message) }),
    ...(v.bad === undefined ? {} : { bad: v.bad }),
    ...(v.state === undefined ? {} : { state: v.state }),
    ...(v.awaiting === undefined ? {} : { awaiting: v.awaiting }),
    ...(v.request === undefined ? {} : { request: v.request }),
    ...(v.conn === undefined ? {} : { conn: v.conn }),
  };
}

function plainFields(value: Readonly<Record<string, unknown>>, message: Message | undefined): object {
  const fields = [...(message?.fields ?? []), ...(message?.frame.layout ?? [])];
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [key, plainValue(v, fields.find(f => f.name === key)?.type)]),
  );
}

function plainValue(v: unknown, type: Type | undefined): unknown {
  if ((type?.kind === 'bytes' || type?.kind === 'hex') && (typeof v === 'string' || typeof v === 'number')) {
    const bytes = parseBytes(String(v));
    return typeof bytes === 'string' ? v : Buffer.from(bytes).toString('hex');
  }
  if (type?.kind === 'list' && Array.isArray(v)) return v.map(item => plainValue(item, type.item));
  if ((type?.kind === 'struct' || type?.kind === 'tlv') && typeof v === 'object' && v !== null) {
    const fields: readonly Field[] = type.struct.fields;
    return Object.fromEntries(
      Object.entries(v).map(([key, item]) => [key, plainValue(item, fields.find(f => f.name === key)?.type)]),
    );
  }
  return v;
}

function vectorLines(v: PlainVector): string[] {
  return Object.entries(v).map(([key, value]) => `${key}: ${literal(value)}`);
}

/** A plain value as TypeScript. */
function literal(v: unknown): string {
  if (typeof v === 'string') return quoted(v);
  if (Array.isArray(v)) return `[${v.map(literal).join(', ')}]`;
  if (typeof v === 'object' && v !== null) {
    const items = Object.entries(v).map(
      ([key, item]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: ${literal(item)}`,
    );
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
  }
  return String(v);
}
