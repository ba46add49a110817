/** A schema file: its text, its YAML nodes, and the diagnostics that pile up while it is read. */
import { createHash } from 'node:crypto';
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Diagnostic, type DiagnosticCode, type Severity, sortDiagnostics } from './diagnostics.js';
import { yamlProblems } from './yaml-problems.js';

export type { Node, Pair, Scalar, YAMLMap, YAMLSeq };
export { isMap, isScalar, isSeq };

/** A place in the file: offsets of its first and behind its last character. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export class SchemaSource {
  /** As the user named it; printed in diagnostics and headers. */
  readonly file: string;
  readonly text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #found: Diagnostic[] = [];
  readonly #places = new WeakMap<object, Place>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, intAsBigInt: false, uniqueKeys: false });
    for (const { message, hint, ...place } of yamlProblems(this.#document.errors, text))
      this.report('error', 'YAML', place, message, hint);
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.source !== '' && alias.resolve(this.#document) === undefined)
          this.error('YAML', alias, `no anchor "${alias.source}" stands before this alias`);
      },
    });
  }

  /** First 16 hexadecimal digits of the SHA-256 of the text, whatever its line ends: a checkout may have changed them. */
  get hash(): string {
    return createHash('sha256').update(this.text.replaceAll('\r\n', '\n')).digest('hex').slice(0, 16);
  }

  /** The top of the document, with aliases left unresolved. */
  get root(): Node | null {
    return this.#document.contents;
  }

  /** What an alias stands for; the node itself if it is none. */
  resolve(node: Node | null | undefined): Node | undefined {
    if (node === null || node === undefined) return undefined;
    return isAlias(node) ? (node.resolve(this.#document) as Node | undefined) : node;
  }

  get diagnostics(): readonly Diagnostic[] {
    return sortDiagnostics(this.#found);
  }

  /** How many have been reported so far. */
  get count(): number {
    return this.#found.length;
  }

  get hasErrors(): boolean {
    return this.#found.some(d => d.severity === 'error');
  }

  place(node: Node | Pair | null | undefined): Place {
    if (isPair(node)) return this.place(node.key as Node);
    const range = node?.range;
    return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 };
  }

  /** Remembers where something stands that was read from `node`. */
  keepPlace<T extends object>(read: T, node: Node | Pair | null | undefined): T {
    this.#places.set(read, this.place(node));
    return read;
  }

  /** Where something stands that was read before, if that is known. */
  placeOfRead(read: object): Place | undefined {
    return this.#places.get(read);
  }

  /** `line:column`, from 1. */
  lineColumn(place: Place): string {
    const { line, col } = this.#lines.linePos(place.start);
    return `${line}:${col}`;
  }

  report(severity: Severity, code: DiagnosticCode, place: Place, message: string, hint?: string): void {
    const { line, col } = this.#lines.linePos(place.start);
    if (this.#found.some(d => d.line === line && d.column === col && d.message === message)) return;
    const source = this.text.split('\n')[line - 1] ?? '';
    this.#found.push({
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      length: Math.max(1, Math.min(place.end - place.start, source.length - col + 1)),
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      source: source.replace(/\r$/, ''),
    });
  }

  error(code: DiagnosticCode, at: Node | Pair | Place | null | undefined, message: string, hint?: string): void {
    this.report('error', code, isPlace(at) ? at : this.place(at), message, hint);
  }

  warning(code: DiagnosticCode, at: Node | Pair | Place | null | undefined, message: string, hint?: string): void {
    this.report('warning', code, isPlace(at) ? at : this.place(at), message, hint);
  }
}

function isPlace(at: unknown): at is Place {
  return typeof at === 'object' && at !== null && 'start' in at && 'end' in at;
}
