/** Generated code outside Node: bundled, in an empty global scope, and in a browser where there is one. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { type BuildOptions, build } from 'esbuild';
import t from 'tap';
import { Names } from '../../generator/emit/names.js';
import { renderProtocol } from '../../generator/emit/render.js';
import { toHex } from '../support/bytes.js';
import { type GoldenFrame, goldenAnswers } from '../support/golden-answers.js';
import { loadCode, shipped } from '../support/load.js';

const CHROMIUM = '/usr/bin/chromium';
const absolute = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'framegate-browser-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const subjects = readdirSync('protocols').map(file => {
  const model = shipped(file.replace('.wire.yaml', ''));
  const good = model.vectors.filter(v => v.is !== undefined);
  const frames: GoldenFrame[] = good.map(v => ({ dir: v.dir, raw: toHex(v.raw) }));
  return { model, frames, messages: good.map(v => v.is) };
});

/** A page's script: every protocol, and what it makes of its golden frames, in the global `answers`. */
async function bundled(): Promise<string> {
  const imports: string[] = [];
  const calls: string[] = [];
  for (const [i, { model, frames }] of subjects.entries()) {
    mkdirSync(join(folder, `${i}`), { recursive: true });
    for (const { name, text, once } of renderProtocol(model)) {
      if (!once && !name.endsWith('.test.ts')) writeFileSync(join(folder, `${i}`, name), text);
    }
    imports.push(`import { ${new Names(model).constant} as protocol${i} } from './${i}/codec.js';`);
    calls.push(`goldenAnswers(protocol${i}, ${JSON.stringify(frames)})`);
  }
  imports.push(`import { goldenAnswers } from ${JSON.stringify(absolute('../support/golden-answers.js'))};`);
  const page = `${imports.join('\n')}\nglobalThis.answers = JSON.stringify([${calls.join(', ')}]);\n`;
  writeFileSync(join(folder, 'page.ts'), page);
  return bundle(join(folder, 'page.ts'));
}

/** Refuses, as bundlers do, what a browser does not have. */
async function bundle(entry: string): Promise<string> {
  const options: BuildOptions & { write: false } = {
    entryPoints: [entry],
    alias: { 'framegate/codec': absolute('../../src/codec/index.js') },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  };
  return (await build(options)).outputFiles[0]!.text;
}

let script: string;
let wanted: string[][];

t.before(async () => {
  script = await bundled();
  wanted = await Promise.all(subjects.map(async ({ model, frames }) => goldenAnswers(await loadCode(model), frames)));
});

t.test('a bundle of all protocols names nothing of Node', async t => {
  t.match(script, 'crc16X25', 'the library is in it');
  t.notMatch(script, /["'`]node:/);
  t.notMatch(script, /\b(?:Buffer|process|require|setImmediate|__dirname)\b\s*[.(]/);
  writeFileSync(join(folder, 'node.ts'), "import { isIP } from 'node:net';\nisIP('x');\n");
  await t.rejects(bundle(join(folder, 'node.ts')), /Could not resolve "node:net"/, 'and a module of Node is noticed');
});

t.test(
  'the bundle decodes and encodes golden frames where there is nothing but the language and text coding',
  async t => {
    const bare = createContext({ TextDecoder, TextEncoder });
    runInContext(script, bare);
    const answers = JSON.parse(runInContext('answers', bare) as string) as string[][];
    t.same(answers, wanted);
    for (const [i, { model, messages }] of subjects.entries()) {
      t.ok(messages.length > 0, `${model.id} has golden frames`);
      t.same(
        answers[i]!.map(line => line.split(' ')[0]),
        messages,
        model.id,
      );
    }
    t.throws(() => runInContext('Buffer.alloc(1)', bare), { name: 'ReferenceError' }, 'the scope is bare');
  },
);

const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}`;
t.test('a browser decodes and encodes golden frames to the same', { skip }, async t => {
  const page = join(folder, 'page.html');
  writeFileSync(join(folder, 'page.js'), script);
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><body><script src="page.js"></script>
<script>document.body.textContent = 'answers:' + encodeURIComponent(answers) + ';';</script>`,
  );
  const flags = '--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run'.split(
    ' ',
  );
  const quiet = ['background-networking', 'component-update', 'sync', 'default-apps', 'extensions'];
  const dom = execFileSync(
    CHROMIUM,
    [
      ...flags,
      ...quiet.map(what => `--disable-${what}`),
      `--user-data-dir=${join(folder, 'profile')}`,
      '--dump-dom',
      pathToFileURL(page).href,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [, answers] = /answers:(.*?);/.exec(dom) ?? [];
  t.ok(answers, 'the page has answered', { dom });
  t.same(JSON.parse(decodeURIComponent(answers ?? '[]')), wanted);
});
