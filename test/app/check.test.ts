/** `gw check`: all that is wrong is said, and nothing is started. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type CheckOptions, type CheckReport, checkApp } from '../../src/app/check/check-app.js';
import { runsText } from '../../src/app/check/check-text.js';
import { Findings } from '../../src/app/check/findings.js';
import { checkOpenFiles } from '../../src/app/check/surroundings.js';
import { type App, type AppConfig, defineApp, type ListenerConfig } from '../../src/index.js';
import { realPlatform } from '../../src/net/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Gw, lineApp } from '../support/gw.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-check-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const plain: CheckOptions = {
  several: false,
  listen: [],
  register: [],
  gateway: [],
  ports: false,
  openFiles: 100_000,
  memory: Number.POSITIVE_INFINITY,
};

function check(app: App, options: Partial<CheckOptions> = {}): Promise<CheckReport> {
  return checkApp(app, { ...plain, ...options }, realPlatform());
}

function app(listener: Partial<ListenerConfig<Line>> = {}, rest: Partial<Omit<AppConfig, 'listeners'>> = {}): App {
  const events = () => Promise.resolve({});
  return defineApp({
    ...rest,
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events, ...listener }],
  });
}

const texts = ({ problems }: CheckReport) => problems.map(p => `${p.level} ${p.code ?? ''} ${p.text}`);

t.test('of a sound application it says what would run, with what is in effect', async t => {
  const report = await check(app({ limits: { clients: 10, sendBuffer: Number.POSITIVE_INFINITY } }), { several: true });
  t.same(report.problems, []);
  t.match(report, {
    ok: true,
    mode: 'separate processes',
    keys: 0,
    registers: ['tcp://127.0.0.1:0'],
    link: 'tcp://127.0.0.1:0',
    listeners: [
      {
        address: 'tcp://127.0.0.1:0',
        protocol: 'line',
        version: '1.0.0',
        frame: 512,
        login: 5000,
        heartbeat: 180_000,
        idle: 300_000,
        delivery: 'at-least-once',
        limits: { clients: 10, sendBuffer: null, badFrames: 100, noWorker: 5000, handshake: 10_000 },
        tls: null,
      },
    ],
  });
  const text = runsText('app.js', report);
  for (const line of ['app.js: "app" can start, separate processes', '  clients      10', '  send buffer  no bound'])
    t.ok(text.includes(`${line}\n`), line);
  t.same((await check(app({ protocol: lineProtocol({ login: false }) }))).listeners[0]!.login, null);
});

t.test('one mistake does not hide the next', async t => {
  const broken = app(
    { events: () => Promise.reject(new Error('no such file')), limits: { clients: 5000 } },
    { link: 'tcp://192.0.2.1:7000', register: ['tcp://192.0.2.1:1236', 'tcp://192.0.2.2:1236'] },
  );
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const report = await check(broken, {
    role: 'gateway',
    listen: ['nowhere', 'chat=tcp://127.0.0.1:1'],
    state: join(file, 'below'),
    openFiles: 1024,
  });
  t.notOk(report.ok);
  t.match(texts(report), [
    /^error FG_KEY_REQUIRED Cannot use tcp:\/\/192\.0\.2\.1:1236 for the register/,
    /^error FG_KEY_REQUIRED Cannot use tcp:\/\/192\.0\.2\.1:7000 for links/,
    /^error FG_ADDRESS "nowhere" is not an address/,
    /^error FG_CONFIG There is no listener for "chat=/,
    /^warning {2}A gateway takes 5,000 clients, and a process may have 1,024 files open.* to 960$/,
    /^error FG_DISK Cannot keep anything in the state folder/,
  ]);
  t.match(texts(await check(broken, { role: 'worker', register: ['tcp://127.0.0.1:1236'] })), [
    /^error FG_EVENTS Cannot load the events module of protocol "line": no such file$/,
  ]);
});

t.test('events modules are loaded and looked at, and nothing of them is called', async t => {
  let started = false;
  const events = () =>
    Promise.resolve({
      onWorkerStart() {
        started = true;
      },
    });
  t.same((await check(app({ events }))).problems, []);
  t.notOk(started);
  const misspelt = () => Promise.resolve({ onSya() {} });
  t.match(texts(await check(app({ events: misspelt as never }))), [/"onSya" is no event .*did you mean "onSay"\?$/]);
});

t.test('keys are read and never shown', async t => {
  const keyFile = join(folder, 'planted.key');
  const planted = 'fgk-cluster-PLANTEDplantedPLANTEDplantedPLANTEDplant';
  writeFileSync(keyFile, `${planted}\n`);
  const report = await check(app(), { several: true, keyFile });
  t.match(texts(report), [/^error FG_KEY /]);
  t.notMatch(JSON.stringify(report), 'PLANTED');
  writeFileSync(keyFile, `fgk-cluster-${'A'.repeat(43)}\n`);
  const fine = await check(app({}, { link: 'tcp://192.0.2.1:7000' }), { several: true, keyFile });
  t.match(fine, { ok: true, keys: 1, link: 'tcp://192.0.2.1:7000' });
  t.notMatch(JSON.stringify(fine), 'AAAA');
  const missing = await check(app({}, { link: 'tcp://192.0.2.1:7000' }), { several: true, keyFile: `${keyFile}2` });
  t.match(texts(missing), [/There is no key file/], 'addresses are not blamed for it');
});

t.test('ports that are taken, and paths', async t => {
  const server = net.createServer();
  const path = join(folder, 'taken.sock');
  const other = net.createServer().listen(path);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => [server, other].map(s => s.close()));
  const { port } = server.address() as net.AddressInfo;
  const taken = app({ listen: `tcp://127.0.0.1:${port}` }, { link: `tcp://127.0.0.1:${port}` });
  t.same((await check(taken)).problems, [], 'only if it is asked');
  t.match(texts(await check(taken, { ports: true, several: true })), [
    new RegExp(`^error FG_LISTEN Cannot listen on tcp://127.0.0.1:${port} \\(EADDRINUSE\\)`),
  ]);
  t.match(texts(await check(app({ listen: `unix://${path}` }), { ports: true })), [/another process uses this path$/]);
  t.match(texts(await check(app({ listen: `unix://${folder}/no/x` }), { ports: true })), [/there is no such folder$/]);
  t.same((await check(app({ listen: `unix://${folder}/free` }), { ports: true })).problems, []);
});

t.test('the state folder is one that can be written to, or made', async t => {
  const at = (state: string) => check(app({}, { state }));
  t.same((await at(join(folder, 'new/and/deep'))).problems, []);
  t.same((await at(folder)).problems, []);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  if (process.getuid?.() === 0) return;
  t.match(texts(await at(join(closed, 'state'))), [/this user may not write to ".*closed"; change its owner/]);
});

t.test('log and pid go to files that can be written, or made', async t => {
  const at = async (files: Partial<CheckOptions>) => texts(await check(app(), files));
  const there = join(folder, 'there.log');
  writeFileSync(there, 'kept');
  t.same(await at({ logFile: there, pidFile: join(folder, 'new.pid') }), []);
  t.equal(readFileSync(there, 'utf8'), 'kept');
  t.notOk(existsSync(join(folder, 'new.pid')), 'nothing is made');
  const nowhere = join(folder, 'nowhere');
  t.same(await at({ logFile: join(nowhere, 'gw.log'), pidFile: folder }), [
    `error FG_CONFIG Cannot open the log file "${nowhere}/gw.log": there is no folder "${nowhere}"; name another one with --log-file`,
    `error FG_CONFIG Cannot write the pid file "${folder}": it is a folder; name another one with --pid-file`,
  ]);
  t.match(await at({ logFile: join(there, 'gw.log') }), [/there is no folder ".*there.log"/]);
  if (process.getuid?.() === 0) return;
  const sealed = join(folder, 'sealed');
  mkdirSync(sealed);
  chmodSync(sealed, 0o500);
  chmodSync(there, 0o400);
  t.match(await at({ logFile: join(sealed, 'gw.log') }), [/this user may not write to ".*sealed"; name another one/]);
  t.match(await at({ pidFile: there }), [/this user may not write to it; name another one with --pid-file/]);
});

t.test('descriptors without a bound, and clients without one', async t => {
  const found = (clients: number, most: number | undefined) => {
    const findings = new Findings();
    checkOpenFiles(clients, most, findings);
    return findings.all.map(f => f.text);
  };
  t.same(found(50_000, undefined), []);
  t.same(found(960, 1024), []);
  t.match(found(961, 1024), [/^A gateway takes 961 clients/]);
  t.match(found(Number.POSITIVE_INFINITY, 1024), [/takes any number of clients/]);
  t.same(found(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), []);
});

t.test('certificates', { skip: noOpenssl }, async t => {
  const authority = new Authority();
  t.teardown(() => authority.remove());
  const at = async (tls: { cert: string; key: string; clientCa?: string }) =>
    check(app({ listen: 'tls://127.0.0.1:0', tls }));
  const long = authority.issue('long', 90);
  const fine = await at(long);
  t.same(fine.problems, []);
  t.equal(fine.listeners[0]!.tls?.daysLeft, 89);
  t.match(runsText('app.js', fine), /\n {2}tls {10}\S+long\.pem, until \d{4}-\d\d-\d\d \(89 days\)\n/);
  const soon = authority.issue('soon', 20);
  const report = await at({ ...soon, clientCa: authority.cert });
  t.ok(report.ok, 'a warning keeps nobody from starting');
  t.match(texts(report), [
    /^warning {2}The certificate in ".*soon\.pem" \(CN=soon\) expires in 19 days/,
    /authority\) expires in 1 day,/,
  ]);
  const platform = realPlatform();
  const clock = { ...platform.clock, wallNow: () => Date.now() + 91 * 24 * 3600 * 1000 };
  const later = await checkApp(app({ listen: 'tls://127.0.0.1:0', tls: long }), plain, { ...platform, clock });
  t.match(texts(later), [/^error FG_TLS The certificate in ".*long\.pem" \(CN=long\) has expired on/]);
  const before = { ...platform, clock: { ...clock, wallNow: () => 0 } };
  t.match(texts(await checkApp(app({ listen: 'tls://127.0.0.1:0', tls: long }), plain, before)), [
    /is not valid before/,
  ]);
  t.match(texts(await at({ cert: long.cert, key: soon.key })), [/the key is not that of the certificate/]);
  t.match(texts(await at({ cert: long.cert, key: '/nowhere/key.pem' })), [/there is no file "\/nowhere\/key.pem"/]);
});

t.test('links in TLS', { skip: noOpenssl }, async t => {
  const authority = new Authority('links');
  const other = new Authority('others', authority.folder);
  t.teardown(() => authority.remove());
  const ca = authority.cert;
  const at = (linkTls: { cert: string; key: string; ca: string }, options: Partial<CheckOptions> = {}) =>
    check(app({}, { link: 'tls://0.0.0.0:7000', register: 'tls://127.0.0.1:1236', linkTls }), {
      role: 'gateway',
      advertise: 'tls://127.0.0.1:0',
      ...options,
    });
  const long = authority.issue('long', 90);
  const fine = await at({ ...long, ca });
  t.match(texts(fine), [/^warning {2}The certificate in ".*links\.pem".* expires in 1 day/], 'no key is needed');
  t.match(fine, {
    ok: true,
    link: 'tls://0.0.0.0:7000',
    keys: 0,
    linkTls: { cert: long.cert, daysLeft: 89, clientCa: ca },
  });
  const text = runsText('app.js', fine);
  t.match(
    text,
    /\n {2}links show {3}\S+long\.pem, until \S+ \(89 days\)\n {2}and want {5}a certificate of \S+links\.pem\n/,
  );
  t.match(text, 'none: links go by certificates');

  const errors = async (...args: Parameters<typeof at>) =>
    texts(await at(...args)).filter(line => !/expires in/.test(line));
  const another = authority.issue('another', 90);
  const garbage = join(authority.folder, 'garbage.pem');
  writeFileSync(garbage, 'no PEM');
  t.match(await errors({ ...long, key: another.key, ca }), [/^error FG_TLS .*the key is not that of the certificate$/]);
  t.match(await errors({ ...long, cert: '/nowhere/link.pem', ca }), [
    /^error FG_TLS .*no file "\/nowhere\/link\.pem"$/,
  ]);
  t.match(await errors({ ...long, cert: authority.folder, ca }), [/^error FG_DISK /], 'which cannot be read');
  t.match(await errors({ ...long, cert: garbage, ca }), [/^error FG_TLS .*not in PEM form$/]);
  t.match(await errors({ ...long, ca: garbage }), [/^error FG_TLS /]);
  t.match(await errors({ ...long, ca: other.cert }), [
    /^warning {2}The certificate in ".*long\.pem" is not signed by ".*others\.pem": no other process believes it$/,
  ]);
  t.match(await errors({ ...long, ca }, { advertise: 'tls://10.0.0.2:0' }), [
    /^warning {2}The certificate in ".*" is not for "10\.0\.0\.2", under which others dial/,
  ]);
  t.same(await errors({ ...long, ca }, { role: 'worker' }), [], 'whom nobody dials');
});

t.test('all limits that are in effect are shown', async t => {
  const denyFile = join(folder, 'denied.txt');
  writeFileSync(denyFile, 'uid mallory\n');
  const limits = {
    connects: 500,
    framesPerSecond: 20,
    bytesPerSecond: 10_000,
    over: 'close',
    sendBuffer: 4096,
    slowClient: 'drop-oldest',
  } as const;
  const gateway = {
    clients: 70,
    buffers: 64 * 1024 * 1024,
    route: 'uid',
    perAddress: { clients: 10 },
    deny: ['203.0.113.0/24'],
    denyUids: ['eve', 'bob'],
    denyFile,
    ban: { after: 10 },
  } as const;
  const report = await check(app({ limits }, { gateway }));
  t.same(report.problems, []);
  t.same(report.gateway, {
    clients: 70,
    buffers: 67_108_864,
    route: 'uid',
    perAddress: { clients: 10, connects: null },
    denied: { addresses: 1, uids: 2, file: denyFile },
    ban: { after: 10, within: 60_000, for: 600_000 },
  });
  const text = runsText('app.js', report);
  for (const line of [
    '  connects     500 in a second',
    '  each sends   20 frames and 10,000 bytes in a second, then it is closed',
    '  slow clients beyond 1,024 bytes go without the oldest',
    '\ngateway\n  clients      70, of all listeners',
    '  buffers      64 MiB',
    '  route        uid',
    '  one address  10 clients',
    `  denied       1 network, 2 uids, those in ${denyFile}`,
    '  bans         10m after 10 misdeeds in 1m',
  ])
    t.ok(text.includes(`${line}\n`), line);
  const plainly = runsText('app.js', await check(app()));
  for (const line of [
    '  each sends   no bound',
    '  slow clients closed',
    '  denied       nobody',
    '  bans         none',
  ])
    t.ok(plainly.includes(`${line}\n`), line);
  t.equal((await check(app(), { role: 'worker' })).gateway, null);
});

t.test('the run dir is one that can be used, or made', async t => {
  const at = async (runDir: string | undefined, options: Partial<CheckOptions> = {}) =>
    texts(await check(app(), { appFile: lineApp, runDir, ...options }));
  t.same(await at(undefined), []);
  t.same(await at(join(folder, 'new/and/deep')), []);
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o755);
  t.match(await at(open), [/^error FG_CONTROL Cannot use the run dir ".*open": others may enter it/]);
  t.match(await at(`/tmp/${'x'.repeat(100)}`, { several: true }), [
    /^error FG_CONTROL .*the path of a socket at most 107/,
  ]);
});

t.test(
  'what gw start refuses, gw check refuses with the same words, from options and from the environment',
  async t => {
    const key = join(folder, 'cluster.key');
    writeFileSync(key, `fgk-cluster-${'A'.repeat(43)}\n`);
    const cases: readonly [args: readonly string[], env?: Readonly<Record<string, string>>][] = [
      [['--role', 'gateway', '--name', 'not a name']],
      [[], { GW_ROLE: 'gateway', GW_NAME: 'not/a/name' }],
      [['--role', 'gateway', '--link', 'tcp://0.0.0.0:0'], { GW_KEY_FILE: key }],
      [['--role', 'worker', '--listen', 'tcp://127.0.0.1:0']],
      [['--gateway', 'tcp://127.0.0.1:1', '--register', 'tcp://127.0.0.1:2']],
      [[], { GW_LISTEN: 'tcp://nowhere' }],
      [['--role', 'worker'], { GW_REGISTER: 'tcp://192.0.2.1:1236' }],
      [['--run-dir', '/dev/null/x']],
      [['--log-file', '/dev/null/x.log']],
      [['--pid-file', '/dev/null/x.pid']],
      [['--workers', '2'], { GW_LOG_FILE: '/dev/null/x.log' }],
      [
        ['--workers', '2'],
        { LINE_LINK_CERT: '/nowhere/a.pem', LINE_LINK_KEY: '/nowhere/a.key', LINE_LINK_CA: '/nowhere/ca.pem' },
      ],
    ];
    const run = async (command: string, args: readonly string[], env = {}): Promise<Gw> => {
      const gw = new Gw([command, lineApp, ...args], env);
      t.teardown(() => gw.kill());
      await gw.ended();
      return gw;
    };
    for (const [args, env] of cases) {
      const [started, checked] = await Promise.all([run('start', args, env), run('check', args, env)]);
      t.not(started.exit, 0);
      t.equal(checked.exit, started.exit, `${args.join(' ')}: ${checked.stderr}`);
      // Why the system refuses a folder is told in other words by whoever does not try.
      const [said = ''] = started.stderr.replace(/^(?:gw|error): (?:Cannot start: )?/, '').split(/\n| \(ENOTDIR/);
      t.ok(checked.stderr.includes(said), `${said}\n${checked.stderr}`);
    }
  },
);

t.test('on the command line', async t => {
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const gw = new Gw(['check', ...args], env);
    t.teardown(() => gw.kill());
    await gw.ended();
    return gw;
  };
  const [fine, broken, absent, json, usage] = await Promise.all([
    run([lineApp]),
    run([lineApp, '--role', 'gateway', '--listen', 'nowhere', '--link', 'tcp://192.0.2.1:1', '--state', '/dev/null/x']),
    run(['no-such-app.js', '--json']),
    run([lineApp, '--json', '--role', 'worker']),
    run([lineApp, '--role', 'clerk']),
  ]);
  t.equal(fine.exit, 0);
  t.match(
    fine.stdout,
    /line-app\.js: "app" can start, all in one process\n\ntcp:\/\/127\.0\.0\.1:0\n {2}protocol {5}line 1\.0\.0\n/,
  );
  t.equal(broken.exit, 1);
  t.match(
    broken.stderr,
    /error {3}Cannot use tcp:[\s\S]*error {3}"nowhere" is not[\s\S]*error {3}Cannot keep[\s\S]*: 3 problems\n$/,
  );
  t.equal(broken.stdout, '');
  t.equal(absent.exit, 1);
  t.match(JSON.parse(absent.stdout), { ok: false, problems: [{ level: 'error', code: 'FG_APP' }] });
  t.equal(json.exit, 0);
  t.match(JSON.parse(json.stdout), {
    ok: true,
    mode: 'role worker',
    listeners: [],
    registers: ['tcp://127.0.0.1:1236'],
  });
  t.equal(usage.exit, 2);
});
