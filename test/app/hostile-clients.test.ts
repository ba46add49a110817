/**
 * Clients that mean no good, or are broken, against a server of its own process. Beside each of them there is one that
 * behaves, and gets every answer; the hostile one costs only itself, its end is counted by name, and the server's memory has a
 * bound. `npm run hostile` is the long form, with 10,000 connections at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Status } from '../../src/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Gw } from '../support/gw.js';
import { PATIENCE, sleep, until } from '../support/wait.js';

/** Connections at once. */
const MANY = Number(process.argv[2] ?? 1000);
/** Bytes by which the server may grow in all, beside what each connection takes. */
const GROWTH = 200 * 1024 * 1024;
const EACH = 32 * 1024;
/** Answers that whoever behaves gets beside each of the others. */
const LEAST = 20;

const app = fileURLToPath(new URL('../support/hostile-app.js', import.meta.url));
const authority = noOpenssl ? undefined : new Authority();
const files = authority?.issue('hostile', 30);
// Run by itself, without the test runner's settings, it has as much time.
t.setTimeout(10 * PATIENCE);
const gw = new Gw(
  ['start', app, '--log-level', 'warn'],
  files === undefined ? {} : { HOSTILE_CERT: files.cert, HOSTILE_KEY: files.key },
);

/** A connection that says whatever it likes, and need not read. */
class Caller {
  text = '';
  isClosed = false;
  /** Called when something has come. */
  heard: () => void = () => {};
  readonly socket: net.Socket;

