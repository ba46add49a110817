/** The `gw-gen` command as people run it: exit codes, what goes where, and never a stack. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import t from 'tap';
import { gwGen } from '../../generator/cli/program.js';
import { treeOf } from '../../generator/completion/tree.js';
import { colorsFor } from '../../generator/schema/colors.js';
import { gen, noStack } from '../support/gw-gen.js';

const tree = treeOf(await gwGen());

const folder = mkdtempSync(join(tmpdir(), 'framegate-cli-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const LOGIN = '78780d010352887071911998000479d00d0a';
const BROKEN = '78780d010352887071911998000479d10d0a';

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

t.test('check --format github: one annotation for each diagnostic', async t => {
  const file = join(folder, 'odd,name%.wire.yaml');
  writeFileSync(file, readFileSync('protocols/game.wire.yaml', 'utf8').replace('build: u32', 'build: uint32'));
  const bad = gen(['check', '--format', 'github', file]);
  t.equal(bad.code, 1);
  t.equal(bad.err, '');
  const where = file.replaceAll('%', '%25').replaceAll(',', '%2C');
  const [, line, col] = /line=(\d+),col=(\d+)/.exec(bad.out)!;
  const end = Number(col) + 'uint32'.length;
  const [, source] = /^(.*build: )uint32/m.exec(readFileSync(file, 'utf8'))!;
  t.equal(Number(col), source!.length + 1);
  t.equal(
    bad.out,
    `::error file=${where},line=${line},col=${col},endColumn=${end},title=UNKNOWN_TYPE::unknown type "uint32"%0Ahint: u32\n`,
  );
  t.same(gen(['check', '--format', 'github', 'protocols/game.wire.yaml']), { code: 0, out: '', err: '' });
});

t.test('check: the caret under a vector stands at its byte on the wire, behind flags and escapes', async t => {
  const file = join(folder, 'caret.wire.yaml');
  const schema = (split: string, raw: string): string => `wire: 1
protocol: { id: caret, version: 1.0.0 }
session: { auth: none }
frame:
  split: ${split}
  layout: { id: { type: u8, role: id }, body: body }
messages: { a: { dir: up, id: 1, fields: { x: u8, y: u16, z: { type: u8, valid: 0..9 } } } }
vectors: [{ dir: up, raw: "${raw}", is: a }]
`;
  const flag = '{ by: flag, flag: "7e", shared: true }\n  escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }';
  const rows: [split: string, raw: string, at: number][] = [
    [flag, '7e 01 7d 02 7d 01 00 ff 7e', 7],
    ['{ by: slip }', 'c0 01 db dc 00 00 ff c0', 6],
    ['{ by: cobs }', '03 01 02 01 02 ff 00', 5],
    [`{ by: hex, end: "0a" }`, "'01020000ff' 0a", 8],
  ];
  for (const [split, raw, at] of rows) {
    writeFileSync(file, schema(split, raw));
    const run = gen(['check', file]);
    t.match(run.out, `byte ${at}, field z:`, split);
    const lines = run.out.split('\n');
    const under = lines.findIndex(
      line => /^ *\^\^$/.test(line) && line.indexOf('^') > 0 && line.startsWith('        '),
    );
    t.equal(lines[under]!.indexOf('^') - lines[under - 1]!.search(/[0-9a-f]{2} [0-9a-f]{2}/), at * 3, run.out);
  }
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

t.test('decode, explain and encode work where a golden frame does not hold: they help to find out why', async t => {
  const file = join(folder, 'unproven.wire.yaml');
  writeFileSync(
    file,
    readFileSync('protocols/gt06.wire.yaml', 'utf8').replace('"352887071911998"', '"352887071911999"'),
  );
  t.match(gen(['decode', file, LOGIN]), { code: 0, out: /imei: "352887071911998"/, err: '' });
  t.match(gen(['explain', file, LOGIN]), { code: 0, out: /imei +"352887071911998"/, err: '' });
  const fields = '{"imei": "352887071911998", "serial": 4}';
  t.same(gen(['encode', file, 'login', fields]), { code: 0, out: `${LOGIN}\n`, err: '' });
  t.match(gen(['generate', '--dry-run', file]), { code: 1, err: /\[VECTOR\]/ });
});

t.test('generate: writes, says what it wrote, and is quiet the second time', async t => {
  const out = join(folder, 'out');
  const first = gen(['generate', '--out', out, 'protocols/game.wire.yaml']);
  t.equal(first.code, 0);
  t.equal(first.out.match(/^wrote /gm)?.length, 5);
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

t.test('generate: a schema with errors does not keep the others from being written', async t => {
  const broken = join(folder, 'broken-one.wire.yaml');
  writeFileSync(broken, readFileSync('protocols/game.wire.yaml', 'utf8').replace('build: u32', 'build: uint32'));
  const out = join(folder, 'several');
  const run = gen(['generate', '--out', out, broken, 'protocols/tlv-sensor.wire.yaml']);
  t.equal(run.code, 1);
  t.match(run.err, '[UNKNOWN_TYPE]');
  t.ok(existsSync(join(out, 'tlv-sensor', 'codec.ts')));
  t.notOk(existsSync(join(out, 'broken-one')));
});

t.test('one schema that is not there does not keep the others from their turn', async t => {
  const chat = 'protocols/chat.wire.yaml';
  const out = join(folder, 'others');
  const broken = join(folder, 'broken-two.wire.yaml');
  writeFileSync(broken, 'wire: 2\n');
  for (const [args, said] of [
    [['check', broken, 'no-such.wire.yaml', chat], 'chat 1.0.0, 16 messages'],
    [['generate', '--out', out, broken, 'no-such.wire.yaml', chat], join(out, 'chat', 'codec.ts')],
    [['docs', '--out', out, broken, 'no-such.wire.yaml', chat], join(out, 'chat', 'PROTOCOL.md')],
  ] as const) {
    const run = gen(args);
    t.equal(run.code, 1, args.join(' '));
    t.match(run.err, 'error Cannot find the schema "no-such.wire.yaml"\n  hint: ');
    t.match(run.out + run.err, said);
    t.match(run.out + run.err, /broken-two\.wire\.yaml:1:\d+ error /);
    noStack(t, run);
  }
  const json = gen(['check', '--format', 'json', 'no-such.wire.yaml', broken]);
  t.equal(json.code, 1);
  t.match(JSON.parse(json.out), [{ file: broken }, {}], 'stdout is a list all the same');
});

t.test(
  'a full disk behind stdout is said in one sentence',
  { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' },
  async t => {
    const full = openSync('/dev/full', 'w');
    t.teardown(() => closeSync(full));
    for (const args of [
      ['json-schema'],
      ['format', '--stdout', 'protocols/jt808.wire.yaml'],
      ['check', '--format', 'json', 'protocols/chat.wire.yaml'],
    ]) {
      const done = spawnSync(process.execPath, ['dist/generator/cli/main.js', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', full, 'pipe'],
      });
      t.equal(done.status, 1, args.join(' '));
      t.equal(done.stderr, 'error Cannot write to stdout (ENOSPC): the disk is full\n');
    }
  },
);

t.test('what is nested or long beyond all measure is told, at its place and shortened', async t => {
  const file = join(folder, 'deep.wire.yaml');
  const field = (condition: string): string => `wire: 1
protocol: { id: deep, version: 1.0.0 }
frame: { split: { by: length }, layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body } }
messages: { m: { dir: up, id: 1, fields: { a: u8, b: { type: u8, if: "${condition}" } } } }
session: { auth: none }
`;
  for (const [text, said] of [
    [
      field(`${'('.repeat(5000)}a${')'.repeat(5000)}`),
      /cannot read the expression "\({100}\.\.\.": it has more than 500 names/,
    ],
    [field(`a${' + a'.repeat(5000)} > 3`), /it has more than 500 names, numbers and signs \[BAD_EXPRESSION\]/],
    [`wire: 1\nprotocol: ${'['.repeat(20000)}\n`, /^\S+:2:\d+ error this is nested too deeply \[YAML\]$/m],
  ] as const) {
    writeFileSync(file, text);
    const run = gen(['check', file]);
    t.equal(run.code, 1);
    t.match(run.out, said);
    for (const line of run.out.split('\n')) t.ok(line.length < 400, 'a long line is shown around the mistake');
    t.match(run.out, /^ {2}\| +\^+$/m);
    noStack(t, run);
  }
  writeFileSync(file, field(`a${' + a'.repeat(200)} > 3`));
  t.match(gen(['check', file]), { code: 0 }, 'long is not yet too long');
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
    [['generate', '--out', '/proc/no/folder', 'protocols/chat.wire.yaml'], 1, /Cannot make the folder/],
    [['docs', '--out', '/proc/no', 'protocols/chat.wire.yaml'], 1, /Cannot make the folder "\/proc\/no"/],
    [['generate', 'no-such.wire.yaml'], 1, /Cannot find the schema/],
    [
      ['check', '--format', 'xml', 'protocols/chat.wire.yaml'],
      2,
      /argument 'xml' is invalid\. Allowed choices are text, json, github\./,
    ],
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
  t.equal(help.err, '');
  t.match(help.out, 'Exit codes: 0 done, 1 a problem, 2 wrong usage, 70 a fault of the program.');
  for (const { name } of tree.commands) t.match(help.out, new RegExp(`^ {2}${name} `, 'm'));
  const nothing = gen([]);
  t.match(nothing, { code: 2, out: '', err: 'Usage: gw-gen' });
});

/** What `--help` prints. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: part => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

t.test('every command has help with examples that it understands', async t => {
  const { commands } = await gwGen();
  t.equal(gen(['help', 'check']).out, helpOf(commands.find(c => c.name() === 'check')!));
  for (const command of commands) {
    const [, examples = ''] = helpOf(command).split('\nExamples:\n');
    const lines = examples.split('\n').filter(line => line.includes(`gw-gen ${command.name()}`));
    t.not(lines.length, 0, command.name());
    const options = ['--help', ...command.options.map(o => o.long)];
    for (const line of lines)
      for (const [option] of line.slice(line.indexOf('gw-gen')).matchAll(/--[a-z][\w-]*/g))
        t.ok(options.includes(option), `${command.name()}: ${option}`);
  }
});

