/**
 * What a YAML parser complains of, in the words of somebody who has written a schema. A parser goes on behind a mistake and
 * stumbles over what follows from it: of each line only its first complaint is told, and none that the one before has caused.
 */

/** A complaint of the parser; `pos` are offsets of its first and behind its last character. */
interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

export interface YamlProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
}

/** Mistakes in one value: whatever stands elsewhere is still read as it was meant. */
const HARMLESS = [
  'BAD_SCALAR_START',
  'BAD_DQ_ESCAPE',
  'BAD_ALIAS',
  'TAB_AS_INDENT',
  'MULTIPLE_ANCHORS',
  'MULTIPLE_TAGS',
];

export function yamlProblems(complaints: readonly Complaint[], text: string): YamlProblem[] {
  const found: YamlProblem[] = [];
  let lastLine = -1;
  for (const complaint of complaints) {
    const line = lineStart(text, complaint.pos[0]);
    if (line === lastLine) continue;
    lastLine = line;
    found.push(explain(complaint, text));
    if (!HARMLESS.includes(complaint.code)) break;
  }
  return found;
}

function explain(complaint: Complaint, text: string): YamlProblem {
  const [start, end] = complaint.pos;
  const said = (complaint.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  const here = { start, end };
  const line = text.slice(lineStart(text, start), lineEnd(text, start));
  const rest = text.slice(start, lineEnd(text, start));
  // The parser calls itself for each pair of brackets.
  if (/^Maximum call stack/.test(said)) return { ...here, end: start + 1, message: 'this is nested too deeply' };
  switch (complaint.code) {
    case 'MULTIPLE_DOCS':
      return { ...here, message: 'the file holds more than one document', hint: 'one schema in a file, without "---"' };
    case 'TAB_AS_INDENT':
      return { ...here, message: 'a tab cannot indent a line', hint: 'indent with spaces' };
    case 'BAD_SCALAR_START':
      return { ...here, message: `a text that begins with "${rest.charAt(0)}" needs quotes`, hint: quoted(rest) };
    case 'BAD_ALIAS':
      return { ...here, message: '"*" names an anchor, and none is named', hint: 'quote it if the character is meant' };
    case 'BAD_INDENT':
      return /end with a [}\]]/.test(said) ? unclosed(text, start, said) : badIndent(text, start);
    case 'MISSING_CHAR':
      if (/^Missing closing/.test(said))
        return {
          ...here,
          message: 'a quoted text is not closed',
          hint: `its ${said.at(-6) === '"' ? '"' : "'"} has no other one`,
        };
      if (/end with a [}\]]/.test(said)) return unclosed(text, start, said);
      return { ...here, ...pair(rest, said) };
    case 'BLOCK_IN_FLOW':
      return {
        ...here,
        message: 'a comma is missing between two keys',
        hint: 'inside of { } keys stand with commas between them',
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { ...here, ...nested(text, start, line, rest, said) };
    case 'UNEXPECTED_TOKEN':
      return { ...here, ...unexpected(text, start, rest) };
    default:
      return { ...here, message: said };
  }
}

type Words = Pick<YamlProblem, 'message' | 'hint'>;

/** `x u8`, `x:u8`, `x = u8`: something that should have been a key and its value. */
function pair(rest: string, said: string): Words {
  const word = rest.trim();
  const m = /^([\w-]+)\s*(?::|=|\s)\s*(\S.*)$/.exec(word);
  if (m === null) return { message: word === '' ? said : `"${word}" is a key without a value`, hint: `${word}: value` };
  return {
    message: `"${word}" is not a key and a value`,
    hint: `a colon and a space stand between them: ${m[1]}: ${m[2]}`,
  };
}

/** A second `: ` in one line, or a line that is indented below one that has a value already. */
function nested(text: string, start: number, line: string, rest: string, said: string): Words {
  if (/^-(\s|$)/.test(rest.trim()) || /sequence/.test(said))
    return { message: 'an item of a list stands among keys', hint: 'keys stand without dashes: name: value' };
  const key = /^\s*(?:- )?([^:\s]+):/.exec(line)?.[1];
  if (/:\s/.test(rest)) {
    const value = rest.trim();
    return { message: `a text with ": " in it needs quotes`, hint: `${key ?? 'doc'}: ${JSON.stringify(value)}` };
  }
  const below = /^\s*([^:\s]+):/.exec(nextLine(text, start))?.[1];
  if (key === undefined || below === undefined) return { message: said };
  return {
    message: `"${below}" is indented deeper than "${key}", which has a value of its own`,
    hint: `indent "${below}" as far as "${key}", or ${key} as the lines below it`,
  };
}

function unexpected(text: string, start: number, rest: string): Words {
  const before = /([A-Za-z_]\w*)$/.exec(text.slice(lineStart(text, start), start))?.[1];
  const size = /^\[([^\]]*)\]/.exec(rest);
  if (size !== null && before !== undefined)
    return {
      message: `"[" cannot follow "${before}"`,
      hint: `the size of a type stands in round brackets: ${before}(${size[1] || '*'})`,
    };
  if (/^[}\]]/.test(rest))
    return {
      message: `one "${rest.charAt(0)}" too many`,
      hint: `take it out, or look for a "${rest.charAt(0) === '}' ? '{' : '['}" that is missing`,
    };
  const near = rest.trim().slice(0, 20);
  return { message: `"${near}" cannot stand here`, hint: 'a comma, a quote or a line break may be missing before it' };
}

/** The bracket that has no other one, which is rarely where the parser notices. */
function unclosed(text: string, at: number, said: string): YamlProblem {
  const [open, close] = said.endsWith(']') ? ['[', ']'] : ['{', '}'];
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (text[i] === close) depth++;
    else if (text[i] === open && depth-- === 0)
      return {
        start: i,
        end: i + 1,
        message: `this "${open}" is not closed`,
        hint: `a "${close}" is missing at its end`,
      };
  }
  return { start: at, end: at + 1, message: `a "${close}" is missing` };
}

/** A line between two depths: it belongs to no map above it. */
function badIndent(text: string, at: number): YamlProblem {
  const from = lineStart(text, at);
  const line = text.slice(from, lineEnd(text, at));
  const depth = indentOf(line);
  const key = /^\s*([^:\s]+)/.exec(line)?.[1] ?? '';
  const above = linesAbove(text, from).map(indentOf);
  const nearest = [...new Set(above)].sort((a, b) => Math.abs(a - depth) - Math.abs(b - depth));
  const fits =
    depth > (above[0] ?? 0)
      ? `${above[0] ?? 0}`
      : nearest
          .slice(0, 2)
          .sort((a, b) => a - b)
          .join(' or ');
  return {
    start: from + depth,
    end: from + depth + key.length,
    message: `"${key}" is indented by ${depth}, which fits no line above it`,
    hint: `${fits} spaces`,
  };
}

/** The lines above, from the nearest up to the one that is indented least. */
function linesAbove(text: string, from: number): string[] {
  const lines = text
    .slice(0, from)
    .split('\n')
    .reverse()
    .filter(l => /\S/.test(l) && !/^\s*#/.test(l));
  const top = lines.findIndex(l => indentOf(l) === 0);
  return top < 0 ? lines : lines.slice(0, top);
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function nextLine(text: string, at: number): string {
  const next = text.slice(lineEnd(text, at) + 1).split('\n');
  return next.find(l => /\S/.test(l)) ?? '';
}

/** What stands there up to the next key, in quotes. */
function quoted(rest: string): string {
  return JSON.stringify((/^[^,}\]]*/.exec(rest)?.[0] ?? rest).trim());
}
