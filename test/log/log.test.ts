/** The log: its two forms, what is joined, and what an application can have instead. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { accept, defineApp, type Logger, type LogLevel, startAll } from '../../src/index.js';
import { type Format, jsonFormat, prettyFormat } from '../../src/log/format.js';
import { LineLogger } from '../../src/log/line-logger.js';
import { watchLoop } from '../../src/log/loop-watch.js';
import { kindOf } from '../../src/log/repeats.js';
import { World } from '../../src/testing/sim/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const at = Date.UTC(2026, 0, 31, 12);
const NASTY = 'a\nb\u001b[2J\u202ec\r\u0085"\u2028';

function logger(level: LogLevel, format: Format = ({ text }) => text) {
  const world = new World({ seed: 1 });
  const lines: string[] = [];
  const { clock } = world.process('one').platform;
  const made = new LineLogger(level, format, clock, text => lines.push(text));
  return { world, clock, lines, logger: made };
}

t.test('a line for people', async t => {
  const format = prettyFormat({ role: 'gateway', name: 'eu-1', pid: 7 });
  t.equal(
    format({ at, level: 'warn', text: 'so it is', facts: { client: 'x' } }),
    '2026-01-31T12:00:00.000Z warn  gateway eu-1[7]: so it is',
  );
  t.equal(prettyFormat({ pid: 7 })({ at, level: 'error', text: '' }), '2026-01-31T12:00:00.000Z error app[7]: ');
  t.match(prettyFormat({ pid: 7 }, true)({ at, level: 'error', text: 'x' }), '\u001b[31merror\u001b[39m');
  t.equal(
    format({ at, level: 'info', text: NASTY }).slice(48),
    'a | b\\u001b[2J\\u202ec\\u000d\\u0085"\\u2028',
    'is one line, whatever stands in it',
  );
});

t.test('a line for programs', async t => {
  const format = jsonFormat({ role: 'worker', pid: 7 });
  const facts = { client: 'c1', protocol: 'chat', message: 'say', reason: undefined, milliseconds: 12 };
  t.equal(
    format({ at, level: 'warn', text: 'so it is', facts }),
    '{"time":"2026-01-31T12:00:00.000Z","level":"warn","role":"worker","pid":7,"msg":"so it is","client":"c1",' +
      '"protocol":"chat","message":"say","milliseconds":12}',
  );
  const line = format({ at, level: 'warn', text: NASTY });
  t.notMatch(line, /[\p{Cc}\p{Cf}\p{Zl}]/u, 'steers no terminal');
  t.equal((JSON.parse(line) as { msg: string }).msg, NASTY, 'and says what it was');
});

t.test('levels', async t => {
  for (const [level, written] of [
    ['debug', 4],
    ['info', 3],
    ['error', 1],
    ['silent', 0],
  ] as const) {
    const { logger: log, lines } = logger(level);
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name](name);
    t.equal(lines.length, written, level);
    t.equal(log.debugs, level === 'debug');
  }
});

t.test('of lines that say the same a few are written, and the number of the others', async t => {
  const { world, clock, lines, logger: log } = logger('debug');
  const flood = (n: number): void => {
    for (let i = 0; i < n; i++) log.warn(`Client ${i}abc is lost at 10.0.0.${i}:50${i}`);
  };
  flood(1000);
  log.warn('Another thing');
  t.equal(lines.length, 6);
  await world.run(9_990);
  t.equal(lines.length, 6);
  await world.run(20);
  t.same(lines.slice(6), ['Client 999abc is lost at 10.0.0.999:50999 (the last of 995 more such lines in 10 s)\n']);
  await world.run(60_000);
  t.equal(lines.length, 7, 'once');
  flood(7);
  t.equal(lines.length, 12);
  log.flush();
  t.match(lines[12], /the last of 2 more/, 'at the end, what is held back is said');
  log.flush();
  t.equal(lines.length, 13);

  await t.test('what there are too many kinds of is written as it comes', async t => {
    lines.length = 0;
    const names = Array.from({ length: 300 }, (_, i) => i.toString(2).replaceAll('0', 'a').replaceAll('1', 'b'));
    for (const name of names) for (let i = 0; i < 6; i++) log.info(`about ${name}`);
    t.equal(lines.length, 256 * 5 + 44 * 6);
    log.flush();
  });

  await t.test('lines of debug are all written, and levels are told apart', async t => {
    lines.length = 0;
    for (let i = 0; i < 9; i++) for (const level of ['debug', 'info', 'warn'] as const) log[level]('again');
    t.equal(lines.length, 9 + 5 + 5);
  });

  t.equal(
    kindOf('The handler of "say" failed for client 01a2-x: no 5'),
    'The handler of "say" failed for client # no #',
  );
  t.ok(clock.now() > 0);
});

t.test('a blocked event loop is told, with how long', async t => {
  const world = new World({ seed: 1 });
  const memory = new MemoryLogger();
  const one = world.process('one');
  watchLoop(one.platform.clock, memory);
  await world.run(5000);
  t.same(memory.lines, []);
  one.freeze();
  await world.run(2600);
  one.thaw();
  await world.run(1000);
  t.equal(memory.lines.length, 1);
  t.match(memory.lines[0], /^warn The event loop was blocked for 2[0-6]\d\d ms: nothing was read/);
});

t.test('an application brings its own', async t => {
  const lines: unknown[][] = [];
  const take =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push([level, ...args]);
  let flushed = 0;
  const own: Logger = {
    ...{ debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') },
    flush: () => void flushed++,
  };
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol() };
  const onSay = (): never => {
    throw new Error('not today');
  };
  const events = { onSay, onLogin: () => accept({ name: 'ann' }) };
  const app = defineApp({ listeners: [{ ...listener, events: () => Promise.resolve(events) }], logger: own });
  const running = await startAll(app);
  t.teardown(() => running.stop());
  const ann = await LineClient.connect(running.listening[0]!.address);
  t.teardown(() => ann.close());
  ann.send('/login ann pass', 'hello');
  await until(() => lines.some(([level]) => level === 'error'), 'a line');
  await running.stop();
  t.ok(flushed > 0);
  t.match(
    lines.find(([level]) => level === 'error'),
    ['error', /The handler of "\w+" failed/, { client: /\S/, protocol: 'line', message: /\w/ }],
  );
  for (const bad of [null, 5, { debug() {}, info() {}, warn() {} }]) {
    t.throws(() => defineApp({ listeners: app.listeners, logger: bad as unknown as Logger }), {
      code: 'FG_CONFIG',
      message: /^"logger" of an application has no "(?:debug|error)"/,
    });
  }
});

t.test(
  'processes write JSON where there is no terminal, alike in all roles, and what is held back before they end',
  async t => {
    const args = ['--gateways', '1', '--workers', '1', '--register', 'tcp://127.0.0.1:0', '--log-level', 'info'];
    const gw = new Gw(['start', lineApp, ...args], { GW_LOG_FORMAT: 'auto' });
    t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
    const ann = await LineClient.connect(await gw.says(/line listening on (\S+)/));
    t.teardown(() => ann.close());
    await ann.login('ann');
    for (let i = 0; i < 12; i++) ann.send('crash');
    ann.send('pid');
    const pid = Number((await ann.line(/^\* answer \d+/)).slice(9));
    await gw.stop();
    const lines = gw.stderr.trim().split('\n');
    const all = lines.map(line => JSON.parse(line) as Record<string, unknown>);
    const failures = all.filter(({ msg }) => /^The handler of "say" failed/.test(String(msg)));
    t.equal(failures.length, 6);
    for (const line of failures)
      t.match(line, { level: 'error', role: 'worker', pid, message: 'say', client: /^\w/, protocol: 'line' });
    t.match(failures[5]!.msg, /crashed on purpose.* \(the last of 7 more such lines in 10 s\)$/);
    for (const { time } of all) t.equal(new Date(String(time)).toISOString(), time);

    const pretty = new Gw(['start', lineApp, '--log-format', 'pretty', '--gateways', '1', '--log-level', 'debug']);
    t.teardown(() => (pretty.exit === undefined ? pretty.stop().catch(() => pretty.kill()) : undefined));
    await pretty.says(/line listening on/);
    await pretty.complains(/^20\d\d-\S+Z debug gateway g\w+-1\[\d+\]: The worker \w+ is linked from/m);
    await pretty.stop();
  },
);

t.test('what a page says of the format is so', async t => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/operations/logs.md', import.meta.url)), 'utf8');
  for (const name of ['client', 'protocol', 'message', 'reason', 'peer', 'field', 'bytes', 'milliseconds'])
    t.match(page, new RegExp(`^\\| \`${name}\` \\|`, 'm'), name);
});
