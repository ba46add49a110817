/** Where clients connect: TLS, sockets in the file system, IPv6 and proxies, over real sockets and with real processes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { defineApp, type ListenerConfig, startAll, type TlsFiles } from '../../src/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PATIENCE, sleep, until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-listen-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

type Listening = Pick<ListenerConfig, 'listen' | 'tls' | 'proxy' | 'limits'>;

async function serve(t: Test, ...listening: readonly Listening[]) {
  const protocol = lineProtocol({ login: false });
  const module = { onSay: (client: Answering, { line }: { line: string }) => answer(client, line) };
  const events = () => Promise.resolve(module);
  const app = defineApp({ listeners: listening.map(l => ({ ...l, protocol, events: events as never })) });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const connect = async (listener = 0, options: ConnectionOptions = {}, first = '') => {
    const client = await LineClient.connect(running.listening[listener]!.address, options, first);
    t.teardown(() => client.close());
    return client;
  };
  return {
    running,
    gateway: running.gateway!,
    connect,
    peers: () => [...running.gateway!.tables.byId.values()].map(c => c.connection.peer),
  };
}

interface Answering {
  send(name: 'answer', value: { text: string }): void;
}

function answer(client: Answering, text: string): void {
  client.send('answer', { text });
}

async function speaks(client: LineClient, text: string): Promise<void> {
  client.send(text);
  await client.line(text);
}

t.test('TLS', { skip: noOpenssl }, async t => {
  const authority = new Authority();
  t.teardown(() => authority.remove());
  const server = authority.issue('server');
  const secure = { listen: 'tls://127.0.0.1:0', tls: server } as const;
  const trusting = { ca: [readFileSync(authority.cert)], servername: 'localhost' };

  await t.test('messages go both ways, whole and in order', async t => {
    const { running, gateway, connect } = await serve(t, secure);
    t.match(running.listening[0]!.address, /^tls:\/\/127\.0\.0\.1:\d+$/);
    const client = await connect(0, trusting);
    await speaks(client, 'hello');
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(i % 90)}`);
    client.send(...lines);
    for (const line of lines) await client.line(`* answer ${line}`);
    t.same([gateway.door.entering, gateway.door.refusals], [0, {}]);
    client.send('/bye');
    client.close();
    await until(() => gateway.tables.byId.size === 0, 'the client to go');
  });

  await t.test('a client that stops reading is felt, and closed when too much waits', async t => {
    const { gateway, connect } = await serve(t, { ...secure, limits: { sendBuffer: 200_000 } });
    const [slow, other] = [await connect(0, trusting), await connect(0, trusting)];
    slow.socket.pause();
    const long = 'y'.repeat(400);
    for (let i = 0; i < 200 && gateway.closes['slow-client'] === undefined; i++) {
      slow.send(...Array.from({ length: 200 }, () => long));
      await sleep(5);
    }
    await until(() => gateway.closes['slow-client'] === 1, 'it to be closed');
    await speaks(other, 'still here');
  });

  await t.test(
    'who speaks no TLS, an old one, or breaks off is refused, counted, and costs nobody else anything',
    async t => {
      const { running, gateway, connect } = await serve(t, {
        ...secure,
        tls: { ...server, minVersion: 'TLSv1.3' },
        limits: { handshake: 400 },
      });
      const plain = await LineClient.connect(running.listening[0]!.address.replace('tls', 'tcp'));
      plain.send('hello');
      await plain.whenClosed();
      t.notMatch(plain.lines.join(), /hello/);
      await t.rejects(connect(0, { ...trusting, maxVersion: 'TLSv1.2' }));
      await until(() => gateway.door.refusals.tls === 2, 'both to be counted');
      const silent = await LineClient.connect(running.listening[0]!.address.replace('tls', 'tcp'));
      const gone = await LineClient.connect(running.listening[0]!.address.replace('tls', 'tcp'));
      gone.close();
      await speaks(await connect(0, trusting), 'meanwhile');
      await silent.whenClosed();
      await until(() => gateway.door.entering === 0, 'nobody to wait');
      t.same(gateway.door.refusals, { tls: 2, 'handshake-timeout': 1, 'broken-off': 1 });
      await LineClient.connect(running.listening[0]!.address.replace('tls', 'tcp'));
      await until(() => gateway.door.entering === 1, 'one to be under way when it stops');
    },
  );

  await t.test('a client must have a certificate of the authority, where that is wanted', async t => {
    const stranger = new Authority('stranger');
    t.teardown(() => stranger.remove());
    const { gateway, connect } = await serve(t, { ...secure, tls: { ...server, clientCa: authority.cert } });
    const own = (of: { cert: string; key: string }) => ({
      ...trusting,
      cert: readFileSync(of.cert),
      key: readFileSync(of.key),
    });
    await speaks(await connect(0, own(authority.issue('device'))), 'known');
    for (const options of [trusting, own(stranger.issue('device'))]) {
      // With TLS 1.3 a client believes that it is connected before the server has seen its certificate.
      const client = await connect(0, options).catch(() => undefined);
      await client?.whenClosed();
    }
    await until(() => gateway.door.refusals.tls === 2, 'both to be refused');
    t.equal(gateway.tables.byId.size, 1);
  });

  await t.test('certificates are read again while clients stay; those that are no good change nothing', async t => {
    const [cert, key] = [join(folder, 'now.pem'), join(folder, 'now.key')];
    const use = (of: { cert: string; key: string }): void => {
      copyFileSync(of.cert, cert);
      copyFileSync(of.key, key);
    };
    use(authority.issue('first'));
    const { running, connect } = await serve(t, { ...secure, tls: { cert, key } });
    const subject = (client: LineClient): unknown => (client.socket as TLSSocket).getPeerCertificate().subject.CN;
    const early = await connect(0, trusting);
    use(authority.issue('second'));
    await running.reloadKeys();
    const late = await connect(0, trusting);
    writeFileSync(cert, 'no certificate');
    await t.rejects(running.reloadKeys(), { code: 'FG_TLS', message: `Cannot speak TLS with "${cert}" and "${key}"` });
    const later = await connect(0, trusting);
    t.same([early, late, later].map(subject), ['first', 'second', 'second']);
    for (const client of [early, late, later]) await speaks(client, 'there');
  });

  await t.test('of several certificates all are taken, or none', async t => {
    const second = { cert: join(folder, 'second.pem'), key: join(folder, 'second.key') };
    const first = { cert: join(folder, 'one.pem'), key: join(folder, 'one.key') };
    const use = (name: string, at: { cert: string; key: string }): void => {
      const { cert, key } = authority.issue(name);
      copyFileSync(cert, at.cert);
      copyFileSync(key, at.key);
    };
    use('old', first);
    use('old', second);
    const { running, connect } = await serve(t, { ...secure, tls: first }, { ...secure, tls: second });
    use('new', first);
    writeFileSync(second.key, 'no key');
    await t.rejects(running.reloadKeys(), { code: 'FG_TLS', message: /is no private key in PEM form|not in PEM form/ });
    const { subject } = ((await connect(0, trusting)).socket as TLSSocket).getPeerCertificate();
    t.equal(subject.CN, 'old');
  });

  await t.test('files that cannot be used are named, with what is wrong', async t => {
    const encrypted = join(folder, 'encrypted.key');
    const { status } = spawnSync('openssl', [
      'pkey',
      '-in',
      server.key,
      '-aes256',
      '-passout',
      'pass:planted',
      '-out',
      encrypted,
    ]);
    t.equal(status, 0);
    const garbage = join(folder, 'garbage.pem');
    writeFileSync(garbage, 'garbage');
    const other = authority.issue('other');
    const wrong: readonly [tls: TlsFiles, why: RegExp][] = [
      [{ ...server, key: encrypted }, /the key needs a passphrase/],
      [{ ...server, key: encrypted, passphrase: 'guessed' }, /the passphrase of the key is wrong/],
      [{ ...server, key: other.key }, /the key is not that of the certificate/],
      [{ ...server, key: garbage }, /PEM form/],
      [{ ...server, cert: garbage }, /PEM form/],
      [{ ...server, clientCa: garbage }, /PEM form/],
    ];
    for (const [tls, why] of wrong) {
      const error = await serve(t, { ...secure, tls }).then(
        () => undefined,
        (error: Error) => error,
      );
      t.match(error, { code: 'FG_TLS', message: why }, String(why));
      t.notMatch(error?.message, /planted|guessed|garbage\n/);
    }
    const { connect } = await serve(t, { ...secure, tls: { ...server, key: encrypted, passphrase: 'planted' } });
    await speaks(await connect(0, trusting), 'opened');
  });

  await t.test('a proxy says who is behind it before the handshake', async t => {
    const { gateway, connect, peers } = await serve(t, { ...secure, proxy: { trusted: ['127.0.0.1'] } });
    const client = await connect(0, trusting, 'PROXY TCP6 2001:db8::7 2001:db8::1 4711 8883\r\n');
    await speaks(client, 'behind');
    t.same(peers(), ['[2001:db8::7]:4711']);
    await t.rejects(connect(0, trusting), 'without a header');
    await until(() => gateway.door.refusals['proxy-header'] === 1, 'it to be counted');
  });

  await t.test('processes: gateways share the port, and have their certificates read again', async t => {
    const [cert, key] = [join(folder, 'shared.pem'), join(folder, 'shared.key')];
    const use = (of: { cert: string; key: string }): void => {
      copyFileSync(of.cert, cert);
      copyFileSync(of.key, key);
    };
    use(authority.issue('monday'));
    const env = { LINE_LISTEN: 'tls://localhost:0', LINE_CERT: cert, LINE_KEY: key };
    const gw = new Gw(['start', lineApp, '--gateways', '2', '--workers', '1'], env);
    t.teardown(() => gw.stop());
    const address = await gw.says(/listening on (tls:\/\/\S+)/);
    const subject = async (): Promise<unknown> => {
      const client = await LineClient.connect(address, trusting);
      await client.login('ann').catch(() => undefined);
      const { CN } = (client.socket as TLSSocket).getPeerCertificate().subject;
      client.close();
      return CN;
    };
    t.equal(await subject(), 'monday');
    use(authority.issue('tuesday'));
    gw.kill('SIGHUP');
    await until(
      () => (gw.stderr.match(/certificates have been read again/g) ?? []).length === 2,
      'both gateways to read',
    );
    for (let i = 0; i < 8; i++) t.equal(await subject(), 'tuesday');
    t.notMatch(gw.stderr, 'undefined');
  });
});

t.test('a socket in the file system', async t => {
  const path = join(folder, 'app.sock');
  const listen = `unix://${path}`;

  await t.test('serves clients, and is taken again after a process was killed', async t => {
    const env = { LINE_LISTEN: listen };
    const first = new Gw(['start', lineApp], env);
    t.teardown(() => first.kill());
    t.equal(await first.says(/listening on (\S+)/), listen);
    await (await LineClient.connect(listen)).login('ann');
    const rival = new Gw(['start', lineApp], env);
    t.equal(await rival.ended(), 1);
    t.match(rival.stderr, `Cannot listen on ${listen} (EADDRINUSE): another process uses this path`);
    first.kill('SIGKILL');
    await first.ended();
    t.ok(existsSync(path), 'the path is left behind');
    const second = new Gw(['start', lineApp, '--gateways', '2', '--workers', '1'], env);
    t.teardown(() => second.kill());
    t.equal(await second.says(/listening on (\S+)/), listen);
    const clients = await Promise.all([1, 2, 3].map(() => LineClient.connect(listen)));
    for (const [i, client] of clients.entries()) await client.login(`ben${i}`);
    await second.stop();
    t.notOk(existsSync(path), 'an orderly end leaves nothing');
  });

  await t.test('a supervisor whose path is taken before it listens says so, and leaves it to the other', async t => {
    const contested = join(folder, 'contested.sock');
    const gw = new Gw(['start', lineApp, '--gateways', '1', '--workers', '1'], { LINE_LISTEN: `unix://${contested}` });
    t.teardown(() => gw.kill());
    await until(() => existsSync(contested), 'it to bind');
    unlinkSync(contested);
    const thief = createServer().listen(contested);
    t.teardown(() => thief.close());
    t.equal(await gw.ended(), 1);
    t.match(gw.stderr, `Cannot listen on unix://${contested} (EADDRINUSE): another process uses this path`);
    t.ok(existsSync(contested));
  });

  await t.test('what is no socket is left alone', async t => {
    const file = join(folder, 'precious');
    writeFileSync(file, 'data');
    await t.rejects(serve(t, { listen: `unix://${file}` }), {
      code: 'FG_LISTEN',
      message: /something of this name that is no socket/,
    });
    t.equal(readFileSync(file, 'utf8'), 'data');
    await t.rejects(serve(t, { listen: `unix://${join(folder, 'nowhere', 'a.sock')}` }), {
      code: 'FG_LISTEN',
      message: /there is no such folder/,
    });
  });

  await t.test('a proxy may stand in front of it', async t => {
    const { connect, peers } = await serve(t, {
      listen: `unix://${join(folder, 'proxied.sock')}`,
      proxy: { trusted: [] },
    });
    await speaks(await connect(0, {}, 'PROXY TCP4 203.0.113.7 10.0.0.1 51234 8282\r\n'), 'behind');
    t.same(peers(), ['203.0.113.7:51234']);
  });
});

t.test('both versions of IP on one port; IPv4 addresses look as everywhere', { skip: noIpv6() }, async t => {
  const { running, connect, peers } = await serve(t, { listen: 'tcp://[::]:0' }, { listen: 'tcp://[::1]:0' });
  const port = running.listening[0]!.address.split(':').pop()!;
  const four = await LineClient.connect(`tcp://127.0.0.1:${port}`);
  const six = await LineClient.connect(`tcp://[::1]:${port}`);
  const only = await connect(1);
  for (const client of [four, six, only]) {
    await speaks(client, 'here');
    t.teardown(() => client.close());
  }
  t.same(
    peers().map(p => p.replace(/:\d+$/, '')),
    ['127.0.0.1', '[::1]', '[::1]'],
  );
});

t.test('who has gone before it is accepted is nobody: no header of its is believed', async t => {
  const { running, gateway } = await serve(t, { listen: 'tcp://127.0.0.1:0', proxy: { trusted: ['10.0.0.0/8'] } });
  const port = Number(running.listening[0]!.address.split(':').pop());
  const header = 'PROXY TCP4 9.9.9.9 10.0.0.1 5 5';
  const code = `const s = require('net').connect(${port}, '127.0.0.1', () => s.write('${header}\\r\\nhello\\r\\n', () => s.resetAndDestroy()))`;
  // Nothing is accepted while this waits.
  for (let i = 0; i < 3; i++) t.equal(spawnSync(process.execPath, ['-e', code], { timeout: 20_000 }).status, 0);
  await sleep(100);
  t.equal(gateway.tables.byId.size, 0);
  t.same(gateway.door.refusals, { 'broken-off': 3 }, 'it is counted, and no address is read out of what it has sent');
  t.equal(gateway.past.framesIn, 0);
});

t.test('as many may wait to be accepted as the system allows', { skip: shortQueue() }, async t => {
  const { running, gateway } = await serve(t, { listen: 'tcp://127.0.0.1:0' });
  const port = Number(running.listening[0]!.address.split(':').pop());
  const code = `
    let left = 1500;
    const sockets = Array.from({ length: left }, () => require('net').connect(${port}, '127.0.0.1', () => --left || process.exit(0)));
    setTimeout(() => process.exit(1), 30_000);`;
  // Nothing is accepted while this waits: whom the queue has no place for does not get through.
  t.equal(spawnSync(process.execPath, ['-e', code], { timeout: PATIENCE }).status, 0);
  await until(
    () => gateway.tables.byId.size === 0 && (gateway.closes['client-closed'] ?? 0) > 0,
    'them to be seen and gone',
  );
});

t.test('and where the socket was handed down, as a supervisor does', { skip: shortQueue() }, async t => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  // It accepts nothing: it listens, and then it stands still.
  const code = `
    import { realNet } from '${new URL('../../src/net/index.js', import.meta.url)}';
    await realNet.listen({ fd: 3 }, () => {});
    process.stdout.write('there', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  server.close();
  let left = 1500;
  const sockets = Array.from({ length: left }, () => connect(port, '127.0.0.1', () => left--));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await until(() => left === 0, 'all to get into the queue');
});

t.test('two listeners cannot share an address', async t => {
  const path = join(folder, 'twice.sock');
  await t.rejects(serve(t, { listen: `unix://${path}` }, { listen: `unix://${path}` }), {
    code: 'FG_CONFIG',
    message: `Two listeners cannot share unix://${path}`,
  });
});

t.test('what cannot be is said at the start', async t => {
  const tls = { cert: 'none.pem', key: 'none.key' };
  const config = (listening: Listening): unknown => {
    const listener = { ...listening, protocol: lineProtocol(), events: async () => ({}) };
    return defineApp({ listeners: [listener] });
  };
  const wrong: readonly [listening: Listening, message: RegExp][] = [
    [
      { listen: 'tls://127.0.0.1:0' },
      /^The listener on tls:\/\/127\.0\.0\.1:0 has no certificate; give it tls: \{ cert/,
    ],
    [{ listen: 'tcp://127.0.0.1:0', tls }, /has "tls", and an address that does not begin with tls:\/\//],
    [{ listen: 'unix:///tmp/a', tls }, /does not begin with tls:\/\//],
    [{ listen: 'tls://127.0.0.1:0', tls: { cert: 'a' } as never }, /names two files/],
    [
      { listen: 'tls://127.0.0.1:0', tls: { ...tls, ca: 'a' } as never },
      /There is no "ca" in "tls" of the listener on tls:\/\/127\.0\.0\.1:0; there are cert, key, passphrase, clientCa, minVersion/,
    ],
    [{ listen: 'tls://127.0.0.1:0', tls: { ...tls, minVersion: 'TLSv1' as never } }, /it is "TLSv1"/],
    [
      { listen: 'tcp://127.0.0.1:0', proxy: {} as never },
      /names the proxies; write \{ trusted: \['10\.0\.0\.0\/8'\] \}/,
    ],
    [
      { listen: 'tcp://127.0.0.1:0', proxy: { trusted: ['10.0.0.0/99'] } },
      /"10\.0\.0\.0\/99" in "proxy" of the listener/,
    ],
    [
      { listen: 'tcp://127.0.0.1:0', proxy: { trusted: [], other: 'direct' } as never },
      /There is no "other" in "proxy" of/,
    ],
    [{ listen: 'tcp://127.0.0.1:0', proxy: { trusted: [], others: 'both' as never } }, /it is "both"/],
  ];
  for (const [listening, message] of wrong)
    t.throws(() => config(listening), { code: 'FG_CONFIG', message }, String(message));
  for (const listen of [
    'unix://',
    'unix:///tmp/',
    'unix:///a\nb',
    `unix:///${'a'.repeat(120)}`,
    'udp://a:1',
    'tls://a',
    'tcp://a b:1',
    'tcp://[:::]:1',
  ])
    t.throws(() => config({ listen }), { code: 'FG_ADDRESS' }, listen);
  await t.rejects(serve(t, { listen: 'tls://127.0.0.1:0', tls }), {
    code: 'FG_TLS',
    message: 'Cannot speak TLS: there is no file "none.pem"',
  });

  const gw = new Gw(['start', lineApp, '--listen', 'tls://127.0.0.1:0']);
  t.equal(await gw.ended(), 1);
  t.match(gw.stderr, /The listener on tls:\/\/127\.0\.0\.1:0 has no certificate/);
});

/** The system cuts the queue of a listener to this length. */
function shortQueue(): string | false {
  const file = '/proc/sys/net/core/somaxconn';
  return existsSync(file) && Number(readFileSync(file, 'utf8')) >= 2000
    ? false
    : 'this system has short queues, or does not say';
}

function noIpv6(): string | false {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  return all.some(({ address }) => address === '::1') ? false : 'this machine has no IPv6';
}
