/** The pages of the documentation, taken apart: fenced snippets, headings, links. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: tests run from dist/test. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Snippet {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly lang: string;
  /** Words of the info string behind the language. */
  readonly words: readonly string[];
  /** `key=value` words of the info string. */
  readonly options: Readonly<Record<string, string>>;
  readonly text: string;
  /** The last heading before it. */
  readonly heading: string;
}

export interface Page {
  /** Path from the top of the repository. */
  readonly path: string;
  readonly text: string;
  readonly snippets: readonly Snippet[];
  readonly headings: readonly { readonly level: number; readonly text: string }[];
  /** Targets as written, with their lines. */
  readonly links: readonly { readonly line: number; readonly target: string }[];
}

export function loadPages(): Page[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(f => join('docs', f));
  const examples = readdirSync(join(root, 'examples')).map(f => join('examples', f, 'README.md'));
  return ['README.md', 'CHANGELOG.md', ...[...docs, ...examples].filter(f => f.endsWith('.md')).sort()].map(parsePage);
}

function parsePage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const snippets: Snippet[] = [];
  const headings: { level: number; text: string }[] = [];
  const links: { line: number; target: string }[] = [];
  let open: { line: number; info: string; body: string[] } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('```')) {
      if (open === undefined) open = { line: i + 1, info: line.slice(3), body: [] };
      else {
        snippets.push(snippetOf(path, open, headings.at(-1)?.text ?? ''));
        open = undefined;
      }
      continue;
    }
    if (open !== undefined) {
      open.body.push(line);
      continue;
    }
    const heading = /^(#+) (.*)$/.exec(line);
    if (heading !== null) headings.push({ level: heading[1]!.length, text: heading[2]! });
    const prose = line.replaceAll(/`[^`]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ line: i + 1, target: target! });
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the snippet is not closed`);
  return { path, text, snippets, headings, links };
}

function snippetOf(page: string, open: { line: number; info: string; body: string[] }, heading: string): Snippet {
  const [lang = '', ...rest] = open.info.trim().split(/\s+/);
  const options: Record<string, string> = {};
  const words: string[] = [];
  for (const word of rest) {
    const at = word.indexOf('=');
    if (at < 0) words.push(word);
    else options[word.slice(0, at)] = word.slice(at + 1);
  }
  return { page, line: open.line, lang, words, options, text: open.body.map(l => `${l}\n`).join(''), heading };
}

/** `page:line`, for messages. */
export function whereIs(s: Snippet): string {
  return `${s.page}:${s.line}`;
}

/** What a heading's link ends with on GitHub. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The text of the section under a heading, up to the next heading of the same or a higher level. */
export function section(page: Page, heading: string): string {
  const lines = page.text.split('\n');
  let fenced = false;
  let level = 0;
  const out: string[] = [];
  for (const line of lines) {
    if (line.startsWith('```')) fenced = !fenced;
    const found = fenced ? null : /^(#+) (.*)$/.exec(line);
    if (found !== null && level > 0 && found[1]!.length <= level) break;
    if (level > 0) out.push(line);
    if (found !== null && level === 0 && found[2] === heading) level = found[1]!.length;
  }
  if (level === 0) throw new Error(`${page.path} has no heading "${heading}"`);
  return out.join('\n');
}

/** The file that a relative link leads to, and its anchor. */
export function linkTarget(page: Page, target: string): { readonly file: string; readonly anchor: string } {
  const [path = '', anchor = ''] = target.split('#');
  return { file: path === '' ? page.path : normalize(join(dirname(page.path), path)), anchor };
}
