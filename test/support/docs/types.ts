/**
 * TypeScript in the documentation, checked in one program. The word behind `ts` says where the code would stand:
 *
 *     ts chat       next to the generated chat          ts app       next to an app file
 *     ts tracker    next to the generated gt06          ts arena     next to the generated game
 *
 * A snippet without imports gets those of an events module; one without exports is the body of a handler.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root, type Snippet, whereIs } from './pages.js';

const places: Readonly<Record<string, { readonly folder: string; readonly protocol: string }>> = {
  chat: { folder: 'examples/telnet-chat/chat', protocol: 'Chat' },
  tracker: { folder: 'examples/tracker/gt06', protocol: 'Gt06' },
  arena: { folder: 'test/fixtures/generated/game', protocol: 'Arena' },
  app: { folder: 'examples/telnet-chat', protocol: '' },
};

const VALUES = ['accept', 'refuse', 'FramegateError', 'RequestRefused', 'closeReasons'];
const TYPES = 'AuthResult Client CloseReason ErrorContext MessageEvent UnknownMessage Worker'.split(' ');

/**
 * What the compiler says, one line each; empty when all is well.
 * @param generated files that come along: path from the top of the repository -> text
 */
export function typeCheck(snippets: readonly Snippet[], generated: ReadonlyMap<string, string>): string[] {
  const more = new Map([...generated].map(([path, text]) => [join(root, path), text]));
  const textOf = (name: string): string | undefined => files.get(name)?.text ?? more.get(name);
  const files = new Map<string, { readonly text: string; readonly snippet: Snippet; readonly added: number }>();
  for (const [i, snippet] of snippets.entries()) {
    const place = places[snippet.words[0] ?? ''];
    if (place === undefined) throw new Error(`${whereIs(snippet)}: say where this TypeScript would stand`);
    const { text, added } = moduleOf(snippet, place);
    files.set(join(root, place.folder, `docs-snippet-${i}.ts`), { text, snippet, added });
  }
  const config = ts.readConfigFile(join(root, 'tsconfig.test.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, { ...ts.sys, readDirectory: () => [] }, root);
  Object.assign(options, { noEmit: true, noUnusedLocals: false, noUnusedParameters: false });
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = name => textOf(name) ?? readFile(name);
  host.fileExists = name => textOf(name) !== undefined || fileExists(name);
  const folders = new Set([...files.keys(), ...more.keys()].map(dirname));
  const directoryExists = host.directoryExists?.bind(host);
  host.directoryExists = name => folders.has(name) || (directoryExists?.(name) ?? true);
  const { getSourceFile } = host;
  host.getSourceFile = (name, target, ...rest) => {
    const text = textOf(name);
    return text === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([...files.keys(), ...more.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(d => {
    const file = files.get(d.file?.fileName ?? '');
    const text = ts.flattenDiagnosticMessageText(d.messageText, ' ');
    if (file === undefined) return `${relative(root, d.file?.fileName ?? root)}: ${text}`;
    const line = d.file!.getLineAndCharacterOfPosition(d.start ?? 0).line - file.added + 1;
    return `${file.snippet.page}:${file.snippet.line + line}: ${text}`;
  });
}

function moduleOf(s: Snippet, place: { folder: string; protocol: string }): { text: string; added: number } {
  if (/^import /m.test(s.text)) return { text: s.text, added: 0 };
  const { protocol } = place;
  let head = `import { ${VALUES.join(', ')}, ${TYPES.map(n => `type ${n}`).join(', ')} } from 'framegate';\n`;
  if (protocol !== '') {
    const types = readFileSync(join(root, place.folder, 'types.ts'), 'utf8');
    const names = [...types.matchAll(/^export (?:interface|type) (\w+)/gm)].map(m => m[1]);
    head += `import type { ${[...new Set(names)].join(', ')} } from './types.js';\n`;
  }
  if (/^export /m.test(s.text)) return { text: head + s.text, added: 2 };
  head += `export async function example(client: Client<${protocol}>, event: MessageEvent<${protocol}>, worker: Worker<${protocol}>) {\n`;
  return { text: `${head}${s.text}}\n`, added: 3 };
}

/** Code that is copied from a file must be found there. */
export function copiedFrom(s: Snippet): boolean {
  const source = readFileSync(join(root, s.options.from!), 'utf8');
  return source.includes(s.text);
}