t.test('an unknown command or option names the nearest', async t => {
  t.match(gen(['chekc']), { code: 2, out: '', err: "error unknown command 'chekc'\n(Did you mean check?)" });
  t.match(gen(['check', '--fromat', 'json', 'x']), { code: 2, err: '(Did you mean --format?)' });
  t.match(gen(['xyzzy']), { code: 2, err: "error unknown command 'xyzzy'" });
});

t.test('a fault of the program itself exits with 70 and asks for a report', async t => {
  const fault = join(folder, 'fault.mjs');
  // Only what the command itself prints is out of order, not what it is made of.
  writeFileSync(
    fault,
    `const { stringify } = JSON;
JSON.stringify = (value, ...rest) => {
  if (value?.$schema !== undefined) throw new TypeError('out of order');
  return stringify(value, ...rest);
};
`,
  );
  const run = gen(['json-schema'], '', { NODE_OPTIONS: `--import ${fault}` });
  t.equal(run.code, 70);
  t.equal(run.out, '');
  t.match(
    run.err,
    /^bug This should not happen; please report it with the schema and the command\.\nTypeError: out of order/,
  );
});

t.test('colours: on a terminal unless they are refused, anywhere if they are forced', async t => {
  const esc = '\u001b[';
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  for (const [env, terminal, pipe] of [
    [{}, true, false],
    [{ NO_COLOR: '1' }, false, false],
    [{ NO_COLOR: '' }, true, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '0' }, false, false],
    [{ FORCE_COLOR: 'false' }, false, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
  ] as const) {
    process.env = { ...env };
    for (const [isTTY, wanted] of [
      [true, terminal],
      [false, pipe],
    ] as const)
      t.equal(colorsFor({ isTTY }).red('x').startsWith(esc), wanted, `${JSON.stringify(env)} ${isTTY}`);
  }
  process.env = before;
  for (const [env, wanted] of [
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
  ] as const) {
    for (const text of [
      gen(['decode', 'protocols/gt06.wire.yaml', LOGIN, BROKEN], '', env).out,
      gen(['check', 'no-such.wire.yaml'], '', env).err,
      gen(['chekc'], '', env).err,
    ])
      t.equal(text.includes(esc), wanted, text);
  }
});
