// npm start: builds everything, generates the code of the telnet chat, serves it, and says what to type next.
import { spawn } from 'node:child_process';
import { node, step } from './run.mjs';

const built =
  step('Building', node, ['scripts/clean.mjs', 'dist']) &&
  step('Compiling the generator, which takes a while', node, ['scripts/compile.mjs', 'tsconfig.json']) &&
  step('Generating the chat', node, [
    'dist/generator/cli/main.js',
    'generate',
    '--out',
    'examples/telnet-chat',
    'protocols/chat.wire.yaml',
  ]) &&
  step('Compiling the chat', node, ['scripts/compile.mjs', 'tsconfig.test.json']);
if (!built) process.exit(1);

const server = spawn(
  node,
  ['dist/src/app/cli/main.js', 'start', 'dist/examples/telnet-chat/app.js', ...process.argv.slice(2)],
  {
    stdio: ['inherit', 'pipe', 'inherit'],
  },
);
let seen = '';
let told = false;
server.stdout.on('data', chunk => {
  process.stdout.write(chunk);
  if (told) return;
  seen += chunk;
  const ready = /listening on tcp:\/\/(.+):(\d+)/.exec(seen);
  if (ready === null) return;
  told = true;
  process.stdout.write(`
Now open two more terminals and type in each:

  telnet ${ready[1]} ${ready[2]}        (or: nc ${ready[1]} ${ready[2]})

then, with a name of your own:

  /login ann secret
  hello everybody
  /who

Ctrl-C stops the server.
`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', code => {
  process.exitCode = code ?? 1;
});
