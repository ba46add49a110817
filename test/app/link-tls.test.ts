/** Links in TLS: processes that show each other certificates, programs that dial in with one, and what strangers get. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import t, { type Test } from 'tap';
import { type Connection, type ConnectOptions, connect } from '../../src/client/index.js';
import { defineApp } from '../../src/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const line = lineProtocol();

type Files = { readonly cert: string; readonly key: string; readonly ca: string };

const envOf = ({ cert, key, ca }: Files) => ({ LINE_LINK_CERT: cert, LINE_LINK_KEY: key, LINE_LINK_CA: ca });

function gw(t: Test, args: readonly string[], env: Record<string, string> = {}): Gw {
  const started = new Gw(['start', lineApp, ...args], env);
  t.teardown(() => (started.exit === undefined ? started.stop().catch(() => started.kill()) : undefined));
  return started;
}

async function open(t: Test, options: ConnectOptions): Promise<Connection> {
  const connection = await connect({ logger: new MemoryLogger(), ...options });
  t.teardown(() => connection.close());
  return connection;
}

t.test('processes and programs with certificates link without a key', { skip: noOpenssl }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-link-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const authority = new Authority('links', folder);
  const others = new Authority('others', folder);
  const issued = authority.issue('peer');
  // A copy that can be changed while all runs.
  const files = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key'), ca: authority.cert };
  const install = ({ cert, key }: { cert: string; key: string }): void => {
    copyFileSync(cert, files.cert);
    copyFileSync(key, files.key);
  };
  install(issued);
  const stranger = { ...others.issue('stranger'), ca: authority.cert };
  const env = envOf(files);

  const registry = gw(t, ['--role', 'register', '--register', 'tls://0.0.0.0:0'], env);
  const port = /:(\d+)$/.exec(await registry.says(/register listening on (tls:\S+)/))![1]!;
  const register = `tls://127.0.0.1:${port}`;
  const link = ['--link', 'tls://0.0.0.0:0', '--advertise', 'tcp://127.0.0.1:0'];
  const gateway = gw(t, ['--role', 'gateway', '--register', register, ...link], env);
  const listening = await gateway.says(/line listening on (\S+)/);
  const inner = await gateway.says(/links on (\S+)/);
  t.match(inner, /^tls:\/\/127\.0\.0\.1:[1-9]\d*$/, 'workers are told that TLS is spoken there');
  const worker = gw(t, ['--role', 'worker', '--register', register], env);
  await worker.says(/worker ready/);
  const ann = await LineClient.connect(listening);
  t.teardown(() => ann.close());
  await ann.login('ann');
  ann.send('work 1');
  await ann.line('* answer work 1');

  await t.test('a program', async t => {
    for (const where of [{ register }, { gateways: [inner] }]) {
      const calls = (await open(t, { ...where, linkTls: files })).use(line);
      calls.sendToUid('ann', 'said', { from: 'cron', line: 'in TLS' });
      await ann.line('<cron> in TLS');
      t.equal(await calls.isUidOnline('ann'), true);
    }
  });

  await t.test('whoever has no certificate, or one of somebody else, is not let in', async t => {
    const refused = (options: ConnectOptions) =>
      t.rejects(open(t, { wait: 700, gateways: [inner], ...options }), { code: 'FG_UNREACHABLE' });
    await refused({});
    await refused({ linkTls: stranger });
    await refused({ gateways: [inner.replace('tls:', 'tcp:')] });
    const { LINE_LINK_CERT, LINE_LINK_KEY } = envOf(stranger);
    const alien = gw(t, ['--role', 'worker', '--register', register, '--wait', '1'], {
      ...env,
      LINE_LINK_CERT,
      LINE_LINK_KEY,
    });
    t.equal(await alien.ended(), 1);
    await registry.complains(/Refused a peer of the register from 127\.0\.0\.1:\d+: \S*(?:UNABLE|SIGN|CERT)\S*/);
    // In TLS, and without a certificate of its own.
    const { port } = new URL(inner.replace('tls:', 'http:'));
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
    let ended = false;
    socket.on('error', () => {});
    socket.on('close', () => {
      ended = true;
    });
    await until(() => ended, 'the end');
    ann.send('work 2');
    await ann.line('* answer work 2');
  });

  await t.test('a server whose certificate is for another host is not believed', async t => {
    const where = `tls://127.0.0.2:${port}`;
    const lost = gw(t, ['--role', 'worker', '--register', where, '--wait', '1'], env);
    t.equal(await lost.ended(), 1);
    t.match(lost.stderr, /Cannot reach the register at tls:\/\/127\.0\.0\.2:\d+ \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  });

  await t.test('certificates are read again while all runs', async t => {
    install(authority.issue('renewed'));
    for (const process of [registry, gateway, worker]) {
      process.kill('SIGHUP');
      await process.complains(/The certificates have been read again/);
    }
    const calls = (await open(t, { register, linkTls: files })).use(line);
    t.equal((await calls.getAllClientCount()).value, 1);
    ann.send('work 3');
    await ann.line('* answer work 3');
    t.notOk(ann.closed);
    writeFileSync(files.key, 'no key');
    gateway.kill('SIGHUP');
    await gateway.complains(/What was read before stays in use: Cannot speak TLS with/);
    worker.kill('SIGTERM');
    install(issued);
    await gw(t, ['--role', 'worker', '--register', register], env).says(/worker ready/);
    ann.send('work 4');
    await ann.line('* answer work 4');
  });
});