  constructor(port: number, ...words: readonly string[]) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', b => {
      this.text += b;
      this.heard();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    // Whoever is told that the other side has ended goes too, unless he is asleep.
    this.socket.on('end', () => this.socket.end());
    this.say(...words);
  }

  say(...words: readonly string[]): void {
    for (const word of words) this.socket.write(word, 'latin1');
  }

  hears(text: string, within = PATIENCE): Promise<void> {
    return until(() => this.text.includes(text), `"${text}" among ${this.text.length} bytes`, within);
  }

  ends(): Promise<void> {
    return until(() => this.isClosed, 'the end of a connection');
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** Asks one question after the other, and wants each answered, in order. */
class Good extends Caller {
  asked = 0;
  answered = 0;
  readonly times: number[] = [];
  readonly #done: Promise<void>;
  #goesOn = true;

  constructor(port: number) {
    super(port, '/login good pass\r\n');
    this.#done = this.#ask();
  }

  async #ask(): Promise<void> {
    await this.hears('* welcome good');
    while (this.#goesOn) {
      const at = performance.now();
      this.text = '';
      this.say(`/ask ${++this.asked}\r\n`);
      await this.#answer();
      if (this.text !== `* answer ${this.asked}\r\n`) throw new Error(`${this.asked} was answered with ${this.text}`);
      this.answered++;
      this.times.push(performance.now() - at);
      await sleep(20);
    }
  }

  /** A line has come, or nobody waits for it any longer. */
  #answer(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, PATIENCE);
      this.heard = () => {
        if (!this.text.includes('\r\n')) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async stop(): Promise<string> {
    await until(() => this.answered >= LEAST, `${LEAST} answers to the one that behaves`);
    this.#goesOn = false;
    await this.#done;
    this.times.sort((a, b) => a - b);
    const [median = 0, most = 0] = [this.times[this.times.length >> 1], this.times.at(-1)];
    return `${this.answered} answers, median ${median.toFixed(1)} ms, most ${most.toFixed(1)} ms`;
  }
}

async function counters(): Promise<Required<Status>['gateway']> {
  const lines = (): string[] =>
    gw.stdout
      .split('\n')
      .slice(0, -1)
      .filter(line => line.startsWith('{'));
  const before = lines().length;
  gw.kill('SIGUSR2');
  await until(() => lines().length > before, 'the counters');
  return JSON.parse(lines().at(-1)!).gateway;
}

/** Resident memory of the server, in bytes; 0 where the system does not say. */
function memory(): number {
  const file = `/proc/${gw.pid}/status`;
  if (!existsSync(file)) return 0;
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
}

t.teardown(async () => {
  gw.kill();
  authority?.remove();
});

t.test('hostile clients', async t => {
  await gw.says(/listening on tls|(?:listening on tcp[\s\S]*){3}/);
  await until(() => (gw.stdout.match(/listening on/g)?.length ?? 0) === (files === undefined ? 3 : 4), 'all listeners');
  const [plain = 0, strict = 0, proxied = 0, secure = 0] = [...gw.stdout.matchAll(/listening on \w+:.*:(\d+)/g)].map(
    m => Number(m[1]),
  );
  const base = memory();

  /** Runs beside one that behaves. `counted`: what has been counted by then, at least. */
  const beside = async (
    title: string,
    run: (good: Good) => Promise<void>,
    counted: (c: Required<Status>['gateway']) => unknown,
  ) => {
    const before = counted(await counters());
    const good = new Good(plain);
    await run(good);
    const figures = await good.stop();
    await until(async () => Number(counted(await counters()) ?? 0) > Number(before ?? 0), `${title} to be counted`);
    t.ok(good.answered >= LEAST, `${title}: beside it ${figures}`);
    t.notOk(good.isClosed);
    good.leave();
    const grown = memory() - base;
    t.ok(grown < GROWTH + MANY * EACH, `the server has grown by ${Math.round(grown / 1024 / 1024)} MiB`);
    await until(async () => (await counters()).clients === 0, 'everybody to be gone');
  };
  const close = (reason: string) => (c: Required<Status>['gateway']) => c.closes[reason as keyof typeof c.closes];
  const refusal = (why: string) => (c: Required<Status>['gateway']) => c.refused[why as keyof typeof c.refused];

  await beside(
    'malformed frames',
    () => new Caller(plain, ...Array.from({ length: 50 }, () => '\x01\x02 nothing\r\n')).ends(),
    close('bad-input'),
  );
  await beside(
    'frames that are too long',
    () => new Caller(plain, `${'x'.repeat(20_000)}\r\n`.repeat(50)).ends(),
    c => c.badFrames.OVERSIZE,
  );
  await beside(
    'a frame that never ends',
    () => new Caller(plain, 'x'.repeat(10_000_000)).ends(),
    c => Number(c.closes['bad-input'] ?? 0) + Number(c.closes['auth-timeout'] ?? 0),
  );
  await beside(
    'one byte at a time',
    async () => {
      const caller = new Caller(plain);
      for (const byte of '/login drip pass\r\n/ask 7\r\n') {
        caller.say(byte);
        await sleep(3);
      }
      await caller.hears('* answer 7');
      caller.leave();
    },
    c => Number(close('client-closed')(c) ?? 0) + Number(close('client-error')(c) ?? 0),
  );
  await beside('nobody logs in', () => new Caller(plain).ends(), close('auth-timeout'));
  await beside(
    'much is said without a login',
    async () => {
      const caller = new Caller(plain);
      while (!caller.isClosed) {
        caller.say('/ping\r\n', 'hello?\r\n', '/ask 1\r\n');
        await sleep(5);
      }
      t.notMatch(caller.text, '* answer');
    },
    close('auth-timeout'),
  );
  await beside(
    'nothing is read',
    async () => {
      const caller = new Caller(plain, '/login deaf pass\r\n');
      await caller.hears('* welcome deaf');
      caller.socket.pause();
      const before = Number(close('slow-client')(await counters()) ?? 0);
      await until(async () => {
        caller.say('much\r\n');
        return Number(close('slow-client')(await counters()) ?? 0) > before;
      }, 'it to be closed');
      caller.leave();
    },
    close('slow-client'),
  );
  await beside(
    'pings are not answered',
    async () => {
      const caller = new Caller(plain, '/login mute pass\r\n');
      await caller.hears('* welcome mute');
      await caller.ends();
    },
    close('heartbeat-timeout'),
  );
  await beside(
    'a flood that is held back',
    async good => {
      const caller = new Caller(plain, '/login flood pass\r\n', '/ping\r\n'.repeat(100_000));
      await caller.hears('* pong\r\n'.repeat(400));
      t.ok(caller.text.length < 8 * 5000, `${Math.round(caller.text.length / 8)} answers so far`);
      await until(() => good.answered >= LEAST, 'the other to be answered');
      caller.leave();
    },
    c =>
      Number(close('client-closed')(c) ?? 0) +
      Number(close('client-error')(c) ?? 0) +
      Number(c.closes['auth-timeout'] ?? 0),
  );
  await beside(
    'a flood that is cut off',
    () => new Caller(strict, '/login flood pass\r\n', '/ping\r\n'.repeat(100_000)).ends(),
    close('flood'),
  );
  await beside(
    'connections that are reset at once',
    async () => {
      for (let n = 0; n < 10; n++) {
        const callers = Array.from({ length: 50 }, () => new Caller(plain, '/ping\r\n'));
        await Promise.all(callers.map(c => new Promise(resolve => c.socket.once('connect', resolve))));
        for (const { socket } of callers) socket.resetAndDestroy();
      }
    },
    // Some are gone before they are accepted: all of them where the machine is slow.
    c => Number(close('client-error')(c) ?? 0) + Number(refusal('broken-off')(c) ?? 0),
  );
  await beside(
    'one login fifty times',
    async () => {
      const callers: Caller[] = [];
      for (let n = 0; n < 50; n++) {
        callers.push(new Caller(plain, '/login same pass\r\n'));
        await callers.at(-1)!.hears('* welcome same');
      }
      await until(() => callers.filter(c => !c.isClosed).length === 1, 'one to be left');
      t.notOk(callers.at(-1)!.isClosed, 'the last');
      callers.at(-1)!.leave();
    },
    close('replaced'),
  );
  await beside(
    'one side that is ended and no more',
    async () => {
      const caller = new Caller(plain, '/login half pass\r\n');
      await caller.hears('* welcome half');
      caller.socket.end();
      await caller.ends();
    },
    close('client-closed'),
  );
  await beside(
    'a PROXY header that does not end',
    async () => {
      const caller = new Caller(proxied, 'PROXY TCP4 ');
      const other = new Caller(proxied, `PROXY TCP4 ${'1'.repeat(5000)}`);
      await Promise.all([caller.ends(), other.ends()]);
    },
    c => Math.min(Number(refusal('handshake-timeout')(c) ?? 0), Number(refusal('proxy-header')(c) ?? 0)),
  );
  if (secure > 0) {
    await beside(
      'no TLS handshake, and something else instead of one',
      async () => {
        const silent = new Caller(secure);
        const other = new Caller(secure, '/login plain pass\r\n'.repeat(100));
        await Promise.all([silent.ends(), other.ends()]);
      },
      c => Math.min(Number(refusal('handshake-timeout')(c) ?? 0), Number(refusal('tls')(c) ?? 0)),
    );
  }
  await beside(
    `${MANY} connections at once`,
    async () => {
      const callers = Array.from({ length: MANY }, () => new Caller(plain, '/ping\r\n'));
      await until(() => callers.every(c => c.text !== '' || c.isClosed), 'all to be answered');
      t.equal(callers.filter(c => c.text === '* pong\r\n').length, MANY, 'each of them is served');
      await until(() => callers.every(c => c.isClosed), 'those to go who do not log in');
    },
    close('auth-timeout'),
  );
  await beside(
    'the server stands still, longer than a client may be silent',
    async good => {
      await until(() => good.answered >= LEAST, 'it to talk');
      const before = await counters();
      const caller = new Caller(plain);
      gw.kill('SIGSTOP');
      caller.say('/login late pass\r\n');
      await sleep(4000);
      gw.kill('SIGCONT');
      await caller.hears('* welcome late');
      const { answered } = good;
      await until(() => good.answered > answered + LEAST || good.isClosed, 'it to go on');
      const after = await counters();
      const silent = close('heartbeat-timeout');
      t.equal(silent(after), silent(before), 'nobody is closed for silence: all of them had spoken');
      caller.leave();
    },
    c => c.framesIn,
  );
  t.equal(gw.exit, undefined, 'it runs');
  t.notMatch(gw.stderr, /Uncaught|Unhandled|^error/m);
  await gw.stop();
});
