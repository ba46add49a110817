/**
 * Every type of a field in every place of an expression: either `check` refuses it, or the code that is generated for it
 * compiles. A schema never makes code that its user would have to repair.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { resolveSchema } from '../../generator/model/resolve.js';
import { generate } from '../../generator/run/generate.js';
import { binarySchema } from '../support/odd-schemas.js';

const types: Readonly<Record<string, string>> = {
  u8: 'u8',
  u64: 'u64',
  bigint: '{ type: u64, as: bigint }',
  f32: 'f32',
  bool: 'bool',
  varint: 'varint',
  text: 'str(u8)',
  bytes: 'bytes(u8)',
  bcd: 'bcd(2)',
  count: 'time(u32 s)',
  calendar: 'time(bcd yyMMddHHmmss)',
  list: 'u8(u8)',
  struct: 'S',
  sized: 'sized(u8 S)',
  tagged: 'G(u8)',
  bits: '{ bits: u8, fields: { on: 1, n: 7 } }',
  flags: '{ type: u8, flags: F }',
  enum: '{ type: u8, enum: E }',
  open: '{ type: u8, enum: E, open: true }',
  none: '{ type: u8, none: 255 }',
  sign: '{ type: u8, negative: s.s }',
  default: '{ type: u8, default: 4 }',
  const: '{ type: u8, const: 4 }',
};

/** Behind `fields: { x: ..., `. */
const uses: Readonly<Record<string, string>> = {
  equal: 'y: { type: u8, if: x == 2 } }',
  alone: 'y: { type: u8, if: x } }',
  not: 'y: { type: u8, if: "!x" } }',
  arithmetic: 'y: { type: u8, if: (x & 3) + 1 > 2 } }',
  text: `y: { type: u8, if: "x == 'a'" } }`,
  present: 'y: { type: u8, if: present(x) } }',
  count: 'y: { type: u8, if: count(x) > 1 } }',
  member: 'y: { type: u8, if: x == one } }',
  memberOf: 'y: { type: u8, if: x == E.one } }',
  bit: 'y: { type: u8, if: x.on } }',
  bits: 'y: { type: u8, if: x.n == 3 } }',
  rule: 'y: u8 }, rules: [x > 2]',
  ruleAlone: 'y: u8 }, rules: [x]',
  ruleText: `y: u8 }, rules: ["x != 'a'"]`,
  auto: 'y: { type: u8, auto: x + 1 } }',
  size: 'y: "bytes(x == 2 ? 3 : 4)" }',
  outer: 'y: O(2) }',
  answer: 'y: u8 }, reply: { send: r, with: { v: x + 1 } }',
};

const schema = (type: string, use: string): string =>
  binarySchema(
    `  m: { dir: up, id: 1, fields: { x: ${type}, s: { bits: u8, fields: { s: 1, spare: 7 } }, ${use} }
  r: { dir: down, id: 2, fields: { v: u8 } }`,
    `enums: { E: { one: 1, two: 2 } }
flags: { F: { size: u8, on: 0, n: 7 } }
types: { S: { on: u8, n: u8 }, G: { tlv: { tag: u8, size: u8 }, of: { 1: { name: on, type: u8 } } }, O: { z: { type: u8, if: x == 2 } } }`,
  );

const folder = mkdtempSync(join(tmpdir(), 'framegate-operands-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says of everything in the folder. */
async function compile(): Promise<string> {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(process.cwd(), join(folder, 'node_modules/framegate'), 'dir');
  symlinkSync(join(process.cwd(), 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    allowUnreachableCode: false,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/codec.ts'] }));
  const tsc = join(createRequire(import.meta.url).resolve('typescript-7/package.json'), '../bin/tsc');
  // `env -i` keeps the test runner's hooks out of the compiler: they make it slow.
  const run = promisify(execFile)('env', ['-i', process.execPath, tsc, '-p', folder], { maxBuffer: 64 * 1024 * 1024 });
  return run.then(
    () => '',
    (e: { stdout: string; stderr: string }) => `${e.stdout}${e.stderr}`,
  );
}

t.test('every type in every expression is refused, or makes code that compiles', async t => {
  let taken = 0;
  for (const [type, text] of Object.entries(types)) {
    for (const [use, rest] of Object.entries(uses)) {
      const { source, model } = resolveSchema('operands.wire.yaml', schema(text, rest));
      if (model === undefined) t.ok(source.diagnostics.length > 0, `${type}, ${use}: refused for no reason`);
      else {
        generate(model, join(folder, `${type}-${use}`), { codecOnly: true });
        taken++;
      }
    }
  }
  t.ok(taken > 100, `${taken} are good`);
  t.equal(await compile(), '');
});
