// npm test: runs each compiled test file as a process of its own, some at a time, and shows what failed. Arguments choose files by parts
// of their names: npm test -- app/cluster link/
//
// The tests are written with tap. Its own command is left to `npm run coverage`: to know which files are loaded it puts itself into every
// process that a test starts, and into those that these start, which trebles what a start of `gw` costs, and there are hundreds of them.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { node } from './run.mjs';

/** Files at a time: one more than there are cores, as many tests wait for leases and clocks. They start processes themselves, so not many more. */
const JOBS = Math.min(availableParallelism() + 1, 4);
/** Seconds for one file, on a machine that is busy with other things. */
const PATIENCE = 600;
/** Where the files are that take longest: they begin first, so that none of them is left to itself at the end. */
const LONG = ['/simulation/', '/generator/', '/docs.', '/fuzz/', '/app/', '/worker/'];

const chosen = process.argv.slice(2);
const files = ['dist/test', 'dist/examples']
  .flatMap(folder => readdirSync(folder, { recursive: true }).map(name => join(folder, name)))
  .filter(file => file.endsWith('.test.js') && (chosen.length === 0 || chosen.some(part => file.includes(part))))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
if (files.length === 0) {
  console.error(`No test file has ${chosen.map(part => `"${part}"`).join(' or ')} in its name`);
  process.exit(2);
}

const outputs = mkdtempSync(join(tmpdir(), 'framegate-test-'));
/** Test files that run. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
  rmSync(outputs, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const started = Date.now();
const failed = [];
let next = 0;
let told = 0;
console.log(`TAP version 14\n1..${files.length}`);
await Promise.all(Array.from({ length: JOBS }, work));
for (const file of failed) console.log(`# failed: ${file}`);
console.log(`# ${files.length} files, ${failed.length} failed, ${since(started)}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function rank(file) {
  const at = LONG.findIndex(folder => file.includes(folder));
  return at === -1 ? LONG.length : at;
}

function since(time) {
  return `${((Date.now() - time) / 1000).toFixed(1)} s`;
}

async function work() {
  for (let at = next++; at < files.length; at = next++) {
    const file = files[at];
    const begun = Date.now();
    const { ending, output } = await run(file, join(outputs, `${at}`));
    if (ending !== undefined) {
      failed.push(file);
      console.log(`# Subtest: ${file}\n${excerpt(output)}    # ${ending}`);
    }
    for (const [line] of output.matchAll(/(?<=^ *ok \d+ - ).* # SKIP.*/gm)) console.log(`# ${line}`);
    console.log(`${ending === undefined ? 'ok' : 'not ok'} ${++told} - ${file} # ${since(begun)}`);
  }
}

/**
 * Its output goes to a file rather than through a pipe: what a test has started and left behind would hold the pipe open.
 * @returns how it ended, unless well, and what it said
 */
function run(file, into) {
  const descriptor = openSync(into, 'w');
  const env = { ...process.env, TAP_TIMEOUT: `${PATIENCE}` };
  // A test that is still busy after its time cannot end itself.
  const limit = { timeout: (PATIENCE + 30) * 1000, killSignal: 'SIGKILL' };
  return new Promise(resolve => {
    const child = spawn(node, [file], { stdio: ['ignore', descriptor, descriptor], env, ...limit });
    running.add(child);
    child.on('exit', (code, signal) => {
      running.delete(child);
      closeSync(descriptor);
      const output = readFileSync(into, 'utf8');
      rmSync(into);
      resolve({ ending: problem(code ?? signal, output), output });
    });
  });
}

/** Whoever has not come to the plan, or to the sum that newer Nodes print for `node:test`, has not run all of its tests. */
function problem(exit, output) {
  if (exit !== 0) return `ended with ${exit}`;
  return /^(1\.\.|ℹ tests )\d/m.test(output) ? undefined : 'ended before its tests did';
}

/** Without what passed. */
function excerpt(output) {
  const lines = output.split('\n').filter(line => !/^ *(ok \d|# Subtest|# time=|1\.\.\d|TAP version|$)/.test(line));
  return lines.map(line => `    ${line}\n`).join('');
}
