/**
 * The documentation tells the truth: every snippet is compiled, run or replayed, every link leads somewhere, and the
 * catalogues of the code and the pages agree in both directions. What the info string of a snippet says is described where
 * each kind is handled, in test/support/docs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { gwGen } from '../generator/cli/program.js';
import { Names } from '../generator/emit/names.js';
import { renderProtocol } from '../generator/emit/render.js';
import { checkAlgorithms } from '../generator/model/check-algorithms.js';
import { resolveSchema } from '../generator/model/resolve.js';
import { diagnosticCodes } from '../generator/schema/diagnostics.js';
import * as keys from '../generator/schema/keys.js';
import { problemCodes } from '../src/codec/index.js';
import { defaultLimits } from '../src/gateway/limits.js';
import { closeReasons, errorCodes, startAll } from '../src/index.js';
import { linkTarget, loadPages, type Page, root, type Snippet, section, slug, whereIs } from './support/docs/pages.js';
import { checkSnippet, wholeSchema } from './support/docs/schemas.js';
import { commandsIn, Shell, settled } from './support/docs/shell.js';
import { play } from './support/docs/transcript.js';
import { copiedFrom, typeCheck } from './support/docs/types.js';
import { LineClient } from './support/line-client.js';
import { until } from './support/wait.js';

const pages = loadPages();
const snippets = pages.flatMap(p => p.snippets);
const page = (path: string): Page => {
  const found = pages.find(p => p.path === path);
  if (found === undefined) throw new Error(`there is no page ${path}`);
  return found;
};

/** Commands that need a registry, a terminal, a second program or a build of this very repository. */
const NOT_RUN = [
  /^npm (?:ci|install|test|start|run \S+)(?: && npm (?:start|test))?$/,
  /^npm run (?:bench|build|cluster|simulate|soak)/,
  /^cd \S+$/,
  /^(?:telnet|nc) 127\.0\.0\.1 \d+$/,
  /^npx gw-gen init \.\.\/my-app /,
  /^\(echo .*\| nc 127\.0\.0\.1 8282$/,
  /^kill -9 /,
  /^xxd -p /,
];

t.test('every snippet is of a kind that is checked', async t => {
  const known: Readonly<Record<string, (s: Snippet) => boolean>> = {
    yaml: s => ['schema', 'part', 'messages', 'fields'].includes(s.words[0] ?? ''),
    ts: s => s.words.length === 1 || s.options.from !== undefined,
    sh: () => true,
    console: () => true,
    text: s => ['transcript', 'check', 'stdout', 'diagram'].includes(s.words[0] ?? ''),
  };
  for (const s of snippets) t.ok(known[s.lang]?.(s), `${whereIs(s)}: ${s.lang} ${s.words.join(' ')}`);
});

t.test('links lead somewhere', async t => {
  for (const p of pages) {
    const wrong = p.links
      .filter(({ target }) => !/^https?:/.test(target))
      .filter(({ target }) => {
        const { file, anchor } = linkTarget(p, target);
        if (!existsSync(join(root, file))) return true;
        return anchor !== '' && !pages.find(q => q.path === file)?.headings.some(h => slug(h.text) === anchor);
      });
    t.same(wrong, [], p.path);
  }
  const linked = new Set(pages.flatMap(p => p.links.map(l => linkTarget(p, l.target).file)));
  t.same(
    pages.map(p => p.path).filter(path => !linked.has(path) && !/^(?:README|CHANGELOG)/.test(path)),
    [],
    'every page is linked',
  );
});

t.test('the code in TypeScript compiles, and what the schemas generate too', async t => {
  const all = snippets.filter(s => s.lang === 'ts');
  t.same(
    typeCheck(
      all.filter(s => s.options.from === undefined && s.words[0] !== 'generated'),
      generatedCode(),
    ),
    [],
  );
  for (const s of all.filter(s => s.options.from !== undefined)) t.ok(copiedFrom(s), `${whereIs(s)} is a copy`);
});

t.test('pages', { jobs: 4 }, async t => {
  for (const p of pages) {
    if (p.snippets.length === 0) continue;
    t.test(p.path, async t => {
      const shell = new Shell();
      t.teardown(() => shell.close());
      await checkPage(t, p, shell);
    });
  }
});

async function checkPage(t: Test, p: Page, shell: Shell): Promise<void> {
  const waiting: { readonly s: Snippet; readonly want: string; readonly output: () => string }[] = [];
  let report = '';
  let schema: Snippet | undefined;
  for (const s of p.snippets) {
    const name = whereIs(s);
    if (s.lang === 'yaml') {
      const result = await checkSnippet(s, shell.folder);
      report = result.report;
      const want = (s.options.bad ?? s.options.warn ?? '').split(',').filter(c => c !== '');
      t.same([...new Set(result.diagnostics.map(d => d.code))].sort(), want.sort(), `${name}\n${report}`);
      t.equal(result.loaded === undefined, s.options.bad !== undefined, name);
      schema = s;
    } else if (s.lang === 'text' && s.words[0] === 'check') {
      t.equal(report, s.text, name);
    } else if (s.lang === 'text' && s.words[0] === 'transcript') {
      await t.resolves(replay(s), name);
    } else if (s.lang === 'text' && s.words[0] === 'stdout') {
      // Printed by the script of `npm start`, or by gw.
      const script = readFileSync(join(root, 'scripts/start.mjs'), 'utf8');
      for (const line of s.text.split('\n')) t.ok(script.includes(line) || /^chat listening on tcp:/.test(line), name);
    } else if (s.lang === 'ts' && s.words[0] === 'generated') {
      t.ok(generatedFrom(schema!).includes(s.text), `${name} is generated from the schema above`);
    } else if (s.lang === 'sh') {
      for (const command of s.text.split('\n').filter(c => c !== '' && !c.startsWith('#'))) {
        if (NOT_RUN.some(pattern => pattern.test(command))) continue;
        t.match(await shell.run(command), { exit: 0 }, `${name}: ${command}`);
      }
    } else if (s.lang === 'console') {
      for (const { command, output } of commandsIn(s.text)) {
        if (s.options.exit === undefined && shell.isServer(command)) {
          const server = shell.start(command);
          await server.address();
          waiting.push({ s, want: output, output: () => server.output });
          continue;
        }
        const result = await shell.run(command);
        t.equal(settled(result.output), settled(output), `${name}: ${command}`);
        t.equal(result.exit, Number(s.options.exit ?? 0), `${name}: ${command}`);
      }
    }
    if (s.options.then === 'kill') await countThroughAKill(t, shell);
  }
  for (const { s, want, output } of waiting) {
    const lines = (text: string) => settled(text).split('\n').sort();
    await until(() => lines(output()).length >= lines(want).length, `the output of ${whereIs(s)}`).catch(() => {});
    t.same(lines(output()), lines(want), whereIs(s));
  }
}

async function replay(s: Snippet): Promise<void> {
  const { default: app } = await import('../examples/telnet-chat/app.js');
  const running = await startAll(app, { listen: ['tcp://127.0.0.1:0'] });
  try {
    await play(s, running.listening[0]!.address);
  } finally {
    await running.stop();
  }
}

/** What the page lets a reader see: bob counts, a worker is killed, ann has every number. */
async function countThroughAKill(t: Test, shell: Shell): Promise<void> {
  const server = shell.servers.at(-1)!;
  const address = `tcp://${await server.address()}`;
  const ann = await LineClient.connect(address);
  const bob = await LineClient.connect(address);
  for (const [client, name] of [
    [ann, 'ann'],
    [bob, 'bob'],
  ] as const) {
    client.send(`/login ${name} secret`);
    await client.line(`*** welcome ${name}`);
  }
  for (let i = 1; i <= 100; i++) {
    bob.send(String(i));
    if (i === 30) server.killWorker();
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  await until(() => ann.lines.includes('<bob> 100'), 'the last number').catch(() => {});
  const numbers = ann.lines.map(l => /^<bob> (\d+)$/.exec(l)?.[1]).filter(n => n !== undefined);
  t.equal(new Set(numbers).size, 100, 'no number is lost');
  const first = numbers.map(Number).filter((n, i, all) => all.indexOf(n) === i);
  t.same(
    first,
    first.toSorted((a, b) => a - b),
    'in order',
  );
  for (const client of [ann, bob]) client.close();
  await until(() => /starting it again/.test(server.output), 'the supervisor to say so');
}

/** The files of every good schema on the pages. */
function generatedCode(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [i, s] of snippets.entries()) {
    if (s.lang !== 'yaml' || s.options.bad !== undefined || s.options.to !== undefined) continue;
    const { model } = resolveSchema('example.wire.yaml', wholeSchema(s));
    if (model === undefined) continue;
    const folder = `docs/generated-${s.page.replaceAll(/\W/g, '-')}-${s.line}-${i}`;
    for (const { name, text } of renderProtocol(model)) files.set(`${folder}/${name}`, text);
  }
  return files;
}

function generatedFrom(s: Snippet): string {
  const { model } = resolveSchema('chat.wire.yaml', wholeSchema(s));
  t.ok(new Names(model!).constant);
  return renderProtocol(model!)
    .map(f => f.text)
    .join('\n');
}

// Catalogues: the code's list and the page's, in both directions.

/** Names in code quotes in the first column of the tables of a text. */
function firstColumn(text: string): string[] {
  const rows = text.split('\n').filter(line => line.startsWith('| `'));
  return rows.flatMap(row => [...row.split(/(?<!\\)\|/)[1]!.matchAll(/`([^`]+)`/g)].map(m => m[1]!));
}

/** Headings of one level that are written in capitals. */
function codesOn(path: string): string[] {
  return page(path)
    .headings.map(h => h.text)
    .filter(text => /^[A-Z][A-Z_]+$/.test(text));
}

t.test('every key of the schema language stands in the reference, as what it is', async t => {
  const reference = page('docs/reference/schema.md');
  const planned = section(reference, 'Planned and refused');
  const places: readonly (readonly [string, keys.KeyTable, string, (key: string) => string])[] = [
    ['Top level', keys.topKeys, 'top', key => `${key}: 1\n`],
    ['protocol', keys.protocolKeys, '', key => `protocol: { ${key}: x }\n`],
    ['defaults', keys.defaultsKeys, '', key => `defaults: { ${key}: x }\n`],
    ['limits', keys.limitsKeys, '', key => `limits: { ${key}: x }\n`],
    ['frame keys', keys.frameKeys, 'frame', key => `frame: { split: { by: line }, ${key}: x }\n`],
    ['split', keys.splitKeys, 'split', key => `frame: { split: { by: line, ${key}: x } }\n`],
    [
      'escape',
      keys.escapeKeys,
      '',
      key => `frame: { split: { by: flag, flag: "7e" }, escape: { ${key}: x }, layout: { body: body } }\n`,
    ],
    ['Several shapes', keys.whenKeys, '', key => `frames: { a: { split: { by: slip }, when: { ${key}: x } } }\n`],
    ['Field keys', keys.elementKeys, 'field', key => `types: { X: { a: { type: u8, ${key}: x } } }\n`],
    ['Text types', keys.textTypeKeys, '', key => `types: { X: { text: "{a}", fields: { a: word }, ${key}: x } }\n`],
    [
      'csv',
      keys.csvKeys,
      '',
      key =>
        `frame: { split: { by: line }, text: "{i} {b}", layout: { i: { type: word, role: id }, b: { csv: { ${key}: x } } } }\n`,
    ],
    [
      'kv',
      keys.kvKeys,
      '',
      key =>
        `frame: { split: { by: line }, text: "{i} {b}", layout: { i: { type: word, role: id }, b: { kv: { ${key}: x } } } }\n`,
    ],
    ['Your own CRC', keys.crcKeys, '', key => `frame: { layout: { a: { check: { ${key}: x }, over: a } } }\n`],
    ['Tagged types', keys.tlvTypeKeys, '', key => `types: { X: { tlv: { tag: u8, size: u8 }, ${key}: x } }\n`],
    ['tlv', keys.tlvKeys, '', key => `types: { X: { tlv: { ${key}: x }, of: { 1: { name: a, type: u8 } } } }\n`],
    ['items', keys.tlvItemKeys, '', key => `types: { X: { tlv: { tag: u8, size: u8 }, of: { 1: { ${key}: x } } } }\n`],
    ['Message keys', keys.messageKeys, 'message', key => `messages: { m: { dir: up, ${key}: x } }\n`],
    ['Ids by mask', keys.maskedIdKeys, '', key => `messages: { m: { dir: up, id: { ${key}: x } } }\n`],
    ['auth', keys.authKeys, '', key => `messages: { m: { dir: up, auth: { ${key}: x } } }\n`],
    ['answer', keys.answerKeys, '', key => `messages: { m: { dir: up, auth: { ok: { ${key}: x } } } }\n`],
    ['heartbeat', keys.heartbeatKeys, '', key => `messages: { m: { dir: up, heartbeat: { ${key}: x } } }\n`],
    ['reply', keys.replyKeys, '', key => `messages: { m: { dir: up, reply: { ${key}: x } } }\n`],
    ['expects', keys.expectsKeys, '', key => `messages: { m: { dir: up, expects: { ${key}: x } } }\n`],
    ['fragments', keys.fragmentKeys, '', key => `fragments: { ${key}: x }\n`],
    ['Limits of fragments', keys.fragmentLimitKeys, '', key => `fragments: { limits: { ${key}: x } }\n`],
    ['unknown', keys.unknownKeys, 'unknown', key => `unknown: { ${key}: x }\n`],
    ['session', keys.sessionKeys, 'session', key => `session: { ${key}: x }\n`],
    ['vectors', keys.vectorKeys, 'vector', key => `vectors: [{ ${key}: x }]\n`],
  ];
  const tables = Object.values(keys).filter(table => typeof table === 'object');
  t.equal(places.length, tables.length, 'every table of keys has a section');
  for (const [heading, table, place, example] of places) {
    const row = planned.split('\n').find(line => place !== '' && line.startsWith(`| ${place} |`)) ?? '';
    const refused = [...row.matchAll(/`([^`]+)`/g)].map(m => m[1]!);
    const supported = firstColumn(section(reference, heading));
    t.same([...supported, ...refused].sort(), Object.keys(table).sort(), heading);
    for (const key of Object.keys(table)) {
      const s: Snippet = { ...snippets[0]!, words: ['part'], text: example(key) };
      const { source } = resolveSchema('example', wholeSchema(s));
      const unsupported = source.diagnostics.some(d => d.code === 'UNSUPPORTED' && d.message.includes(`"${key}"`));
      if (key === 'as') continue; // Supported, but not with this value.
      t.equal(unsupported, refused.includes(key), `${heading}: ${key}`);
    }
  }
  const [prose = ''] = section(reference, 'Checksums').split('```');
  const named = [...prose.matchAll(/`([^`]+)`/g)].map(m => m[1]);
  t.same(
    named,
    checkAlgorithms.map(a => a.name),
    'checksums',
  );
});

t.test('every diagnostic has a heading and an example', async t => {
  const path = 'docs/reference/diagnostics.md';
  t.same(codesOn(path), Object.keys(diagnosticCodes));
  for (const code of Object.keys(diagnosticCodes)) {
    const shown = page(path).snippets.filter(s => s.heading === code && s.text.includes(`[${code}]`));
    t.ok(shown.length > 0, code);
  }
});

t.test('every problem of a frame and of a value has a heading', async t => {
  const path = 'docs/reference/problems.md';
  const source = readFileSync(join(root, 'src/codec/problem.ts'), 'utf8');
  const union = /export type EncodeProblem = ([^;]*);/.exec(source)![1]!;
  const encode = [...union.matchAll(/'(\w+)'/g)].map(m => m[1]!);
  const levels = page(path).headings.map(h => h.text);
  const decodeCodes = levels.slice(0, levels.indexOf('Values')).filter(text => /^[A-Z_]+$/.test(text));
  t.same(decodeCodes, Object.keys(problemCodes));
  t.same(codesOn(path).slice(decodeCodes.length), encode);
  for (const code of decodeCodes) {
    if (code === 'SPLIT' || code === 'CODEC') continue; // They need a module of one's own beside the schema.
    const shown = page(path).snippets.filter(s => s.heading === code && s.text.includes(`[${code}]`));
    t.ok(shown.length > 0, code);
  }
});

t.test('every error of the runtime has a heading', async t => {
  t.same(codesOn('docs/reference/errors.md'), Object.keys(errorCodes));
});

t.test('the API page names what the package exports, and every close reason', async t => {
  const api = page('docs/reference/api.md');
  t.same(firstColumn(section(api, 'Close reasons')), [...closeReasons]);
  const index = ['index.ts', 'app/index.ts', 'client/index.ts']
    .map(file => readFileSync(join(root, 'src', file), 'utf8'))
    .join('\n');
  for (const list of index.matchAll(/\{([^}]*)\}/g)) {
    for (const item of list[1]!.split(',')) {
      const name = item.replace(/^\s*type /, '').trim();
      if (name !== '') t.match(api.text, new RegExp(`\\b${name}\\b`), name);
    }
  }
  const source = ['worker/api', 'worker/cluster', 'client/connect']
    .map(name => readFileSync(join(root, `src/${name}.ts`), 'utf8'))
    .join('\n');
  const interfaces =
    'MessageEvent Session Client Worker Cluster Result Delivery SendOptions CloseOptions KickOptions Select Where Selection ClientRow SessionState Connection';
  for (const name of interfaces.split(' ')) {
    const body = new RegExp(`export interface ${name}\\b<?[^{]*\\{\n([\\s\\S]*?)\n\\}`).exec(source)![1]!;
    const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?<(:]/gm)].map(m => m[1]!);
    const text = section(api, name);
    for (const member of members) t.match(text, `\`${member}`, `${name}.${member}`);
  }
});

