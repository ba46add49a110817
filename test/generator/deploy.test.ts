/**
 * What `gw-gen init` writes for containers and for systemd, tried as far as that goes without either: the image is built in
 * a folder, and what containers and units would start runs as processes with the same command lines and environment. Each
 * has an address of its own of this machine, as containers have.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { unitName } from '../../generator/run/deploy-files.js';
import { Started } from '../support/gw.js';
import { buildImage, contextOf, type Image, inside, instructionsOf } from '../support/image.js';
import { LineClient } from '../support/line-client.js';
import { readEnvironmentFile, readUnit } from '../support/unit.js';
import { until } from '../support/wait.js';

const gwGen = fileURLToPath(new URL('../../generator/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fg-deploy-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const app = join(folder, 'my-app');
const outside = { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_prefer_offline: 'true' };

function run(command: string, args: readonly string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: outside });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const init = (...args: string[]): string => run(process.execPath, [gwGen, 'init', ...args]);

t.before(() => {
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], process.cwd());
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!;
  init('my-app', '--protocol', 'chat');
  // As long as it comes from no registry, the package has to be in the project.
  copyFileSync(join(folder, tarball), join(app, tarball));
  run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`], app);
  run('npm', ['run', 'build'], app);
  run('sh', ['-c', 'umask 077; npx gw key > cluster.key'], app);
});

/** 127.0.0.0/8 is this machine: addresses for what would be hosts, at which all ports are free. */
const network = `127.${64 + (process.pid % 128)}.${Math.floor(process.pid / 128) % 256}`;

