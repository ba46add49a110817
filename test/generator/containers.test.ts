/**
 * What `gw-gen init` writes for containers, with a Docker that runs them: built, served, killed, replaced and stopped as
 * docs/operations/deploy.md says. `npm run deploy:try` runs it: it takes a minute or two, a registry of packages and, but where Docker has its base, one of images.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { Started } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { PATIENCE, sleep, until } from '../support/wait.js';

/** Of whoever runs the image. */
const USER = 1000;
const name = `fg-try-${process.pid}`;
/** Of all images that are built here: those whose name goes to the next one are found by it. */
const label = `framegate-try=${name}`;
const folder = mkdtempSync(join(tmpdir(), 'fg-try-'));
const app = join(folder, name);
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
// Run by itself, without the test runner's settings, it has as much time.
t.setTimeout(10 * PATIENCE);

const works = (...line: string[]): boolean => spawnSync('docker', line).status === 0;

function reasonToSkip(): string | false {
  if (process.argv[2] !== 'try') return 'npm run deploy:try runs it';
  if (!works('version')) return 'no Docker answers here';
  return !works('compose', 'version') && 'Docker has no compose here';
}

const skip = reasonToSkip();

/** What it said on stdout. Clients go on meanwhile. */
async function run(command: string, ...args: string[]): Promise<string> {
  const started = new Started([command, ...args], process.env, app);
  const exit = await started.ended(5 * PATIENCE);
  if (exit !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${exit}: ${started.stdout}${started.stderr}`);
  return started.stdout.trim();
}

const docker = (...args: string[]) => run('docker', ...args);
const compose = (...args: string[]) => run('docker', 'compose', ...args);
const lines = (text: string): string[] => text.split('\n').filter(line => line !== '');

async function login(t: Test, published: string): Promise<LineClient> {
  const address = `tcp://127.0.0.1:${published.split(':').pop()}`;
  const client = await LineClient.connect(address);
  t.teardown(() => client.close());
  client.send('/login ann secret');
  await client.line('*** welcome ann');
  return client;
}

/** Says numbers until it is called; then all of them have come back, in order. */
function talk(client: LineClient): () => Promise<number> {
  let going = true;
  let n = 0;
  const done = (async () => {
    while (going) {
      const batch = Array.from({ length: 50 }, () => `n ${n++};`);
      client.send(...batch);
      for (const line of batch) await client.line(`<ann> ${line}`);
      await sleep(5);
    }
  })();
  return async () => {
    going = false;
    await done;
    return n;
  };
}

t.before(async () => {
  if (skip !== false) return;
  const gwGen = fileURLToPath(new URL('../../generator/cli/main.js', import.meta.url));
  for (const [command, ...args] of [
    ['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    [process.execPath, gwGen, 'init', app, '--protocol', 'chat'],
  ] as [string, ...string[]][]) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
  const tarball = readdirSync(folder).find(file => file.endsWith('.tgz'))!;
  copyFileSync(join(folder, tarball), join(app, tarball));
  await run('npm', 'install', '--no-audit', '--no-fund', `./${tarball}`);
  await docker('build', '--label', label, '--tag', name, '.');

  const key = join(app, 'cluster.key');
  writeFileSync(key, await run('npx', 'gw', 'key'), { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(key, USER, USER);
  else if (process.getuid?.() !== USER) chmodSync(key, 0o644);
  // Any free port; and as many open files as this Docker may have itself.
  const mayRaise = works('run', '--rm', '--ulimit', 'nofile=65536:65536', name, '--version');
  const file = join(app, 'compose.yaml');
  const text = readFileSync(file, 'utf8')
    .replace('"8282:8282"', '"127.0.0.1::8282"')
    .replace('build: .', `build: { context: ., labels: ["${label}"] }`);
  writeFileSync(file, mayRaise ? text : text.replace(/^ +ulimits:\n.*\n/m, ''));
});

t.teardown(async () => {
  if (skip !== false) return;
  await compose('down', '--volumes').catch(() => {});
  await docker('rm', '--force', `${name}-alone`).catch(() => {});
  await docker('image', 'rm', '--force', name).catch(() => {});
  await docker('image', 'prune', '--force', '--filter', `label=${label}`).catch(() => {});
});

t.test('the image alone: healthy, read-only, without a capability, and stopped in good order', { skip }, async t => {
  const alone = `${name}-alone`;
  const strict = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
  await docker('run', '--detach', '--name', alone, '--publish', '127.0.0.1::8282', ...strict, name);
  await until(
    async () => (await docker('inspect', '--format', '{{.State.Health.Status}}', alone)) === 'healthy',
    'the container to be healthy',
  );
  const ann = await login(t, await docker('port', alone, '8282'));
  t.match(await docker('exec', alone, 'gw', 'status', 'dist/app.js', '--ready'), 'ready');
  t.match(await docker('exec', alone, 'gw', 'connections', 'dist/app.js'), /chat\s+ann\s+open/);
  t.match(await docker('exec', alone, 'id', '--user'), String(USER));
  await talk(ann)();
  await docker('stop', '--time', '15', alone);
  await ann.whenClosed();
  t.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', alone), '0');
});

t.test('compose: workers are killed, added and replaced, and a client misses nothing', { skip }, async t => {
  await compose('up', '--build', '--detach', '--wait');
  const ann = await login(t, await compose('port', 'gateway', '8282'));
  const end = talk(ann);

  const [first, second] = lines(await compose('ps', '--quiet', 'worker'));
  for (const worker of [first!, second!]) {
    await docker('kill', '--signal', 'KILL', worker);
    await docker('start', worker);
    await until(async () => works('exec', worker, 'gw', 'status', 'dist/app.js', '--ready'), 'the worker to be back');
  }
  await compose('restart', 'register');
  await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'worker=3');
  t.equal(lines(await compose('ps', '--quiet', 'worker')).length, 3);

  await compose('kill', '--signal', 'HUP');
  const said = async () => (await compose('logs')).match(/The keys have been read again/g)?.length ?? 0;
  await until(async () => (await said()) === 5, 'all to have read their keys again');

  const events = join(app, 'src/chat/events.ts');
  writeFileSync(events, readFileSync(events, 'utf8').replace("const LOBBY = 'lobby'", "const LOBBY = 'lounge'"));
  await compose('up', '--build', '--detach', '--no-deps', '--wait', 'worker');
  t.ok((await end()) > 1000);
  ann.send('/join elsewhere', '/who');
  await ann.line('elsewhere: ann');
  const bob = await LineClient.connect(
    `tcp://127.0.0.1:${(await compose('port', 'gateway', '8282')).split(':').pop()}`,
  );
  t.teardown(() => bob.close());
  bob.send('/login bob secret', '/who');
  await bob.line('lounge: bob');

  await compose('stop');
  await ann.whenClosed();
  for (const container of lines(await compose('ps', '--all', '--quiet')))
    t.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', container), '0');
});
