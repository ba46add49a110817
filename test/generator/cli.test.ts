/** The `gw-gen` command as people run it: exit codes, what goes where, and never a stack. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

const folder = mkdtempSync(join(tmpdir(), 'framegate-cli-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const LOGIN = '78780d010352887071911998000479d00d0a';
const BROKEN = '78780d010352887071911998000479d10d0a';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function gen(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Run {
  const run: SpawnSyncReturns<string> = spawnSync(process.execPath, ['dist/generator/cli/main.js', ...args], {
    encoding: 'utf8',
    input,
    env: { PATH: process.env.PATH, ...env },
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const noStack = (t: Tap, run: Run): void => {
  t.notMatch(`${run.out}${run.err}`, /^\s+at .*:\d+:\d+\)?$/m, 'no stack is shown');
};
type Tap = { notMatch: (text: string, pattern: RegExp, message: string) => unknown };

const decoded = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

t.test('decode --json prints one object a line, in the agreed shape', async t => {
  const run = gen(['decode', '--json', 'protocols/gt06.wire.yaml', LOGIN, BROKEN]);
  noStack(t, run);
  t.equal(run.code, 1);
  t.equal(run.err, '');
  const [good, bad, ...more] = decoded(run.out);
  t.same(good, { ok: true, message: 'login', id: 1, value: { imei: '352887071911998', serial: 4 }, bytes: 18 });
  t.same(Object.keys(good!), ['ok', 'message', 'id', 'value', 'bytes']);
  t.same(bad, { ok: false, code: 'CHECK', offset: 14, field: 'crc', text: bad!.text });
  t.same(Object.keys(bad!), ['ok', 'code', 'offset', 'field', 'text']);
  t.equal(bad!.text, 'the checksum is wrong: got 31185 (0x79d1), want 31184 (0x79d0)');
  t.same(more, []);
});

t.test('decode shows bytes as digits, text for people, and no secrets', async t => {
  const unknown = gen(['decode', '--json', 'protocols/gt06.wire.yaml', '787805120099abec0d0a']);
  t.match(decoded(unknown.out), [{ ok: true, message: 'unknown', id: 0x12, value: { body: '' } }]);
  const text = gen(['decode', 'protocols/gt06.wire.yaml', LOGIN, BROKEN]);
  t.match(text.out, /^login 0x01 18 bytes\n {2}imei: "352887071911998"\n/);
  t.match(text.out, /^refused byte 14, field crc: .*\[CHECK\]$/m);
  const chat = gen(['decode', 'protocols/chat.wire.yaml', Buffer.from('/login bob s3cret\n').toString('hex')]);
  t.match(chat.out, /pass: \*\*\*/);
  t.notMatch(chat.out, /s3cret/);
  t.equal(chat.code, 0);
});

t.test('decode reads lines from stdin; --stream takes them for one stream', async t => {
  const lines = gen(['decode', '--json', 'protocols/gt06.wire.yaml'], `${LOGIN}\n\n78 78 05 01 00\n${LOGIN}`);
  t.same(
    decoded(lines.out).map(r => r.ok),
    [true, false, true],
  );
  t.equal(lines.code, 1);
  const whole = LOGIN + LOGIN;
  const stream = gen(['decode', '--json', '--stream', 'protocols/gt06.wire.yaml'], whole.replace(/(.{10})/g, '$1\n'));
  t.same(
    decoded(stream.out).map(r => r.message),
    ['login', 'login'],
  );
  t.equal(stream.code, 0);
  const noise = gen(['decode', '--json', '--stream', 'protocols/gt06.wire.yaml', 'ffff', LOGIN]);
  t.match(decoded(noise.out), [{ ok: false, code: 'GARBAGE' }, { ok: true }]);
  t.equal(gen(['decode', 'protocols/gt06.wire.yaml'], '').code, 0, 'nothing is nothing wrong');
});

t.test('decode --dir and --state', async t => {
  const down = gen([
    'decode',
    '--json',
    '--dir',
    'down',
    '--state',
    'open',
    'protocols/gt06.wire.yaml',
    '7878050100048e710d0a',
  ]);
  t.match(decoded(down.out), [{ ok: true, message: 'loginOk' }]);
  for (const args of [
    ['--dir', 'sideways'],
    ['--state', 'broken'],
  ]) {
    const run = gen(['decode', ...args, 'protocols/gt06.wire.yaml', LOGIN]);
    noStack(t, run);
    t.equal(run.code, 2);
    t.match(run.err, /cannot be "(?:sideways|broken)"/);
    t.equal(run.out, '');
  }
});

