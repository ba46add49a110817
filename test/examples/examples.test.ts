/** The examples as people start them: real processes, real sockets, in every size. */
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Gw } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { until } from '../support/wait.js';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const chat = file('examples/telnet-chat/app.js');
const tracker = file('examples/tracker/app.js');
const sender = file('examples/tracker/send.js');

/** One process, and register, gateway and worker apart. */
const sizes: readonly [string, readonly string[]][] = [
  ['all in one process', []],
  ['register, gateway and worker as processes of their own', ['--gateways', '1', '--workers', '1']],
  ['two gateways on one port and three workers', ['--gateways', '2', '--workers', '3']],
];

/** Starts an example on a free port. Returns the server and its address. */
async function start(app: string, options: readonly string[]): Promise<{ gw: Gw; address: string }> {
  const gw = new Gw(['start', app, '--listen', 'tcp://127.0.0.1:0', ...options]);
  t.teardown(() => (gw.exit === undefined ? gw.stop() : undefined));
  return { gw, address: await gw.says(/listening on (tcp:\S+)/) };
}

/** One that nobody uses just now. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function login(address: string, name: string): Promise<LineClient> {
  const client = await LineClient.connect(address);
  client.send(`/login ${name} secret`);
  await client.line(`*** welcome ${name}`);
  return client;
}

t.test('telnet chat, announced to from another program', async t => {
  const port = await freePort();
  const register = `tcp://127.0.0.1:${port}`;
  const { address } = await start(chat, ['--gateways', '2', '--workers', '1', '--register', register]);
  const ann = await login(address, 'ann');
  const bob = await login(address, 'bob');
  const program = spawn(process.execPath, [file('examples/telnet-chat/announce.js'), 'we restart at noon', register], {
    env: { PATH: process.env.PATH },
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', b => (output += b));
  const exit = await new Promise(resolve => program.on('close', resolve));
  t.equal(output, 'said to 2 clients\n');
  t.equal(exit, 0, 'it ends by itself');
  await ann.line('-- we restart at noon');
  await bob.line('-- we restart at noon');
});

for (const [size, options] of sizes) {
  t.test(`telnet chat, ${size}: people talk, move between rooms and leave`, async t => {
    const { gw, address } = await start(chat, options);
    const ann = await login(address, 'ann');
    const bob = await login(address, 'bob');
    await ann.line('-- bob has come in');

    ann.send('hello, world');
    await bob.line('<ann> hello, world');
    await ann.line('<ann> hello, world');

    bob.send('/who');
    await bob.line('-- lobby: ann bob');
    bob.send('/tell ann psst');
    await ann.line('[bob] psst');
    bob.send('/nick robert');
    await bob.line('-- you are robert now');
    await ann.line('-- bob is now robert');

    bob.send('/join den');
    await bob.line('-- you are in den');
    await ann.line('-- robert has gone to den');
    ann.send('anybody?');
    await ann.line('<ann> anybody?');
    bob.send('/who');
    t.equal(await bob.line(/^-- den/), '-- den: robert', 'what is said in the lobby stays there');

    bob.send('/quit');
    await bob.line('-- bye');
    await bob.whenClosed();
    await gw.stop();
    await ann.whenClosed();
    t.equal(gw.exit, 0);
  });
}

t.test('telnet chat: who has not logged in is told how, and who is refused may try again', async t => {
  for (const options of [[], ['--gateways', '1', '--workers', '1']]) {
    const { gw, address } = await start(chat, options);
    const ann = await login(address, 'ann');
    const bob = await LineClient.connect(address);
    bob.send('hello');
    await bob.line('*** refused: log in first: /login NAME PASSWORD');
    bob.send('/login bob');
    await bob.line('*** refused: log in first: /login NAME PASSWORD');
    bob.send('/help');
    await bob.line('-- /login NAME PASSWORD');
    bob.send('/login ann other', '/login bob secret', 'hello');
    await bob.line('*** refused: ann is here already');
    await bob.line('*** welcome bob');
    await ann.line('<bob> hello');
    await gw.stop();
    t.pass();
  }
});

t.test('telnet chat: a telnet client negotiates, corrects itself and sends lines in pieces', async t => {
  const { gw, address } = await start(chat, []);
  const ann = await login(address, 'ann');
  ann.write(Buffer.from('fffb1ffffb20', 'hex'));
  ann.write(Buffer.from('fffa1f00', 'hex'));
  ann.write(Buffer.from('500018fff0', 'hex'));
  ann.write('helxx\b\blo');
  ann.write(' wörld\r');
  ann.write('\n\r\0');
  await ann.line('<ann> hello wörld');
  ann.write('/ping\n');
  await ann.line('*** pong');
  ann.write(`${'x'.repeat(5000)}\r\nstill here\r\n`);
  t.equal(await ann.line(/^<ann>/), '<ann> still here', 'an over-long line costs only itself');
  ann.write(Buffer.from('fffefdfc80810d0a', 'hex'));
  ann.send('and here');
  await ann.line('<ann> and here');
  await gw.stop();
});

t.test('telnet chat: a worker that is killed takes nobody along', async t => {
  const { gw, address } = await start(chat, ['--gateways', '1', '--workers', '2']);
  const ann = await login(address, 'ann');
  const bob = await login(address, 'bob');
  const children = await childrenOf(gw.pid);
  const workers = children.filter(
    c => c.command.includes('--role worker') || c.command.includes('role=worker') || / worker/.test(c.command),
  );
  t.equal(workers.length, 2, children.map(c => c.command).join('\n'));
  for (const { pid } of workers) {
    process.kill(pid, 'SIGKILL');
    for (let i = 0; i < 20; i++) ann.send(`line ${pid} ${i}`);
    for (let i = 0; i < 20; i++) await bob.line(`<ann> line ${pid} ${i}`);
  }
  t.notOk(ann.closed || bob.closed);
  await gw.stop();
});

/** Child processes by their parent, as /proc tells. */
async function childrenOf(parent: number): Promise<{ pid: number; command: string }[]> {
  const { readdirSync, readFileSync } = await import('node:fs');
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== parent) return [];
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return [];
      }
    });
}

