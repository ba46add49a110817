/**
 * Type expressions as they stand in a schema: `u16`, `str(u8)`, `Entity(varint)`, `sized(u16 T)(n)`,
 * `time(u8 yyMMddHHmmss)`. Only their form is read here; names are resolved against the schema by the model.
 */

export interface TypeText {
  readonly name: string;
  /** One entry per pair of brackets, each a list of words; an expression is one word. */
  readonly lists: readonly (readonly string[])[];
}

/** The parts of a type, or what is wrong with it. */
export function parseTypeText(text: string): TypeText | string {
  const head = /^\s*([A-Za-z_][\w]*)/.exec(text);
  if (head === null) return 'a type begins with its name';
  const lists: string[][] = [];
  let i = head[0].length;
  while (i < text.length) {
    if (/\s/.test(text[i]!)) {
      i++;
      continue;
    }
    if (text[i] !== '(') return `unexpected "${text.slice(i)}" after "${text.slice(0, i)}"`;
    const close = closing(text, i);
    if (close < 0) return 'a bracket is not closed';
    lists.push(words(text.slice(i + 1, close)));
    i = close + 1;
  }
  return { name: head[1]!, lists };
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** Splits at spaces outside brackets and operators: `w u8` is two words, `len - 4` is one. */
function words(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const parts = trimmed.split(/\s+/);
  const isOperator = (s: string | undefined): boolean =>
    s !== undefined && /^(?:[-+*/%&|^<>?:]|==|!=|<=|>=|<<|>>|&&|\|\|)$/.test(s);
  const out: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (out.length > 0 && (isOperator(parts[i]) || isOperator(parts[i - 1]))) out[out.length - 1] += ` ${parts[i]}`;
    else out.push(parts[i]!);
  }
  return out;
}
