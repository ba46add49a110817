/** The rows of a line of text: the parts of the template of its message. */
import type { Decoded, MessageCodec } from '../../src/codec/index.js';
import type { Field, ProtocolModel, TemplatePart } from '../model/model.js';
import type { Row } from './rows.js';

export function explainText(
  rows: Row[],
  told: MessageCodec | undefined,
  model: ProtocolModel,
  bytes: Uint8Array,
  decoded: Decoded | undefined,
): void {
  const message = model.messages.find(m => m.name === told?.name);
  const template = message?.template ?? message?.frame.text?.template;
  const parts = template === undefined ? undefined : placesOf(template, bytes);
  if (parts === undefined) {
    rows.push(row('', 'line', 0, bytes.length, ''));
    return;
  }
  for (const { part, from, to } of parts) {
    if ('literal' in part) {
      rows.push(row('', 'literal', from, to, JSON.stringify(part.literal)));
      continue;
    }
    const { field } = part;
    const value = decoded?.value[field.name];
    rows.push({ ...row(field.name, field.name, from, to, shown(field, value)), decoded: value });
  }
}

function row(path: string, name: string, from: number, to: number, value: string): Row {
  return { depth: 0, path, name, from, to, value, note: '', isPart: false, broken: false };
}

function shown(field: Field, value: unknown): string {
  if (value === undefined) return '';
  return field.secret ? '***' : JSON.stringify(value);
}

interface Placed {
  readonly part: TemplatePart;
  readonly from: number;
  readonly to: number;
}

/**
 * Where the parts of a template stand in a line that has its form: a word ends at the next literal, a rest at the last place where
 * that stands. `undefined` where a filter has changed the line before it was read.
 */
function placesOf(template: readonly TemplatePart[], bytes: Uint8Array): Placed[] | undefined {
  const line = Buffer.from(bytes).toString('latin1');
  const wire = (literal: string): string => Buffer.from(literal, 'utf8').toString('latin1');
  const placed: Placed[] = [];
  let at = 0;
  for (const [i, part] of template.entries()) {
    let to: number;
    if ('literal' in part) {
      to = at + wire(part.literal).length;
      if (line.slice(at, to) !== wire(part.literal)) return undefined;
    } else {
      const next = template[i + 1];
      const { type } = part.field;
      if (type.kind === 'chars' && type.count !== 'rest') to = at + type.count;
      else if (next === undefined || !('literal' in next)) to = line.length;
      else if (i + 2 === template.length) to = line.length - wire(next.literal).length;
      else if (type.kind === 'rest' || type.kind === 'body') to = line.lastIndexOf(wire(next.literal));
      else to = line.indexOf(wire(next.literal), at);
      if (to < at) return undefined;
    }
    placed.push({ part, from: at, to });
    at = to;
  }
  return at === line.length ? placed : undefined;
}
