/** Generated code and the package's own types, under every compiler that a project may have, with its strictest flags. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { generate } from '../../generator/run/generate.js';
import { modelOf } from '../support/load.js';
import { oddSchemas } from '../support/odd-schemas.js';

/** What compilers from 5.8 on know besides. */
const NEWER = { erasableSyntaxOnly: true, isolatedDeclarations: true, declaration: true };

/** Package, first digits of its version, and the flags of its own. */
const compilers: readonly [name: string, version: string, flags: object][] = [
  ['typescript-5.4', '5.4.', {}],
  ['typescript-5.9', '5.9.', NEWER],
  ['typescript', '6.', NEWER],
  ['typescript-7', '7.', NEWER],
];

const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

const STRICTEST = {
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
  noEmit: true,
  // The declarations of the package are to be read by every compiler, too.
  skipLibCheck: false,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  verbatimModuleSyntax: true,
  isolatedModules: true,
};

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'framegate-compilers-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a compiler over the files that `include` names; what it complains of, line by line. */
async function complaints(compiler: string, options: object, include = ['*/*.ts']): Promise<string[]> {
  const project = join(folder, `${compiler}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions: options, include }));
  const tsc = join(require.resolve(`${compiler}/package.json`), '../bin/tsc');
  try {
    // `env -i` keeps the test runner's hooks out of the compiler: they make it slow.
    await promisify(execFile)('env', ['-i', process.execPath, tsc, '-p', project], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    return [];
  } catch (e) {
    const { stdout, stderr } = e as { stdout: string; stderr: string };
    return `${stdout}${stderr}`.split('\n').filter(line => line !== '');
  }
}

t.before(() => {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(process.cwd(), join(modules, 'framegate'), 'dir');
  symlinkSync(join(process.cwd(), 'node_modules/@types/node'), join(modules, '@types/node'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const file of readdirSync('protocols')) {
    generate(modelOf(readFileSync(join('protocols', file), 'utf8'), file), join(folder, file.split('.')[0]!));
  }
  for (const [i, text] of Object.values(oddSchemas).entries()) generate(modelOf(text), join(folder, `odd-${i}`));
  mkdirSync(join(folder, 'broken/code'), { recursive: true });
  writeFileSync(
    join(folder, 'broken/code/codec.ts'),
    "import { crc16X25 } from 'framegate/codec';\nexport const sum: string = crc16X25(new Uint8Array(2), 0, 2);\n",
  );
});

for (const [compiler, version, flags] of compilers) {
  t.test(
    `TypeScript ${version}x takes all generated code, under both module resolutions, and sees a mistake`,
    async t => {
      const installed = JSON.parse(readFileSync(require.resolve(`${compiler}/package.json`), 'utf8')) as {
        version: string;
      };
      t.ok(installed.version.startsWith(version), installed.version);
      const options = { ...STRICTEST, ...flags };
      t.same(await complaints(compiler, { ...options, ...resolutions[0] }), [], 'all of it');
      // What is imported from where is the same in all of them. A compiler that said nothing of a mistake would prove nothing.
      const bundled = { ...options, ...resolutions[1], skipLibCheck: true };
      const said = await complaints(compiler, bundled, ['chat/*.ts', 'broken/*/*.ts']);
      t.match(
        said.join('\n'),
        /^broken\/code\/codec\.ts\(2,14\): error TS2322: [^\n]*$/,
        'imports, and a mistake alone',
      );
    },
  );
}