for (const [size, options] of sizes.slice(0, 2)) {
  t.test(`tracker, ${size}: frames from a file are logged in, answered and printed`, async t => {
    const { gw, address } = await start(tracker, options);
    const { port } = new URL(address.replace('tcp:', 'http:'));
    const sent = await run(sender, ['examples/tracker/frames.txt', '--to', `127.0.0.1:${port}`, '--every', '50']);
    t.equal(sent.code, 0, sent.stderr);
    t.match(sent.stdout, '<- loginOk {"serial":1}');
    t.match(sent.stdout, '<- beatOk {"id":19,"serial":2}');
    t.match(sent.stdout, '<- alarmOk {"id":22,"serial":7}');
    await gw.says(/123456789012345 logs in from 127\.0\.0\.1/);
    await gw.says(/123456789012345 52\.51860 13\.37620 {2}24 km\/h {2}2026-05-04T09:30:00\.000Z {2}9 satellites/);
    await gw.says(/ALARM overspeed {2}52\.51940 13\.39890/);
    await gw.says(/message 156, which the schema does not name: 010203/);
    await gw.says(/gone \(client-closed\) after 8 frames/);
    await gw.stop();
  });
}

t.test('tracker: garbage around a frame costs only itself, and says no stack', async t => {
  const { gw, address } = await start(tracker, []);
  const { port } = new URL(address.replace('tcp:', 'http:'));
  const socket = net.connect(Number(port), '127.0.0.1');
  let answers = '';
  socket.on('data', b => {
    answers += b.toString('hex');
  });
  socket.write(Buffer.from('00ff78780079', 'hex'));
  socket.write(Buffer.from('78780d01012345678901234500018cdd0d0a', 'hex'));
  await until(() => answers !== '', 'the answer to the login');
  t.equal(answers, '787805010001d9dc0d0a');
  socket.destroy();
  await gw.stop();
  t.notMatch(gw.stderr, /\n\s+at /);
});

t.test('the sender says what is wrong with its command line, its file and its server', async t => {
  const cases: [readonly string[], number, string][] = [
    [[], 2, 'usage: send.js FILE'],
    [['x', '--to', 'nowhere'], 2, '--to cannot be "nowhere"'],
    [['nothing.txt'], 1, 'Cannot read the file "nothing.txt"'],
    [['examples/tracker/frames.txt', '--to', '127.0.0.1:9'], 1, 'Cannot talk to 127.0.0.1:9 (ECONNREFUSED)'],
  ];
  for (const [args, code, text] of cases) {
    const done = await run(sender, args);
    t.equal(done.code, code, text);
    t.match(done.stderr, text);
  }
});

async function run(
  script: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env.PATH } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', b => {
    stdout += b;
  });
  child.stderr.on('data', b => {
    stderr += b;
  });
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  return { code, stdout, stderr };
}
