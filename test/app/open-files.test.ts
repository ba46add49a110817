/** A process that may open few files: it says so, and refuses those for whom there is none, and nobody else. */
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { clientsOf, openFiles, roomForClients } from '../../src/app/open-files.js';
import { defineApp } from '../../src/index.js';
import { MemoryDisk } from '../../src/net/memory-disk.js';
import { lineApp } from '../support/gw.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const program = fileURLToPath(new URL('../../src/app/cli/main.js', import.meta.url));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const limitsOf = (files: string): Uint8Array =>
  bytes(
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${files}  4096  files\n`,
  );

t.test('the limit is read where the system says it', async t => {
  t.equal(openFiles(limitsOf('1024')), 1024);
  t.equal(openFiles(limitsOf('unlimited')), Number.POSITIVE_INFINITY);
  t.equal(openFiles(undefined), Number.POSITIVE_INFINITY);
  t.equal(openFiles(bytes('something else')), Number.POSITIVE_INFINITY);
  t.same([10, 128, 1024, 20_000, 1_000_000].map(clientsOf), [1, 64, 960, 18_976, 998_976]);
  t.equal(clientsOf(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});

t.test('whoever asks for more clients than there are files is told, with both figures', async t => {
  const disk = new MemoryDisk();
  disk.files.set('/proc/self/limits', limitsOf('1024'));
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: async () => ({}) };
  const told = async (limits: object, gateway: object = {}) => {
    const logger = new MemoryLogger();
    const room = await roomForClients(defineApp({ listeners: [{ ...listener, limits }], gateway }), disk, logger);
    return [room, ...logger.lines];
  };
  t.same(await told({ clients: 960 }), [960]);
  t.same(await told({}), [960], 'the default asks for nothing');
  t.same(await told({ clients: Number.POSITIVE_INFINITY }), [960]);
  t.same(await told({ clients: 5000 }, { clients: 900 }), [960]);
  t.same(await told({ clients: 5000 }), [
    960,
    'warn The app wants up to 5000 clients, and this process may open 1024 files, which is enough for 960: more are ' +
      'refused. Let it open 5334: ulimit -n 5334, or LimitNOFILE=5334 in a unit of systemd',
  ]);
  t.ok(clientsOf(5334) >= 5000);
});

t.test('beyond it connections are refused by name, and those who are there are served', async t => {
  const gw = spawn('sh', ['-c', 'ulimit -n 128 && exec "$0" "$@"', process.execPath, program, 'start', lineApp], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  let [out, err] = ['', ''];
  gw.stdout.on('data', b => {
    out += b;
  });
  gw.stderr.on('data', b => {
    err += b;
  });
  t.teardown(() => gw.kill('SIGKILL'));
  await until(() => /listening on tcp:.*:\d+/.test(out), 'it to listen');
  const port = Number(/:(\d+)$/m.exec(out)![1]);
  const clients = Array.from({ length: 200 }, () => {
    const client = { socket: net.connect(port, '127.0.0.1'), text: '', isClosed: false };
    client.socket.on('data', b => {
      client.text += b;
    });
    client.socket.on('error', () => {});
    client.socket.on('close', () => {
      client.isClosed = true;
    });
    client.socket.write('/ping\r\n');
    return client;
  });
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy();
  });
  await until(() => clients.every(c => c.isClosed || c.text !== ''), 'all to be answered or refused');
  const served = clients.filter(c => c.text === '* pong\r\n' && !c.isClosed);
  t.equal(served.length, 64);
  gw.kill('SIGUSR2');
  await until(() => out.includes('"refused"'), 'the counters');
  const { gateway } = JSON.parse(out.split('\n').find(line => line.startsWith('{'))!);
  t.same([gateway.refused, gateway.closes], [{ 'files-used-up': 136 }, { 'too-many-clients': 136 }]);
  t.match(err, /This process may open no more files: connections beyond 64 are refused/);
  t.equal(err.match(/may open no more files/g)!.length, 1, 'said once');

  // When some go, others come.
  for (const { socket } of served.slice(0, 10)) socket.destroy();
  await until(async () => {
    const more = net.connect(port, '127.0.0.1');
    t.teardown(() => more.destroy());
    more.write('/ping\r\n');
    return new Promise(resolve => {
      more.on('error', () => {});
      more.once('data', () => resolve(true));
      more.once('close', () => resolve(false));
    });
  }, 'a place to be free');
});