t.test('encode prints the frame that says a message', async t => {
  const gt06 = 'protocols/gt06.wire.yaml';
  const sensor = 'protocols/tlv-sensor.wire.yaml';
  const both = join(folder, 'both.wire.yaml');
  writeFileSync(
    both,
    `wire: 1
protocol: { id: both, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }
messages:
  m: { dir: both, id: 1, fields: { at: time(u32 s), raw: bytes(u8), big: u64 } }
`,
  );
  const time = '{"at": "2026-01-01T00:00:00Z", "raw": "ca fe", "big": "18446744073709551615"}';
  const wanted = '0010016955b90002cafeffffffffffffffff';
  const good: [readonly string[], string][] = [
    [[gt06, 'login', '{"imei": "352887071911998", "serial": 4}'], LOGIN],
    [[gt06, 'loginOk', '--request', LOGIN], '7878050100048e710d0a'],
    [[gt06, 'loginOk', '{"serial": 4}'], '7878050100048e710d0a'],
    [[both, 'm', time], wanted],
    [[both, 'm', time, '--dir', 'up'], wanted],
    [[both, 'm', time.replace('"2026-01-01T00:00:00Z"', '1767225600000'), '--dir', 'down'], wanted],
    [
      [
        sensor,
        'report',
        '{"seq": 2, "uptime": 86400, "temp": [-5.25, 21.5], "hum": 45.5, "press": 101325, "battery": 3.312, "state": {"low": true, "tamper": false, "charging": true}, "unknown": [{"tag": 66, "data": "dead"}]}',
      ],
      'a55a0127001002000104805101001002f3fd1002660811015b120322e20a2002f00c210205004202deadea90',
    ],
  ];
  for (const [args, hex] of good) {
    const run = gen(['encode', ...args]);
    t.equal(run.out, `${hex}\n`, `${args[1]} ${run.err}`);
    t.equal(run.err, '');
    t.equal(run.code, 0);
  }
  const binary = spawnSync(process.execPath, [
    'dist/generator/cli/main.js',
    'encode',
    gt06,
    'loginOk',
    '{"serial": 4}',
    '--binary',
  ]);
  t.equal(binary.stdout.toString('hex'), '7878050100048e710d0a', 'no line end');
  t.equal(binary.status, 0);
});

t.test('encode says in one sentence why it cannot', async t => {
  const gt06 = 'protocols/gt06.wire.yaml';
  const sensor = 'protocols/tlv-sensor.wire.yaml';
  const wrong: [readonly string[], number, RegExp][] = [
    [[gt06, 'logn'], 2, /^error There is no message "logn"\n {2}hint: did you mean "login"\?\n$/],
    [[gt06, 'login', '{"imie": "1"}'], 2, /^error "login" has no field "imie"\n {2}hint: did you mean "imei"\?\n$/],
    [[gt06, 'login', '{imei: 1}'], 2, /^error The fields are no JSON: /],
    [[gt06, 'login', '[]'], 2, /must be a JSON object/],
    [[gt06, 'login', '{"imei": 7}'], 1, /^error Cannot encode "imei": want text, got 7\n$/],
    [[gt06, 'login', '{}'], 1, /^error Cannot encode "imei"/],
    [[gt06, 'loginOk'], 1, /hint: give the request with --request/],
    [[gt06, 'loginOk', '--request', 'zz'], 2, /--request "zz" is no run of hexadecimal digits/],
    [
      [gt06, 'loginOk', '--request', BROKEN],
      1,
      /--request is no good frame\n {2}hint: gw-gen decode --dir up says why/,
    ],
    [[gt06, 'login', '{}', '--dir', 'down'], 2, /This message goes up, not down/],
    [[gt06, 'login', '{}', '--dir', 'sideways'], 2, /--dir cannot be "sideways"/],
    [[sensor, 'hello', '{"uid": "0011223344556677", "key": "0g"}'], 2, /^error "hello\.key" cannot be "0g": /],
    [[sensor, 'report', '{"hum": 1}'], 1, /^error Cannot encode "uptime": it must be given\n$/],
    [[sensor, 'report', '{"uptime": 1, "humm": 1}'], 2, /has no field "humm"\n {2}hint: did you mean "hum"\?/],
    [['no-such.wire.yaml', 'm'], 1, /Cannot find the schema/],
    [[gt06], 2, /missing required argument 'message'/],
  ];
  for (const [args, code, pattern] of wrong) {
    const run = gen(['encode', ...args]);
    t.equal(run.code, code, args.join(' '));
    t.match(run.err, pattern);
    t.equal(run.out, '', 'nothing on stdout');
    noStack(t, run);
  }
});

t.test('check: a good schema says so, a broken one shows all diagnostics and exits with 1', async t => {
  const good = gen(['check', 'protocols/chat.wire.yaml', 'protocols/gt06.wire.yaml']);
  t.equal(good.code, 0);
  t.equal(good.out, '');
  t.match(good.err, /^protocols\/chat\.wire\.yaml: chat 1\.0\.0, \d+ messages, \d+ vectors? hold$/m);
  const file = join(folder, 'broken.wire.yaml');
  writeFileSync(
    file,
    readFileSync('protocols/game.wire.yaml', 'utf8')
      .replace('build: u32', 'build: uint32')
      .replace('seq: u16', 'seq: uint16'),
  );
  const bad = gen(['check', file]);
  noStack(t, bad);
  t.equal(bad.code, 1);
  t.match(bad.out, /unknown type "uint32" \[UNKNOWN_TYPE\]/);
  t.match(bad.out, /unknown type "uint16" \[UNKNOWN_TYPE\]/);
  t.match(bad.out, /\n2 errors\n$/);
  const json = gen(['check', '--format', 'json', file]);
  t.match(JSON.parse(json.out), [
    { severity: 'error', code: 'UNKNOWN_TYPE', file },
    { severity: 'error', code: 'UNKNOWN_TYPE', hint: 'u16' },
  ]);
  t.equal(json.code, 1);
});

