/** `gw-gen decode` and `gw-gen encode`: what bytes say, and which bytes say it; digits, files and pipes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { gen, noStack, Running } from '../support/gw-gen.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-stream-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const GT06 = 'protocols/gt06.wire.yaml';
const LOGIN = '78780d010352887071911998000479d00d0a';
const BROKEN = '78780d010352887071911998000479d10d0a';

function file(name: string, hex: string): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(hex, 'hex'));
  return path;
}

const lines = (out: string): Record<string, unknown>[] =>
  out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

t.test('what decode says of ids by mask and of times that are none can be encoded again', async t => {
  const schema = join(folder, 'masked.wire.yaml');
  writeFileSync(
    schema,
    `wire: 1
protocol: { id: masked, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }
types: { T: { at: time(bcd yyMMddHHmmss), n: u8 } }
messages:
  m: { dir: up, id: { mask: 0xf0, equals: 0x30, as: channel }, fields: { at: time(u8 yyMMddHHmmss), l: T(u8) } }
`,
  );
  const hex = '000f' + '35' + 'ffffffffffff' + '01' + 'aabbccddeeff' + '07';
  const [said] = lines(gen(['decode', '--json', schema, hex]).out);
  t.match(said, { ok: true, value: { channel: 5, $raw: { at: 'ffffffffffff' }, l: [{ n: 7 }] } });
  const run = gen(['encode', schema, 'm', JSON.stringify(said!.value)]);
  t.equal(run.err, '');
  t.equal(run.out.trim(), hex);
});

t.test('decode --json prints one object a line, in the agreed shape', async t => {
  const run = gen(['decode', '--json', 'protocols/gt06.wire.yaml', LOGIN, BROKEN]);
  noStack(t, run);
  t.equal(run.code, 1);
  t.equal(run.err, '');
  const [good, bad, ...more] = lines(run.out);
  t.same(good, { ok: true, message: 'login', id: 1, value: { imei: '352887071911998', serial: 4 }, bytes: 18 });
  t.same(Object.keys(good!), ['ok', 'message', 'id', 'value', 'bytes']);
  t.same(bad, { ok: false, code: 'CHECK', offset: 14, field: 'crc', text: bad!.text });
  t.same(Object.keys(bad!), ['ok', 'code', 'offset', 'field', 'text']);
  t.equal(bad!.text, 'the checksum is wrong: got 31185 (0x79d1), want 31184 (0x79d0)');
  t.same(more, []);
});

t.test('digits are read as other programs print them', async t => {
  const good = gen(['decode', GT06, LOGIN]);
  const bytes = LOGIN.match(/../g)!;
  const forms = [
    bytes.join(':'),
    bytes.join('-').toUpperCase(),
    bytes.map(b => `0x${b}`).join(', '),
    bytes.map(b => `\\x${b}`).join(''),
  ];
  for (const form of forms) t.same(gen(['decode', GT06, form]), good, form);
  for (const form of ['0x7', '780x0d', '78;0d', '0x'])
    t.match(gen(['decode', GT06, form]), { code: 2, err: /is no run of hexadecimal digits/ }, form);
});

t.test('decode shows bytes as digits, text for people, and no secrets', async t => {
  const unknown = gen(['decode', '--json', 'protocols/gt06.wire.yaml', '787805120099abec0d0a']);
  t.match(lines(unknown.out), [{ ok: true, message: 'unknown', id: 0x12, value: { body: '' } }]);
  const text = gen(['decode', 'protocols/gt06.wire.yaml', LOGIN, BROKEN]);
  t.match(text.out, /^login 0x01 18 bytes\n {2}imei: "352887071911998"\n/);
  t.match(text.out, /^refused byte 14, field crc: .*\[CHECK\]$/m);
  const chat = gen(['decode', 'protocols/chat.wire.yaml', Buffer.from('/login bob s3cret\n').toString('hex')]);
  t.match(chat.out, /pass: \*\*\*/);
  t.notMatch(chat.out, /s3cret/);
  t.equal(chat.code, 0);
});

t.test('of a long frame that is refused no more than a line is shown', async t => {
  const frame = (bytes: number): string =>
    `7878${(bytes + 5).toString(16).padStart(2, '0')}15${'ab'.repeat(bytes)}00010000`;
  const shown = (bytes: number): string => gen(['decode', GT06, frame(bytes)]).out.split('\n')[1]!;
  t.equal(shown(18), `  78 78 17 15 ${'ab '.repeat(18)}00 01 00 00`, '26 bytes');
  t.equal(shown(19), `  78 78 18 15 ${'ab '.repeat(19)}00 ... (3 more)`);
  t.equal(shown(200), `  78 78 cd 15 ${'ab '.repeat(20)}... (184 more)`);
});

