/** A project as `gw-gen init` writes it, with the packed package: installed, built, tested, served. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { LineClient } from '../support/line-client.js';
import { until } from '../support/wait.js';

const gwGen = fileURLToPath(new URL('../../generator/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'framegate-init-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

interface Done {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in `cwd`, as from a shell of its own: without the test runner's hooks. */
function run(command: string, args: readonly string[], cwd = folder): Done {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  return spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env });
}

const init = (...args: string[]): Done => run(process.execPath, [gwGen, 'init', ...args]);

t.test('a packed tarball installed into a new chat builds, passes its test, and answers telnet', async t => {
  const packed = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], process.cwd());
  t.equal(packed.status, 0, packed.stderr);
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!;

  const made = init('my-app', '--protocol', 'chat', '--framegate', tarball);
  t.equal(made.status, 0, made.stderr);
  t.match(made.stdout, 'wrote my-app/src/chat/events.ts');
  t.match(made.stderr, 'cd my-app\n  npm install\n  npm test\n  npm start');

  const app = join(folder, 'my-app');
  const schemaLine = readFileSync(join(app, 'protocols/chat.wire.yaml'), 'utf8').split('\n')[0]!;
  const installed = run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], app);
  t.equal(installed.status, 0, installed.stderr);
  t.ok(existsSync(join(app, 'protocols', schemaLine.split('$schema=')[1]!)), schemaLine);
  for (const args of [['run', 'build'], ['test']]) {
    const done = run('npm', args, app);
    t.equal(done.status, 0, done.stdout + done.stderr);
  }

  const server = spawn('npm', ['start', '--', '--listen', 'tcp://127.0.0.1:0'], {
    cwd: app,
    // A group of its own, so that npm's children can be ended with it.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  t.teardown(() => process.kill(-server.pid!, 'SIGKILL'));
  let said = '';
  server.stdout.on('data', b => {
    said += b;
  });
  await until(() => /listening on tcp:\S+/.test(said), 'the scaffold to listen');
  const client = await LineClient.connect(/listening on (tcp:\S+)/.exec(said)![1]!);
  client.send('/login ann secret', 'hello', '/ping');
  await client.line('*** welcome ann');
  await client.line('<ann> hello');
  client.close();
});

t.test('the project of a tracker, whose refusals need nothing to be said, compiles', async t => {
  writeFileSync(
    join(folder, 'tracker.wire.yaml'),
    `wire: 1
protocol: { id: tracker, version: 1.0.0 }
limits: { frame: 1KiB }
frame:
  split: { by: length }
  layout:
    start: { magic: "2a 2a" }
    len: { type: u16, covers: cmd..crc }
    cmd: { type: u8, role: id }
    seq: { type: u16, role: serial }
    body: body
    crc: { check: crc16/ccitt-false, over: len..body }
messages:
  login:
    dir: up
    id: 0x10
    fields: { imei: { type: bcd(8), trim: left0 } }
    auth: { identity: imei, ok: loginOk, fail: { message: loginOk, with: { result: 1 } } }
  loginOk: { dir: down, id: 0x90, serial: echo, fields: { result: { type: u8, default: 0 } } }
  position: { dir: up, id: 0x11, fields: { time: time(bcd yyMMddHHmmss), lat: i32 }, reply: { send: stored } }
  stored: { dir: down, id: 0x91, serial: echo }
`,
  );
  const made = init('tracker', '--protocol', 'tracker.wire.yaml');
  t.equal(made.status, 0, made.stderr);
  // What the project above has installed.
  symlinkSync(join(folder, 'my-app/node_modules'), join(folder, 'tracker/node_modules'));
  const compiled = run(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], join(folder, 'tracker'));
  t.equal(compiled.stdout, '');
  t.equal(compiled.status, 0, compiled.stderr);
});