function start(
  t: Test,
  line: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Started {
  const started = new Started(line, env, cwd);
  t.teardown(() => started.process.kill('SIGKILL'));
  return started;
}

async function greet(address: string): Promise<void> {
  await until(async () => {
    const client = await LineClient.connect(address).catch(() => undefined);
    client?.close();
    return client !== undefined;
  }, `somebody at ${address}`);
  const client = await LineClient.connect(address);
  client.send('/login ann secret', 'hello');
  await client.line('<ann> hello');
  client.close();
}

async function ends(process: Started, what: string): Promise<void> {
  process.process.kill('SIGTERM');
  await until(() => process.exit !== undefined, `${what} to end; it said ${process.stderr}`);
  if (process.exit !== 0) throw new Error(`${what} ended with ${process.exit}: ${process.stderr}`);
}

let image: Image;

t.test('the image has what the application needs, and neither its sources nor a key', async t => {
  writeFileSync(join(app, 'src/secret.key'), 'x');
  const given = contextOf(app);
  for (const path of ['package-lock.json', 'src/app.ts', 'protocols/chat.wire.yaml']) t.ok(given.includes(path), path);
  t.same(
    given.filter(path => /^(?:node_modules|dist|deploy|README)|\.key$/.test(path)),
    [],
  );
  image = buildImage(app, folder, outside);
  t.same(readdirSync(join(image.root, image.workdir)).sort(), ['dist', 'node_modules', 'package.json']);
  const packages = readdirSync(join(image.root, image.workdir, 'node_modules'));
  t.ok(packages.includes('framegate'));
  t.notOk(packages.includes('typescript'), 'what is for development is left out');
});

t.test('the Dockerfile pins a major version, is not root, and starts without a shell', async t => {
  const instructions = instructionsOf(readFileSync(join(app, 'Dockerfile'), 'utf8'));
  const froms = instructions.filter(([name]) => name === 'FROM').map(([, rest]) => rest);
  t.ok(froms.length > 1);
  for (const from of froms) t.match(from, /^(?:node:\$\{NODE\}-slim|packages)(?: AS \w+)?$/);
  t.match(image.from, /^node:\d+-slim$/);
  t.match(image.user, /^[1-9]\d*:[1-9]\d*$/);
  t.same(image.entrypoint, ['gw']);
  t.equal(image.health[0], 'gw');
  t.equal(image.exposed, '8282');
  t.notOk(instructions.some(([name]) => name === 'ADD'));
});

/** A container: all that is `0.0.0.0` to it is its own address here, and names of others are theirs. */
class Container {
  readonly process: Started;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #cwd: string;

  constructor(t: Test, own: string, command: readonly string[], environment: Readonly<Record<string, string>>) {
    const translate = (text: string): string =>
      text
        .replace('//0.0.0.0:', `//${own}:`)
        .replace(/\/\/(register|gateway):/, (_, name: string) => `//${hosts[name]}:`)
        .replace('/run/secrets/cluster_key', join(app, 'cluster.key'));
    const all = { ...inside(image), ...environment, TMPDIR: mkdtempSync(join(folder, 'tmp-')) };
    this.#env = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, translate(value!)]));
    this.#cwd = join(image.root, image.workdir);
    this.process = start(t, [...image.entrypoint, ...command].map(translate), this.#env, this.#cwd);
  }

  /** Exit code of its health check, or of another command in it. */
  async run(line: readonly string[] = image.health): Promise<number | string> {
    const asked = new Started(line, this.#env, this.#cwd);
    await until(() => asked.exit !== undefined, `${line.join(' ')}`);
    return asked.exit!;
  }

  async healthy(): Promise<void> {
    await until(async () => (await this.run()) === 0, `a container to be healthy; it said ${this.process.stderr}`);
  }
}

const hosts: Readonly<Record<string, string>> = { register: `${network}.1`, gateway: `${network}.2` };

t.test('the image alone serves all in one process, and says when it is healthy', async t => {
  const own = `${network}.3`;
  const container = new Container(t, own, image.command, {});
  await container.healthy();
  await greet(`tcp://${own}:8282`);
  await ends(container.process, 'the container');
  t.equal(await container.run(), 1, 'where nothing runs, nothing is healthy');
});

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly secrets: readonly string[];
  readonly read_only: boolean;
}

t.test('compose starts each role by itself, and a message goes through all of them', async t => {
  const text = readFileSync(join(app, 'compose.yaml'), 'utf8');
  const compose = parse(text, { merge: true }) as { services: Record<string, Service>; secrets: object };
  const { register, gateway, worker } = compose.services as { [role: string]: Service };
  const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
  t.same(
    published.map(([name]) => name),
    ['gateway'],
    'nobody outside reaches the others',
  );
  t.same(gateway!.ports, ['8282:8282']);
  t.same(compose.secrets, { cluster_key: { file: './cluster.key' } });
  for (const service of Object.values(compose.services)) t.same(service.secrets, ['cluster_key']);

  const begin = (name: string, { command, environment }: Service): Container =>
    new Container(t, hosts[name] ?? `${network}.4`, command, environment);
  const first = begin('gateway', gateway!);
  await until(async () => (await first.run([...image.health.slice(0, -1), '--live'])) === 0, 'the gateway to live');
  t.equal(await first.run(), 1, 'a gateway without workers is not healthy');
  const others = [begin('register', register!)];
  for (let i = 0; i < worker!.deploy!.replicas; i++) others.push(begin('worker', worker!));
  t.equal(others.length, 3);
  for (const container of [first, ...others]) await container.healthy();
  await greet(`tcp://${hosts.gateway}:8282`);
  t.match(first.process.stdout, 'chat listening on');
  for (const { process } of [first, ...others]) await ends(process, 'a container');
});

/** Where a unit would stand, and what it starts. */
function unit(file: string, own: string, settings: Readonly<Record<string, string>>) {
  const name = file.replace('.service', '').replace('@', '@1');
  const state = mkdtempSync(join(folder, 'state-'));
  const specifiers = { N: name, t: join(folder, 'run'), S: state, H: 'edge-1', i: '1' };
  const read = readUnit(join(app, 'deploy/systemd', file), specifiers);
  const get = (key: string): string => read.settings.get(key)!;
  const here = (text: string): string =>
    text.replaceAll('/opt/my-app', app).replace('/etc/my-app', app).replace('//0.0.0.0:', `//${own}:`);
  mkdirSync(join(folder, 'run', get('RuntimeDirectory')), {
    recursive: true,
    mode: Number.parseInt(get('RuntimeDirectoryMode'), 8),
  });
  const env = Object.fromEntries(
    Object.entries({ PATH: process.env.PATH, ...read.env, ...settings }).map(([key, value]) => [key, here(value!)]),
  );
  const line = (key: string, pid = 0): string[] =>
    get(key)
      .split(' ')
      .map(word => here(word).replace('$MAINPID', String(pid)));
  return { get, env, line, cwd: here(get('WorkingDirectory')) };
}

t.test('the unit for one host starts a supervisor, whose reload loses nothing', async t => {
  const own = `${network}.10`;
  const { env, line, cwd, get } = unit(
    'my-app.service',
    own,
    readEnvironmentFile(join(app, 'deploy/systemd/my-app.env'), false),
  );
  const supervisor = start(t, line('ExecStart'), env, cwd);
  t.teardown(() => spawnSync(line('ExecStart')[0]!, ['stop', 'dist/app.js'], { env, cwd }));
  await supervisor.says(/chat listening on/);
  await greet(`tcp://${own}:8282`);
  const client = await LineClient.connect(`tcp://${own}:8282`);
  client.send('/login bob secret');
  await client.line('*** welcome bob');
  const reload = start(t, line('ExecReload'), env, cwd);
  t.equal(await reload.ended(), 0, reload.stderr);
  t.match(reload.stdout, '2 done');
  client.send('still here');
  await client.line('<bob> still here');
  t.equal(get('KillMode'), 'mixed', 'SIGTERM goes to the supervisor alone');
  t.equal(get('RuntimeDirectoryPreserve'), 'restart', 'the next one finds those that live');
  await ends(supervisor, 'the supervisor');
});

t.test('the units for several hosts find one another, and read their keys again', async t => {
  const file = join(app, 'deploy/systemd/my-app.env');
  const addresses: Readonly<Record<string, string>> = { '10.0.0.1': `${network}.11`, '10.0.0.2': `${network}.12` };
  const settings = Object.fromEntries(
    Object.entries(readEnvironmentFile(file, true)).map(([key, value]) => [
      key,
      value.replace(/10\.0\.0\.\d/, host => addresses[host]!),
    ]),
  );
  const files = ['my-app-register.service', 'my-app-gateway.service', 'my-app-worker@.service'];
  const units = files.map(name => unit(name, `${network}.12`, settings));
  const processes = units.map(({ line, env, cwd }) => start(t, line('ExecStart'), env, cwd));
  await processes[2]!.says(/worker ready/);
  await greet(`tcp://${network}.12:8282`);
  for (const [i, { line, env, cwd, get }] of units.entries()) {
    t.equal(get('RestartForceExitStatus'), 'SIGHUP', 'one that comes before anybody heeds it ends nothing for good');
    const reload = start(t, line('ExecReload', processes[i]!.process.pid), env, cwd);
    t.equal(await reload.ended(), 0);
    await processes[i]!.complains(/have been read again/);
  }
  for (const [i, process] of processes.entries()) await ends(process, files[i]!);
});

const noSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd is not installed';

t.test('systemd has nothing to say against the units', { skip: noSystemd }, async t => {
  const from = join(app, 'deploy/systemd');
  const to = join(folder, 'units');
  mkdirSync(to);
  const files = readdirSync(from).filter(name => name.endsWith('.service'));
  t.equal(files.length, 4);
  for (const name of files)
    writeFileSync(join(to, name), readFileSync(join(from, name), 'utf8').replaceAll('/opt/my-app', app));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files.map(name => join(to, name))], {
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.equal(status, 0);
});

t.test('without --no-deploy all of it is written, with it nothing', async t => {
  const wrote = (text: string) => text.split('\n').filter(line => /ocker|compose|systemd/.test(line));
  t.equal(wrote(init('with', '--protocol', 'game')).length, 8);
  t.same(wrote(init('without', '--protocol', 'game', '--no-deploy')), []);
  t.notMatch(readFileSync(join(folder, 'without/README.md'), 'utf8'), 'Dockerfile');
  t.match(readFileSync(join(folder, 'with/compose.yaml'), 'utf8'), '8283:8283');
});

t.test('names of projects become names of units, users and images', async t => {
  const cases = [
    ['my-app', 'my-app'],
    ['my.app_2', 'my-app-2'],
    ['2nd', 'app-2nd'],
    ['a-', 'a'],
    ['x'.repeat(50), 'x'.repeat(32)],
    [`${'x'.repeat(31)}-y`, 'x'.repeat(31)],
  ] as const;
  for (const [name, unit] of cases) t.equal(unitName(name), unit);
});
