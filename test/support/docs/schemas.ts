/**
 * Schemas in the documentation. A whole one says `schema`. Of others, what a whole schema needs besides is added behind
 * them, so that the lines of their diagnostics are those of the page:
 *
 *     yaml schema     everything is there
 *     yaml part       keys of the top level
 *     yaml messages   what stands under `messages:`
 *     yaml fields     what stands under `fields:` of a message
 *
 * `file=name` gives it a name that commands on the page can use; `to=name` adds it to a file that was given before.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { type LoadedSchema, loadSchema } from '../../../generator/run/load-schema.js';
import { plain } from '../../../generator/schema/colors.js';
import { type Diagnostic, formatDiagnostics, SchemaError } from '../../../generator/schema/diagnostics.js';
import type { Snippet } from './pages.js';

const BINARY = `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    body: body
`;
const LINES = `frame: { split: { by: line } }
`;

export interface SchemaResult {
  readonly loaded: LoadedSchema | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** As `gw-gen check` prints them. */
  readonly report: string;
}

/** Writes the snippet's schema into `folder` and checks it with its vectors. */
export async function checkSnippet(s: Snippet, folder: string): Promise<SchemaResult> {
  const name = s.options.to ?? s.options.file ?? 'example.wire.yaml';
  const file = join(folder, name);
  if (s.options.to === undefined) writeFileSync(file, wholeSchema(s));
  else appendFileSync(file, s.text);
  let loaded: LoadedSchema | undefined;
  let diagnostics: readonly Diagnostic[];
  try {
    loaded = await loadSchema(file);
    diagnostics = loaded.diagnostics;
  } catch (e) {
    if (!(e instanceof SchemaError)) throw e;
    diagnostics = e.diagnostics;
  }
  const shown = diagnostics.map(d => ({ ...d, file: name }));
  return { loaded, diagnostics, report: `${formatDiagnostics(shown, plain)}\n` };
}

export function wholeSchema(s: Snippet): string {
  const [kind] = s.words;
  if (kind === 'schema') return s.text;
  if (kind === 'part') return completed(s.text);
  if (kind === 'messages') return completed(`messages:\n${indented(s.text, 2)}`);
  if (kind === 'fields')
    return completed(`messages:\n  sample:\n    dir: up\n    id: 0x01\n    fields:\n${indented(s.text, 6)}`);
  throw new Error(`${s.page}:${s.line}: say whether this is a schema, part, messages or fields`);
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

type Tree = { readonly [key: string]: unknown } | undefined;

function completed(text: string): string {
  const tree = (parseDocument(text, { uniqueKeys: false }).toJS() ?? {}) as { readonly [key: string]: Tree };
  const messages = Object.values(tree.messages ?? {}) as Tree[];
  const inLines = tree.frame === undefined ? messages.some(m => m?.text !== undefined) : splitOf(tree.frame) === 'line';
  const added: string[] = [];
  const add = (key: string, part: string): void => {
    if (!Object.hasOwn(tree, key)) added.push(part);
  };
  add('wire', 'wire: 1\n');
  add('protocol', 'protocol: { id: example, version: 1.0.0 }\n');
  if (!Object.hasOwn(tree, 'frames')) add('frame', inLines ? LINES : BINARY);
  const sample = inLines ? '{ dir: up, text: "{line}", fields: { line: rest } }' : '{ dir: up, id: 0x01 }';
  add('messages', `messages: { sample: ${sample} }\n`);
  if (!messages.some(m => m?.auth !== undefined)) add('session', 'session: { auth: none }\n');
  return text + added.join('');
}

function splitOf(frame: Tree): unknown {
  return (frame?.split as Tree)?.by;
}
