/** Tables on a terminal: aligned columns, no lines. What stands in them may come from clients, so it is made safe to show. */
import { printable } from '../../codec/index.js';

export interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

/** Characters of a cell. */
const WIDEST = 64;

/** @example tableText([{ name: 'uid', of: r => r.uid }], rows) // 'UID\nann\nbob' */
export function tableText<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map(row => columns.map(column => cell(column.of(row))));
  const widths = columns.map(({ name }, i) => Math.max(name.length, ...cells.map(line => line[i]!.length)));
  const print = (line: readonly string[]): string =>
    line
      .map((text, i) => (columns[i]!.right === true ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [columns.map(c => c.name.toUpperCase()), ...cells].map(print).join('\n');
}

function cell(text: string): string {
  const safe = printable(text);
  return safe.length <= WIDEST ? safe : `${safe.slice(0, WIDEST - 3)}...`;
}
