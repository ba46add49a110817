// The one gate: format, lint, types, generated code, schemas, package hygiene, tests. Stops at the first failure.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, step, tool } from './run.mjs';

const packed = mkdtempSync(join(tmpdir(), 'framegate-pack-'));
process.on('exit', () => rmSync(packed, { recursive: true, force: true }));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const schemas = readdirSync('protocols').map(name => join('protocols', name));
const quick = process.argv.includes('--quick');

/** The package's declarations, under the oldest TypeScript that may read them. */
const oldestCompiler = [
  'node_modules/typescript-5.4/bin/tsc',
  ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2023'],
  ...['--module', 'nodenext', '--types', 'node', '--typeRoots', 'node_modules/@types'],
  ...Object.values(manifest.exports)
    .filter(file => file.endsWith('.js'))
    .map(file => file.replace(/\.js$/, '.d.ts')),
];

/** The packed package is looked at as a user gets it. */
function hygiene() {
  if (!step('Packing', 'npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packed])) return false;
  const tarball = join(packed, readdirSync(packed)[0]);
  return (
    step('Package: publint', tool('publint'), ['--strict', tarball]) &&
    step('Package: types', tool('attw'), [tarball, '--profile', 'esm-only'])
  );
}

const passed =
  step('Format and lint', tool('biome'), ['ci', '--error-on-warnings']) &&
  step('Clean', node, ['scripts/clean.mjs', 'dist']) &&
  step('Types', node, ['scripts/compile.mjs', 'tsconfig.json']) &&
  step('Generated code is up to date', node, ['scripts/generate.mjs', '--check']) &&
  step('Types for the oldest compiler', node, oldestCompiler) &&
  step('Types of tests and examples', node, ['scripts/compile.mjs', 'tsconfig.test.json']) &&
  step('Schemas', node, ['dist/generator/cli/main.js', 'check', ...schemas]) &&
  step('Schemas are formatted', node, ['dist/generator/cli/main.js', 'format', '--check', ...schemas]) &&
  hygiene() &&
  (quick || step('Tests', node, ['scripts/test.mjs']));
if (!passed) process.exit(1);
