/** An explanation as text for people and as JSON for programs. */
import { type Direction, printable } from '../../src/codec/index.js';
import { showBytes } from '../schema/byte-literal.js';
import type { Colors, Paint } from '../schema/colors.js';
import { plural } from '../schema/diagnostics.js';
import type { Explained, ExplainedFrame, Mistake, Skipped, WireRow } from './explain.js';
import { hexNumber } from './show-value.js';

/** Bytes in a line. */
const WIDTH = 8;
/** Lines of bytes of one field: what is longer is cut. */
const MOST_LINES = 4;
const BYTES_WIDTH = WIDTH * 3 - 1;

export function printExplained(parts: readonly Explained[], direction: Direction, colors: Colors): string {
  return parts
    .map(part => (part.kind === 'skipped' ? printSkipped(part, colors) : printFrame(part, direction, colors)))
    .join('\n\n');
}

function printSkipped({ at, end, code, text, bytes }: Skipped, colors: Colors): string {
  const head = `${colors.red(`skipped ${plural(end - at, 'byte')} at ${at}`)}: ${text} ${colors.dim(`[${code}]`)}`;
  const lines = byteLines(bytes, end - at).map((line, i) => `${offset(at + i * WIDTH)}  ${colors.dim(line)}`);
  return [head, ...lines].join('\n');
}

function printFrame(frame: ExplainedFrame, direction: Direction, colors: Colors): string {
  const { rows, mistake, warnings } = frame;
  const widest = Math.max(...rows.map(r => labelOf(r).length), 4);
  const lines: string[] = [];
  rows.forEach((row, i) => {
    const isWrong = mistake?.row === i;
    const print = new RowPrinter(row, widest, paintOf(rows, i, colors), colors);
    lines.push(...print.lines(isWrong ? caret(mistake, row, print.indent, colors) : []));
  });
  if (mistake !== undefined && mistake.row === undefined) lines.push(sentence(mistake, colors, true));
  return [
    header(frame, direction, colors),
    ...lines,
    ...warnings.map(w => `${colors.yellow('warning')} ${printable(w)}`),
  ].join('\n');
}

function header(
  { message, id, shape, at, end, mistake }: ExplainedFrame,
  direction: Direction,
  colors: Colors,
): string {
  const paint = mistake === undefined ? colors.green : mistake.kept ? colors.yellow : colors.red;
  const name = message === undefined ? 'a frame' : message;
  const told = typeof id === 'number' ? ` ${hexNumber(id)}` : '';
  const state = mistake === undefined ? '' : mistake.kept ? ', kept as bytes' : ', refused';
  const form = shape === '' ? '' : `, ${shape}`;
  return `${colors.bold(paint(name))}${told}, ${direction}${form}, ${plural(end - at, 'byte')} at ${at}${state}`;
}

/** Neighbours differ in colour; the bits of a field have that of the field. */
function paintOf(rows: readonly WireRow[], i: number, colors: Colors): Paint {
  const cycle = [colors.cyan, colors.green, colors.yellow, colors.magenta, colors.blue];
  const before = rows.slice(0, i + 1).filter(r => !r.isPart).length - 1;
  return cycle[before % cycle.length]!;
}

const labelOf = ({ depth, name }: WireRow): string => `${'  '.repeat(depth)}${printable(name)}`;

class RowPrinter {
  /** What stands before the bytes. */
  readonly indent = 7;
  readonly #row: WireRow;
  readonly #widest: number;
  readonly #paint: Paint;
  readonly #colors: Colors;

  constructor(row: WireRow, widest: number, paint: Paint, colors: Colors) {
    this.#row = row;
    this.#widest = widest;
    this.#paint = paint;
    this.#colors = colors;
  }