t.test('decode reads lines from stdin; --join takes them for one stream', async t => {
  const each = gen(['decode', '--json', 'protocols/gt06.wire.yaml'], `${LOGIN}\n\n78 78 05 01 00\n${LOGIN}`);
  t.same(
    lines(each.out).map(r => r.ok),
    [true, false, true],
  );
  t.equal(each.code, 1);
  const whole = LOGIN + LOGIN;
  const stream = gen(['decode', '--json', '--join', 'protocols/gt06.wire.yaml'], whole.replace(/(.{10})/g, '$1\n'));
  t.same(
    lines(stream.out).map(r => r.message),
    ['login', 'login'],
  );
  t.equal(stream.code, 0);
  const noise = gen(['decode', '--json', '--join', 'protocols/gt06.wire.yaml', 'ffff', LOGIN]);
  t.match(lines(noise.out), [{ ok: false, code: 'GARBAGE' }, { ok: true }]);
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
  t.match(lines(down.out), [{ ok: true, message: 'loginOk' }]);
  for (const args of [
    ['--dir', 'sideways'],
    ['--state', 'broken'],
  ]) {
    const run = gen(['decode', ...args, 'protocols/gt06.wire.yaml', LOGIN]);
    noStack(t, run);
    t.equal(run.code, 2);
    t.match(run.err, /argument '(?:sideways|broken)' is invalid\. Allowed choices are (?:up, down|new, open)\./);
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
    [[gt06, 'loginOk', '--request', 'zz'], 2, /^error "zz" is no run of hexadecimal digits/],
    [
      [gt06, 'loginOk', '--request', BROKEN],
      1,
      /--request is no good frame\n {2}hint: gw-gen decode --dir up says why/,
    ],
    [[gt06, 'login', '{}', '--dir', 'down'], 2, /This message goes up, not down/],
    [[gt06, 'login', '{}', '--dir', 'sideways'], 2, /argument 'sideways' is invalid\. Allowed choices are up, down\./],
    [[sensor, 'hello', '{"uid": "0011223344556677", "key": "0g"}'], 2, /^error "hello\.key" is not written as bytes; /],
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

t.test('decode --stream: a file is one stream of bytes', async t => {
  const run = gen(['decode', '--stream', file('two.bin', LOGIN + LOGIN), '--format', 'json', GT06]);
  t.equal(run.code, 0, run.err);
  t.same(
    lines(run.out).map(r => r.message),
    ['login', 'login'],
  );
  const noisy = gen(['decode', '--stream', file('noisy.bin', `ffff${LOGIN}7878`), '--json', GT06]);
  t.match(lines(noisy.out), [{ ok: false, code: 'GARBAGE' }, { ok: true }, { ok: false, code: 'TRUNCATED' }]);
  t.equal(noisy.code, 1);
  t.same(gen(['decode', '--stream', file('empty.bin', ''), GT06]), { code: 0, out: '', err: '' });
  t.match(gen(['decode', '--stream', file('text.bin', LOGIN), GT06]).out, /^login 0x01 18 bytes\n {2}imei: /);
});

t.test('decode --stream: a pipe is decoded while it is open', async t => {
  const run = new Running(['decode', '--stream', '-', '--format', 'json', GT06]);
  t.teardown(() => run.kill());
  const bytes = Buffer.from(LOGIN + LOGIN, 'hex');
  run.process.stdin.write(bytes.subarray(0, 25));
  await run.says('\n');
  t.equal(lines(run.out).length, 1);
  run.process.stdin.end(bytes.subarray(25));
  t.equal(await run.ended(), 0);
  t.same(
    lines(run.out).map(r => r.message),
    ['login', 'login'],
  );
});

t.test('decode --stream: a file longer than what is kept of it', async t => {
  const frames = 40_000;
  const run = spawnSync(
    process.execPath,
    ['dist/generator/cli/main.js', 'decode', '--stream', file('long.bin', LOGIN.repeat(frames)), '--json', GT06],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env.PATH } },
  );
  t.equal(run.status, 0);
  t.equal(run.stdout.split('\n').length - 1, frames);
});

t.test('decode --stream: what cannot be read is said in one sentence', async t => {
  for (const [args, code, text] of [
    [['--stream', join(folder, 'nowhere.bin')], 1, /Cannot read ".*nowhere\.bin" \(ENOENT\)/],
    [['--stream', folder], 1, /Cannot read ".*" \(EISDIR\)/],
    [['--stream', '-', '--join'], 2, /--stream reads bytes, no hexadecimal digits/],
    [['--format', 'xml'], 2, /Allowed choices are text, json/],
  ] as const) {
    const run = gen(['decode', ...args, GT06]);
    noStack(t, run);
    t.equal(run.code, code, run.err);
    t.match(run.err, text);
    t.equal(run.out, '');
  }
  t.match(gen(['decode', '--stream', '-', GT06, LOGIN]), { code: 2 });
});
