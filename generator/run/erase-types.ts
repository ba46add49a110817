/**
 * Emitted code without its types, to be run at once. A compiler reads any TypeScript, and takes longer for a large codec than all
 * else that `gw-gen` does; what the emitters print has few forms, each on a line of its own:
 *
 *     import { u16be, type Writer } from ...     function read(b: Uint8Array, o: number): A | undefined {
 *     interface A { ... }                        let a: number | undefined;   const list: A[] = [];
 *     } as const;                                message<A, B>({              b[o]!
 */

/** Types in a form that is not known here stay, and the code does not compile. */
export function eraseTypes(code: string): string {
  const lines = code.split('\n');
  let isType = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (isType || TYPE.test(line)) {
      // A declaration ends where a line ends it at the left margin, or is that line.
      isType = isType ? line !== '}' : !/[;}]$/.test(line);
      lines[i] = '';
      continue;
    }
    lines[i] = eraseLine(line);
  }
  return lines.join('\n');
}

const TYPE = /^(?:export )?(?:interface|type) |^import type /;
const FUNCTION = /^\s*(?:export )?function \w+\(/;
const DECLARED = /^(\s*(?:export )?(?:let|const) \w+): /;
const COMMENT = /^ *[/*]/;
const PATTERN = /^const \w+ = \/[^*]/;
/** Most lines: statements that declare nothing, without a mark. */
const STATEMENT = /^ *(?:if|return|put|o =|case|w\.|write|b\[)[^!]*$/;

function eraseLine(line: string): string {
  if (STATEMENT.test(line) || COMMENT.test(line)) return line;
  if (line.startsWith('  type ')) return '';
  if (line.startsWith('import { type ')) return line.replaceAll(/\btype \w+(?: as \w+)?,? ?/g, '');
  const head = FUNCTION.exec(line)?.[0];
  if (head !== undefined) return eraseSignature(line, head.length);
  if (PATTERN.test(line)) return line;
  const declared = DECLARED.exec(line);
  let plain = line;
  if (declared !== null) {
    const end = typeEnd(line, declared[0].length, '=;');
    plain = declared[1]! + (line[end] === '=' ? ' ' : '') + line.slice(end);
  }
  if (plain.includes('<')) plain = plain.replace(/\b(message|defineProtocol)<[^>()]*>\(/, '$1(');
  if (plain.endsWith(' as const;')) plain = `${plain.slice(0, -' as const;'.length)};`;
  return plain.includes('!') ? eraseMarks(plain) : plain;
}

/** `name(a: A, b?: B, c = 1): C {` from the first parameter on. */
function eraseSignature(line: string, from: number): string {
  let plain = line.slice(0, from);
  let at = from;
  while (line[at] !== ')') {
    const name = /\w+/y;
    name.lastIndex = at;
    const found = name.exec(line)?.[0];
    if (found === undefined) return line;
    const end = typeEnd(line, at, ',)');
    plain += found + (/ = .+$/.exec(line.slice(at, end))?.[0] ?? '');
    at = end;
    if (line[at] === ',') {
      plain += ', ';
      at += 2;
    }
  }
  return line.endsWith('{') ? `${plain}) {` : line;
}

/** Where a type ends: at the first of `ends` that stands in no brackets. */
function typeEnd(line: string, from: number, ends: string): number {
  let depth = 0;
  for (let at = from; at < line.length; at++) {
    const c = line[at]!;
    if (depth === 0 && ends.includes(c)) return at;
    if ('<({['.includes(c)) depth++;
    else if ('>)}]'.includes(c) && line[at - 1] !== '=') depth--;
  }
  return line.length;
}

/** `a!` is `a`, but not in text: `${a!}!` has one of each. */
function eraseMarks(line: string): string {
  let plain = '';
  let from = 0;
  // What the place stands in, the innermost last: text, or code in braces.
  const inside: ('`' | '{')[] = [];
  for (let at = 0; at < line.length; at++) {
    const c = line[at]!;
    if (inside.at(-1) === '`') {
      if (c === '\\') at++;
      else if (c === '`') inside.pop();
      else if (c === '$' && line[at + 1] === '{') {
        inside.push('{');
        at++;
      }
    } else if (c === "'") at = endOfText(line, at);
    else if (c === '`' || c === '{') inside.push(c);
    else if (c === '}') inside.pop();
    else if (c === '!' && line[at + 1] !== '=' && at > 0 && /[\w\])]/.test(line[at - 1]!)) {
      plain += line.slice(from, at);
      from = at + 1;
    }
  }
  return plain + line.slice(from);
}

/** Where the text ends that a quote begins. */
function endOfText(line: string, quote: number): number {
  let at = quote + 1;
  while (at < line.length && line[at] !== "'") at += line[at] === '\\' ? 2 : 1;
  return at;
}