t.test('check: a vector that does not hold is shown with its bytes', async t => {
  const file = join(folder, 'vector.wire.yaml');
  writeFileSync(
    file,
    readFileSync('protocols/gt06.wire.yaml', 'utf8').replace('"352887071911998"', '"352887071911999"'),
  );
  const run = gen(['check', file]);
  t.equal(run.code, 1);
  t.match(run.out, /vector \d+ \(up login\): field imei: want "352887071911999", got "352887071911998" \[VECTOR\]/);
  noStack(t, run);
});

t.test('generate: writes, says what it wrote, and is quiet the second time', async t => {
  const out = join(folder, 'out');
  const first = gen(['generate', '--out', out, 'protocols/game.wire.yaml']);
  t.equal(first.code, 0);
  t.equal(first.out.match(/^wrote /gm)?.length, 4);
  t.ok(existsSync(join(out, 'game', 'codec.ts')));
  const second = gen(['generate', '--out', out, 'protocols/game.wire.yaml']);
  t.equal(second.out, '');
  t.match(second.err, /everything is up to date/);
  t.equal(gen(['generate', '--check', '--out', out, 'protocols/game.wire.yaml']).code, 0);
  writeFileSync(join(out, 'game', 'types.ts'), 'old');
  const stale = gen(['generate', '--check', '--out', out, 'protocols/game.wire.yaml']);
  t.equal(stale.code, 1);
  t.match(stale.out, /^stale .*types\.ts$/m);
  t.match(stale.err, /1 generated file not up to date/);
  t.equal(readFileSync(join(out, 'game', 'types.ts'), 'utf8'), 'old', '--check writes nothing');
  const dry = gen(['generate', '--dry-run', '--out', join(folder, 'dry'), 'protocols/game.wire.yaml']);
  t.equal(dry.code, 0);
  t.notOk(existsSync(join(folder, 'dry')));
  writeFileSync(join(out, 'game', 'events.ts'), '// mine');
  const kept = gen(['generate', '--out', out, 'protocols/game.wire.yaml']);
  t.equal(readFileSync(join(out, 'game', 'events.ts'), 'utf8'), '// mine');
  t.match(kept.err, /has no handler for "hello"/);
  const flat = gen(['generate', '--flat', '--out', out, 'protocols/game.wire.yaml', 'protocols/chat.wire.yaml']);
  t.equal(flat.code, 2);
});

t.test('what cannot be read or written is said in one sentence', async t => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const wrong: [readonly string[], number, RegExp][] = [
    [['check', 'no-such.wire.yaml'], 1, /^error Cannot find the schema "no-such\.wire\.yaml"\n {2}hint: /],
    [['check', folder], 1, /is a folder, not a schema/],
    [['decode', 'no-such.wire.yaml', '00'], 1, /Cannot find the schema/],
    [['decode', 'protocols/gt06.wire.yaml', '787'], 2, /^error "787" is no run of hexadecimal digits\n {2}hint: /],
    [['decode', 'protocols/gt06.wire.yaml', 'zz'], 2, /"zz" is no run of hexadecimal digits/],
    [['generate', '--out', join(file, 'x'), 'protocols/chat.wire.yaml'], 1, /Cannot make the folder/],
    [['generate', 'no-such.wire.yaml'], 1, /Cannot find the schema/],
    [['check', '--format', 'xml', 'protocols/chat.wire.yaml'], 2, /--format cannot be "xml"/],
    [['check', '--formt', 'json', 'protocols/chat.wire.yaml'], 2, /unknown option '--formt'/],
    [['chekc'], 2, /unknown command 'chekc'/],
    [['check'], 2, /missing required argument 'schema'/],
    [['decode'], 2, /missing required argument 'schema'/],
  ];
  for (const [args, code, pattern] of wrong) {
    const run = gen(args);
    t.equal(run.code, code, args.join(' '));
    t.match(run.err, pattern);
    t.equal(run.out, '', 'nothing on stdout');
    noStack(t, run);
  }
});

t.test('help and version', async t => {
  t.equal(
    gen(['--version']).out,
    `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
  );
  const help = gen(['--help']);
  t.equal(help.code, 0);
  for (const command of ['check', 'decode', 'encode', 'generate'])
    t.match(help.out, new RegExp(`^ {2}${command} `, 'm'));
});

t.test('no colours where the output is no terminal, with or without NO_COLOR', async t => {
  const env = { FORCE_COLOR: '0' };
  t.notMatch(gen(['decode', 'protocols/gt06.wire.yaml', LOGIN, BROKEN], '', { NO_COLOR: '1' }).out, '\u001b[');
  t.notMatch(gen(['check', 'no-such.wire.yaml'], '', env).err, '\u001b[');
});