  /** @param under what stands under the bytes */
  lines(under: readonly string[]): string[] {
    const { at, end, isPart, name, value, wire, note: told } = this.#row;
    const holdsOthers = at === end && value === '' && told === '';
    const [first = '', ...others] = isPart ? [] : byteLines(this.#row.bytes, end - at);
    const place = isPart || holdsOthers ? ' '.repeat(5) : offset(at);
    const label = labelOf(this.#row).padEnd(this.#widest);
    const notes = [told, ...(wire === undefined ? [] : [`on the wire: ${showBytes(wire)}`])];
    const note = printable(notes.filter(n => n !== '').join(', '));
    const said = [printable(value), note === '' ? '' : this.#colors.dim(`(${note})`)].filter(x => x !== '').join(' ');
    const paint = name === 'not read' || isPart ? this.#colors.dim : this.#paint;
    const head = `${place}  ${paint(first.padEnd(BYTES_WIDTH))}  ${paint(label)}  ${said}`.trimEnd();
    const more = others.map(line => `${' '.repeat(this.indent)}${paint(line)}`);
    return [head, ...more, ...under];
  }
}

/** Carets under the bytes from the mistake on, and what is wrong. */
function caret(mistake: Mistake, row: WireRow, indent: number, colors: Colors): string[] {
  const left = ' '.repeat(indent);
  const said = `${left}${sentence(mistake, colors, mistake.code === 'MISSING' && row.path === '')}`;
  const size = row.bytes.length;
  const isCut = mistake.code === 'TRUNCATED' && mistake.at >= row.end;
  if (size === 0 && !isCut) return [said];
  const last = Math.min(Math.max(1, Math.ceil(size / WIDTH)), MOST_LINES) - 1;
  const shown = Math.min(WIDTH, size - last * WIDTH);
  // In a row of one line, what stands before the mistake is good.
  const good = size <= WIDTH && row.wire === undefined && mistake.at < row.end ? Math.max(0, mistake.at - row.at) : 0;
  const carets = isCut ? `${'   '.repeat(shown)}^` : `${'   '.repeat(good)}${'^^ '.repeat(shown - good).trimEnd()}`;
  return [`${left}${colors.red(carets)}`, said];
}

/** @param isApart it does not stand under the field that it is about */
function sentence({ text, code, field, kept }: Mistake, colors: Colors, isApart: boolean): string {
  const told = isApart && field !== '' ? `${printable(field)}: ` : '';
  return `${colors[kept ? 'yellow' : 'red'](`${told}${text}`)} ${colors.dim(`[${code}]`)}`;
}

/** @param size of those that are hidden, where there are none to show */
function byteLines(bytes: Uint8Array, size: number): string[] {
  const count = bytes.length === 0 ? size : bytes.length;
  const lines: string[] = [];
  for (let i = 0; i < count; i += WIDTH) {
    const some = bytes.subarray(i, i + WIDTH);
    lines.push(some.length > 0 ? showBytes(some) : HIDDEN.slice(0, Math.min(WIDTH, count - i) * 3 - 1));
  }
  if (lines.length <= MOST_LINES) return lines;
  const hidden = count - (MOST_LINES - 1) * WIDTH;
  return [...lines.slice(0, MOST_LINES - 1), `... ${hidden} more bytes`];
}

const HIDDEN = '** '.repeat(WIDTH);

const offset = (n: number): string => String(n).padStart(5);

/** One object for each frame and each run of skipped bytes; bytes and bigints are still in it. */
export function explainedJson(part: Explained): object {
  if (part.kind === 'skipped') {
    const { secret, bytes, ...rest } = part;
    return { ...rest, ...(isHidden(part) ? {} : { bytes }), ...(secret ? { secret } : {}) };
  }
  const { kind, at, end, shape, message, id, rows, mistake, warnings } = part;
  return {
    ...{ kind, at, end },
    ...(shape === '' ? {} : { shape }),
    ...{ ok: mistake === undefined || mistake.kept, message: message ?? null, id: id ?? null },
    rows: rows.map(jsonRow),
    ...(mistake === undefined ? {} : { problem: mistake }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/** Its bytes have been taken away. */
const isHidden = ({ secret, at, end, bytes }: WireRow | Skipped): boolean => secret && end > at && bytes.length === 0;

function jsonRow(row: WireRow): object {
  const { depth, path, name, at, end, bytes, wire, isPart, value, note, decoded, raw, unit, secret } = row;
  return {
    ...{ depth, path, name, at, end },
    ...(isPart || isHidden(row) ? {} : { bytes }),
    ...(wire === undefined ? {} : { wire }),
    ...(secret ? { secret } : {}),
    ...(decoded === undefined ? {} : { value: decoded }),
    ...(raw === undefined ? {} : { raw }),
    ...(unit === undefined ? {} : { unit }),
    ...{ text: value, note },
  };
}