t.test('a supervisor gives its children certificates, and what cannot be is said', { skip: noOpenssl }, async t => {
  const authority = new Authority('one');
  t.teardown(() => authority.remove());
  const files = { ...authority.issue('all'), ca: authority.cert };
  const all = gw(t, ['--gateways', '1', '--workers', '1', '--register', 'tls://127.0.0.1:0'], envOf(files));
  const ann = await LineClient.connect(await all.says(/line listening on (\S+)/));
  t.teardown(() => ann.close());
  await ann.login('ann');
  ann.send('work 1');
  await ann.line('* answer work 1');

  for (const [args, env, text] of [
    [
      ['--role', 'register', '--register', 'tls://127.0.0.1:0'],
      {},
      /^gw: Cannot use tls:\S+ for the register: there are no certificates; give the app linkTls/,
    ],
    [
      ['--role', 'gateway', '--link', 'tcp://0.0.0.0:0'],
      envOf(files),
      /^gw: Cannot use tcp:\S+ for links: without a key/,
    ],
    [
      ['--role', 'worker'],
      envOf({ ...files, ca: 'nowhere.pem' }),
      /^gw: Cannot speak TLS: there is no file "nowhere.pem"/,
    ],
    [['--role', 'worker'], envOf({ ...files, ca: files.key }), /^gw: Cannot speak TLS with /],
  ] as const) {
    const started = gw(t, args, env);
    t.equal(await started.ended(), 1);
    t.match(started.stderr, text);
  }
  const listeners = [{ listen: 'tcp://127.0.0.1:0', protocol: line, events: () => Promise.resolve({}) }];
  for (const bad of [null, {}, { cert: 'a', key: 'b' }, { ...files, crt: 'x' }, { ...files, passphrase: 5 }])
    t.throws(() => defineApp({ listeners, linkTls: bad as never }), { code: 'FG_CONFIG', message: /"linkTls"/ });
});

t.test(
  'certificates from the command line and the environment, instead of those of the app',
  { skip: noOpenssl },
  async t => {
    const authority = new Authority('operators');
    t.teardown(() => authority.remove());
    const { cert, key } = authority.issue('host');
    const ca = authority.cert;
    const env = { GW_LINK_CERT: cert, GW_LINK_KEY: key, GW_LINK_CA: ca };
    const flags = ['--link-cert', cert, '--link-key', key, '--link-ca', ca];
    const talk = async (gateway: Gw): Promise<void> => {
      const ann = await LineClient.connect(await gateway.says(/line listening on (\S+)/));
      t.teardown(() => ann.close());
      await ann.login('ann');
      ann.send('work 1');
      await ann.line('* answer work 1');
    };

    const registry = gw(t, ['--role', 'register', '--register', 'tls://127.0.0.1:0'], env);
    const register = await registry.says(/register listening on (tls:\S+)/);
    const link = ['--link', 'tls://127.0.0.1:0', '--register', register];
    const gateway = gw(t, ['--role', 'gateway', ...link, ...flags], { GW_LINK_CERT: '/nowhere/loses.pem' });
    // One file is the operator's, the others are the app's.
    const own = envOf({ cert: '/nowhere/app.pem', key, ca });
    gw(t, ['--role', 'worker', '--register', register, '--link-cert', cert], own);
    await talk(gateway);

    const all = gw(t, ['--gateways', '1', '--workers', '1', '--register', 'tls://127.0.0.1:0'], env);
    await talk(all);

    for (const [args, text] of [
      [['--link-cert', cert], /^gw: Links in TLS need .* add --link-key and --link-ca\n/],
      [[...flags.slice(0, 5), '/nowhere/ca.pem'], /^gw: Cannot speak TLS: there is no file "\/nowhere\/ca\.pem"/],
    ] as const) {
      const started = gw(t, ['--role', 'worker', ...args]);
      t.equal(await started.ended(), 1);
      t.match(started.stderr, text);
      const checked = new Gw(['check', lineApp, '--role', 'worker', ...args]);
      t.equal(await checked.ended(), 1);
      t.ok(checked.stderr.includes(started.stderr.replace(/^gw: |\n$/g, '')), checked.stderr);
    }
  },
);