t.test('the API page names what the testing harness has', async t => {
  const text = section(page('docs/reference/api.md'), 'framegate/testing');
  const files = ['index', 'test-app', 'test-client'].map(f => readFileSync(join(root, `src/testing/${f}.ts`), 'utf8'));
  for (const name of files[0]!.matchAll(/\b([A-Z]\w+|testApp)\b(?=[ ,])/g)) t.match(text, name[1]!);
  for (const file of files.slice(1)) {
    const members = file.matchAll(/^ {2}(?:readonly |async |get )?([a-z]\w*)[<(:?]/gm);
    for (const [, member = ''] of members) {
      if (!['constructor', 'dial', 'name', 'value', 'code', 'detail'].includes(member)) t.match(text, member, member);
    }
  }
});

t.test('the layout page names every folder of the source', async t => {
  const map = section(page('docs/reference/layout.md'), 'Folders');
  for (const top of ['src', 'generator']) {
    const part = map.slice(map.indexOf(`${top}/ `));
    for (const entry of readdirSync(join(root, top), { withFileTypes: true })) {
      if (entry.isDirectory()) t.match(part, `\n  ${entry.name}/ `, `${top}/${entry.name}`);
    }
  }
});

t.test('the pages have every option of the commands', async t => {
  const shell = new Shell();
  t.teardown(() => shell.close());
  const cli = page('docs/reference/cli.md');
  const { output: help } = await shell.run('gw --help');
  const ofGw = [...help.split('Commands:')[1]!.matchAll(/^ {2}(\w+) /gm)]
    .map(m => m[1]!)
    .filter(name => name !== 'help' && name !== 'gw');
  t.ok(ofGw.length > 2);
  const helps = new Map((await gwGen()).commands.map(c => [`gw-gen ${c.name()}`, c.helpInformation()]));
  for (const name of ofGw) helps.set(`gw ${name}`, (await shell.run(`gw ${name} --help`)).output);
  for (const [command, text] of helps) {
    const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(m => m[1]).filter(o => o !== '--help');
    const named = firstColumn(section(cli, command)).map(o => /--[\w-]+/.exec(o)?.[0]);
    t.same(
      named.filter(o => o !== undefined),
      options,
      command,
    );
  }
});

t.test('the limits of a listener stand in the operations guide with their defaults', async t => {
  const limits = section(page('docs/operations/running.md'), 'Limits');
  t.same(firstColumn(limits), Object.keys(defaultLimits));
  for (const [name, value] of Object.entries(defaultLimits)) {
    t.match(limits, `| \`${name}\` | ${value === Infinity ? 'Infinity' : value.toLocaleString('en')} `, name);
  }
});
