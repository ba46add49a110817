/** Parts of the model as a schema writes them: what a finding shows, and what is compared. */
import { checkAlgorithms } from '../model/check-algorithms.js';
import type { Answer, Bad, Bit, CheckAlgorithm, Field, Fragments, Message, Range, Size, Type } from '../model/model.js';
import { hexText, timeForm } from '../model/text-model.js';
import { showBytes } from '../schema/byte-literal.js';
import type { Expr } from '../schema/expression.js';

export function showType(t: Type): string {
  switch (t.kind) {
    case 'int':
      return `${t.signed ? 'i' : 'u'}${t.bytes * 8}${t.bytes > 1 && t.endian === 'little' ? 'le' : ''}`;
    case 'float':
      return `f${t.bytes * 8}${t.endian === 'little' ? 'le' : ''}`;
    case 'varint':
      return t.zigzag ? 'svarint' : 'varint';
    case 'text':
      return `str(${showSize(t.size)})`;
    case 'hex':
    case 'bytes':
      return `${t.kind}(${showSize(t.size)})`;
    case 'bcd':
      return `bcd(${showSize(t.size)})`;
    case 'sized':
      return `sized(${showType(t.prefix)} ${showType(t.type)})`;
    case 'time':
      return t.form === 'count'
        ? `time(${showType(t.word)} ${t.perUnit === 1 ? 'ms' : 's'}${t.epoch === 0 ? '' : ` ${new Date(t.epoch).toJSON().slice(0, 10)}`})`
        : t.form === 'gps'
          ? 'time(gps week tow)'
          : `time(${t.form} ${t.order})`;
    case 'hexint':
      return hexText(t);
    case 'clock':
    case 'date':
    case 'moment':
      return timeForm(t);
    case 'list':
      return `${showType(t.item)}(${showSize(t.size)})`;
    case 'struct':
      return t.struct.name;
    case 'tlv':
      return `${t.struct.name}(${showSize(t.size)})`;
    case 'bits':
    case 'flags':
      return `${t.kind} ${showType(t.spelled ?? t.word)}`;
    case 'magic':
      return t.forms.map(f => (f.name === '' ? showBytes(f.bytes) : `${f.name} ${showBytes(f.bytes)}`)).join(', ');
    case 'case':
      return `when ${t.on}: ${t.arms.map(arm => `${arm.name} ${showType(arm.type)}`).join(', ')}`;
    case 'check':
      return `${showAlgorithm(t.algorithm)} as ${showType(t.word)} over ${showRange(t.over)}`;
    default:
      return t.kind;
  }
}

export function showSize(size: Size): string {
  switch (size.kind) {
    case 'fixed':
      return String(size.count);
    case 'prefix':
      return showType(size.type);
    case 'rest':
      return '*';
    case 'expr':
      return showExpr(size.expr);
    case 'until':
      return `until ${showBytes(size.bytes)}`;
  }
}

export function showBad(bad: Bad): string {
  if (typeof bad === 'string') return bad;
  return `reply(${bad.message}${bad.value === undefined ? '' : ` ${bad.value}`})`;
}

export function showRange({ from, to }: Range): string {
  return from === to ? from : `${from}..${to}`;
}

/** With brackets around all that is composed. */
export function showExpr(e: Expr, outer = false): string {
  const wrapped = (text: string): string => (outer ? `(${text})` : text);
  switch (e.kind) {
    case 'number':
      return String(e.value);
    case 'string':
      return `'${e.value}'`;
    case 'name':
      return e.path.join('.');
    case 'unary':
      return `${e.op}${showExpr(e.of, true)}`;
    case 'binary':
      return wrapped(`${showExpr(e.left, true)} ${e.op} ${showExpr(e.right, true)}`);
    case 'choice':
      return wrapped(`${showExpr(e.test, true)} ? ${showExpr(e.yes, true)} : ${showExpr(e.no, true)}`);
    case 'call':
      return `${e.name}(${e.args.map(arg => showExpr(arg)).join(', ')})`;
    case 'range':
      return showRange(e);
    default:
      return JSON.stringify(e);
  }
}

export function showAnswer(a: Answer | undefined): string | undefined {
  if (a === undefined) return undefined;
  const given = a.with.map(w => `${w.field}: ${showExpr(w.expr)}`);
  return given.length === 0 ? a.message : `${a.message} { ${given.join(', ')} }`;
}

/** The line with the kinds of its fields; their names do not matter to devices. */
export function showTemplate(parts: NonNullable<Message['template']>, named: boolean): string {
  const shown = ({ name, type }: Field): string =>
    named ? name : showType((type.kind === 'flags' || type.kind === 'bits' ? type.spelled : undefined) ?? type);
  return parts.map(p => ('literal' in p ? p.literal : `{${shown(p.field)}}`)).join('');
}

/** The first name of a sum that has several, whichever the schema calls it by. */
function showAlgorithm(sum: CheckAlgorithm): string {
  const known = checkAlgorithms.find(a => a.function === sum.function);
  return known?.name ?? (sum.parameters === undefined ? sum.name : JSON.stringify(sum.parameters));
}

export function showFragments(f: Fragments | undefined): string | undefined {
  if (f === undefined) return undefined;
  const when = f.when === undefined ? '' : `when ${showExpr(f.when)}, `;
  return `${when}key ${f.key.map(e => showExpr(e)).join(', ')}, index ${showExpr(f.index)}, total ${showExpr(f.total)}, join ${f.join}`;
}

export function showIds(m: Message): string | undefined {
  if (m.sameId) return 'same as the request';
  if (m.textIds !== undefined) return m.textIds.join(', ');
  if (m.masked !== undefined) return `0x${m.masked.equals.toString(16)} under 0x${m.masked.mask.toString(16)}`;
  return m.ids.length === 0 ? undefined : m.ids.map(id => `0x${id.toString(16).padStart(2, '0')}`).join(', ');
}

export function showScale(f: Field): string | undefined {
  const parts: string[] = [];
  if (f.scale !== undefined) {
    const { up, down, offset } = f.scale;
    if (up !== down) parts.push(`× ${up === 1 ? down : `${down}/${up}`}`);
    if (offset !== 0) parts.push(`+ ${offset}`);
  }
  if (f.negative !== undefined) {
    const { field, bit, inverted } = f.negative;
    parts.push(`negative ${inverted ? '!' : ''}${field}.${bit}`);
  }
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** What the encoder computes a bit from. */
export function showBitAuto(auto: Bit['auto']): string | undefined {
  if (auto === undefined) return undefined;
  if (auto.kind === 'size') return `size(${showRange(auto.range)})`;
  return auto.kind === 'given' ? `present(${auto.of})` : `conn.${auto.name}`;
}

export function showAuto(f: Field): string | undefined {
  if (f.auto === undefined) return undefined;
  if (f.auto.kind === 'size') return `size(${showRange(f.auto.range)})`;
  if (f.auto.kind === 'expr') return showExpr(f.auto.expr);
  return f.auto.kind === 'count' ? `count(${f.auto.of})` : f.auto.kind;
}

/** The longest unit that divides it. */
export function showTime(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const)
    if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}
