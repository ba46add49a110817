/**
 * What is wrong with a schema, where, and what to try. All problems of a file are collected and shown at once, sorted by
 * place, so that one run is enough to mend it.
 */
import type { Colors } from './colors.js';

/** Every code has a heading in docs/reference/diagnostics.md. */
export const diagnosticCodes = {
  YAML: 'the file is no valid YAML',
  SHAPE: 'a part of the schema has the wrong shape',
  MISSING_KEY: 'a required key is missing',
  UNKNOWN_KEY: 'a key is misspelt or does not belong here',
  UNQUOTED_BYTES: 'bytes were written without quotes',
  BAD_BYTES: 'a byte literal cannot be read',
  BAD_TYPE: 'a type cannot be read',
  UNKNOWN_TYPE: 'no type has this name',
  UNKNOWN_NAME: 'no element, enumeration or flag set has this name',
  BAD_NAME: 'a name cannot be used in generated code',
  DUPLICATE_NAME: 'a name is declared twice in its scope',
  DUPLICATE_ID: 'two messages cannot be told apart',
  ID_WIDTH: 'an id does not fit its element',
  BAD_RANGE: 'a range of elements names nothing or runs backwards',
  SELF_CHECK: 'a checksum covers itself',
  VARIABLE_BEFORE_SIZE: 'the size stands after data of unknown size',
  REST_NOT_LAST: 'data that takes all the rest is followed by more',
  BITS_FILL: 'bits do not fill their number',
  LATE_NAME: 'an expression uses what is decoded later',
  BAD_EXPRESSION: 'an expression cannot be read',
  ANSWER_LACKS: 'nothing tells the value of a field of an answer that nobody can add to',
  BAD_OPERAND: 'an expression computes with what is no number, or compares text with what is none',
  NOT_INVERTIBLE: 'a value can be read but not written',
  SIZE_WIDTH: 'a size counts less than its data can be',
  NO_MESSAGE: 'no message of that name and direction exists',
  BAD_VALUE: 'a value is out of place',
  RECURSIVE: 'a type contains itself',
  UNSUPPORTED: 'this version cannot do that yet',
  LOSSY_SCALE: 'a range does not fit its scaled type',
  UNUSED_BITS: 'bits without a meaning are a member of the value',
  NO_LOGIN: 'no message logs in',
  SECRET_IDENTITY: 'a secret becomes a uid, which is shown',
  VECTOR: 'a vector does not hold',
} as const;

export type DiagnosticCode = keyof typeof diagnosticCodes;
export type Severity = 'error' | 'warning';

export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** How many characters the caret underlines. */
  readonly length: number;
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
  /** The line of the source. */
  readonly source: string;
}

export const MAX_SHOWN = 20;

/** `file:line:column severity message [CODE]`, the line with a caret, and the hint. */
export function formatDiagnostic(d: Diagnostic, colors: Colors): string {
  const tint = d.severity === 'error' ? colors.red : colors.yellow;
  const gutter = String(d.line);
  const { text, column, length } = excerpt(d);
  const caret = ' '.repeat(column - 1) + '^'.repeat(length);
  const lines = [
    `${colors.bold(`${d.file}:${d.line}:${d.column}`)} ${tint(d.severity)} ${d.message} ${colors.dim(`[${d.code}]`)}`,
    `${colors.dim(`${gutter} |`)} ${text}`,
    `${colors.dim(`${' '.repeat(gutter.length)} |`)} ${tint(caret)}`,
  ];
  if (d.hint !== undefined) lines.push(`  hint: ${d.hint}`);
  return lines.join('\n');
}

/** Characters of the longest line that is shown as a whole. */
const WIDEST = 200;
const BEFORE = 60;

/** The line, or of a long one what stands around the mistake. */
function excerpt({ source, column, length }: Diagnostic): { text: string; column: number; length: number } {
  if (source.length <= WIDEST) return { text: source, column, length: Math.max(1, length) };
  const from = Math.max(0, column - 1 - BEFORE);
  const [before, after] = [from > 0 ? '...' : '', from + WIDEST < source.length ? '...' : ''];
  const at = column - from + before.length;
  const text = `${before}${source.slice(from, from + WIDEST)}${after}`;
  return { text, column: at, length: Math.max(1, Math.min(length, text.length - after.length - at + 1)) };
}

/** The whole report: at most {@link MAX_SHOWN} diagnostics and a line that counts them. */
export function formatDiagnostics(all: readonly Diagnostic[], colors: Colors): string {
  const parts = all.slice(0, MAX_SHOWN).map(d => formatDiagnostic(d, colors));
  if (all.length > MAX_SHOWN) parts.push(`${all.length - MAX_SHOWN} more not shown`);
  if (all.length > 0) parts.push(countLine(all));
  return parts.join('\n\n');
}

function countLine(all: readonly Diagnostic[]): string {
  const errors = all.filter(d => d.severity === 'error').length;
  const warnings = all.length - errors;
  const parts: string[] = [];
  if (errors > 0) parts.push(plural(errors, 'error'));
  if (warnings > 0) parts.push(plural(warnings, 'warning'));
  return parts.join(', ');
}

export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** By place in the file; errors before warnings at the same place. */
export function sortDiagnostics(all: Diagnostic[]): Diagnostic[] {
  return all.sort(
    (a, b) =>
      a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity) || a.code.localeCompare(b.code),
  );
}

/** The schema cannot be used; carries all diagnostics. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(`${diagnostics[0]?.file ?? 'schema'}: ${countLine(diagnostics)}`);
    this.diagnostics = diagnostics;
  }
}
