/** Lines of generated code, with their indentation. */
export class Code {
  readonly #lines: string[] = [];
  #depth = 0;

  line(text = ''): this {
    this.#lines.push(text === '' ? '' : '  '.repeat(this.#depth) + text);
    return this;
  }

  /** `head {`, the lines that `body` adds, `}`. */
  block(head: string, body: () => void, tail = '}'): this {
    this.line(head === '' ? '{' : `${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    return this.line(tail);
  }

  /** A call or literal over several lines when it does not fit one. */
  wrapped(head: string, items: readonly string[], tail: string): this {
    const flat = `${head} ${items.join(', ')} ${tail}`.replace('[ ]', '[]').replace('{ }', '{}');
    if (flat.length + this.#depth * 2 <= 118) return this.line(flat);
    this.line(head);
    this.#depth++;
    for (const item of items) this.line(`${item},`);
    this.#depth--;
    return this.line(tail);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** A string literal in single quotes. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\'\n\r\t]/g, c => ({ '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c]!)}'`;
}

/** Text inside a comment: on one line, and nothing that ends it. */
export function comment(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('*/', '*\\/');
}

/** `0x0d`. */
export function byteHex(n: number): string {
  return `0x${n.toString(16).padStart(2, '0')}`;
}