t.test('init takes a schema of your own', async t => {
  const schema = `wire: 1
protocol: { id: meter, version: 1.0.0 }
frame: { split: { by: line } }
messages:
  reading: { dir: up, text: "R {value}", fields: { value: word } }
  ok: { dir: down, text: OK }
session: { auth: none }
`;
  writeFileSync(join(folder, 'meter.wire.yaml'), schema);
  const made = init('meter', '--protocol', 'meter.wire.yaml');
  t.equal(made.status, 0, made.stderr);
  const copied = readFileSync(join(folder, 'meter/protocols/meter.wire.yaml'), 'utf8');
  const [line = '', ...rest] = copied.split('\n');
  t.equal(line, '# yaml-language-server: $schema=../node_modules/framegate/wire.schema.json');
  t.equal(rest.join('\n'), schema);
  const upToDate = run(
    process.execPath,
    [gwGen, 'generate', '--check', 'protocols/meter.wire.yaml'],
    join(folder, 'meter'),
  );
  t.equal(upToDate.status, 0, 'what is generated is that of the copy');
  t.match(readFileSync(join(folder, 'meter/src/meter/events.ts'), 'utf8'), 'export function onReading(');
  const again = init('again', '--protocol', 'meter/protocols/meter.wire.yaml');
  t.equal(again.status, 0, again.stderr);
  t.equal(readFileSync(join(folder, 'again/protocols/meter.wire.yaml'), 'utf8'), copied, 'one line is enough');
  t.match(JSON.parse(readFileSync(join(folder, 'meter/package.json'), 'utf8')), {
    name: 'meter',
    dependencies: { framegate: `file:${process.cwd()}` },
  });
});

t.test('init takes along what the schema names of your own', async t => {
  mkdirSync(join(folder, 'vendor'));
  for (const file of readdirSync('test/fixtures/own')) {
    const text = readFileSync(join('test/fixtures/own', file), 'utf8');
    writeFileSync(join(folder, 'vendor', file), text.replace(/'[./]+\/src\/codec\/index\.js'/, "'framegate/codec'"));
  }
  const made = init('own', '--no-deploy', '--protocol', 'vendor/own.wire.yaml');
  t.equal(made.status, 0, made.stderr);
  const app = join(folder, 'own');
  const schema = readFileSync(join(app, 'protocols/own.wire.yaml'), 'utf8');
  const named = [...schema.matchAll(/[.]{1,2}\/[\w./-]+\.ts/g)].map(m => m[0]);
  t.ok(named.length > 0);
  for (const path of named) t.ok(existsSync(join(app, 'protocols', path)), path);
  symlinkSync(join(folder, 'my-app/node_modules'), join(app, 'node_modules'));
  const tested = run('npm', ['test'], app);
  t.equal(tested.status, 0, tested.stdout + tested.stderr);
});

t.test('init asks nobody where there is no terminal', async t => {
  const made = init('asked');
  t.equal(made.status, 0);
  t.match(made.stderr, 'No --protocol given: taking "chat"');
});

t.test('init overwrites nothing unless it is told to', async t => {
  const app = join(folder, 'full');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), 'mine');
  const refused = init('full', '--protocol', 'game');
  t.equal(refused.status, 1);
  t.match(refused.stderr, '"full" has package.json already; nothing was written');
  t.match(refused.stderr, '--force');
  t.same(readdirSync(app), ['package.json']);
  t.equal(readFileSync(join(app, 'package.json'), 'utf8'), 'mine');
  const forced = init('full', '--protocol', 'game', '--force');
  t.equal(forced.status, 0, forced.stderr);
  t.not(readFileSync(join(app, 'package.json'), 'utf8'), 'mine');
});

t.test('init names what it cannot do', async t => {
  writeFileSync(join(folder, 'bad.wire.yaml'), 'wire: 1\nprotcol: {}\n');
  writeFileSync(join(folder, 'file'), '');
  const cases: [string[], number, string][] = [
    [['a', '--protocol', 'nothing'], 1, 'There is no protocol "nothing"'],
    [['a', '--protocol', 'bad.wire.yaml'], 1, 'unknown key "protcol"'],
    [['a', '--framegate', 'file:nowhere.tgz'], 2, 'Cannot find "nowhere.tgz"'],
    [['a', '--framegate', './nowhere'], 2, 'Cannot find "./nowhere"'],
    [['a', '--framegate', 'nowhere.tgz'], 2, 'Cannot find "nowhere.tgz"'],
    [['file', '--protocol', 'chat'], 1, '"file" is a file'],
    [['', '--protocol', 'chat'], 2, 'The folder has no name'],
    [[], 2, "missing required argument 'folder'"],
  ];
  for (const [args, status, text] of cases) {
    const done = init(...args);
    t.equal(done.status, status, done.stderr);
    t.match(done.stderr, text);
    t.notMatch(done.stderr, /\n\s+at /, 'no stack');
  }
  t.notOk(existsSync(join(folder, 'a')), 'nothing is left behind');
});
