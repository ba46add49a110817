/**
 * A device in a file: sends the frames of a file to a server, one every second, and prints what comes back.
 *
 *   node send.js [frames.txt] [--to 127.0.0.1:5023] [--every 1000]
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConnContext, FrameDecoder } from 'framegate/codec';
import { gt06 } from './gt06/codec.js';

const USAGE = 'usage: send.js FILE [--to HOST:PORT] [--every MILLISECONDS]';

function fail(text: string, code = 1): never {
  console.error(text);
  process.exit(code);
}

function options(): { file: string; host: string; port: number; every: number } {
  try {
    const { values, positionals } = parseArgs({
      options: { to: { type: 'string', default: '127.0.0.1:5023' }, every: { type: 'string', default: '1000' } },
      allowPositionals: true,
    });
    const [, host, port] = /^(.+):(\d+)$/.exec(values.to) ?? fail(`--to cannot be "${values.to}"\n${USAGE}`, 2);
    if (positionals.length !== 1) fail(USAGE, 2);
    return { file: positionals[0]!, host: host!, port: Number(port), every: Number(values.every) };
  } catch (e) {
    return fail(`${(e as Error).message}\n${USAGE}`, 2);
  }
}

/** Lines of hexadecimal digits; `#` begins a comment. */
function framesOf(file: string): Buffer[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    fail(`Cannot read the file "${file}"`);
  }
  return text
    .split('\n')
    .map(line => line.replace(/#.*/, '').replaceAll(/\s/g, ''))
    .filter(line => line !== '')
    .map(line => Buffer.from(line, 'hex'));
}

const { file, host, port, every } = options();
const frames = framesOf(file);
const answers = new FrameDecoder(
  gt06,
  'down',
  r => console.log(r.ok ? `<- ${r.message} ${JSON.stringify(r.value)}` : `<- refused: ${r.text}`),
  new ConnContext(),
);
const socket = connect(port, host);
socket.on('data', chunk => answers.push(chunk));
socket.on('error', e =>
  fail(`Cannot talk to ${host}:${port} (${(e as NodeJS.ErrnoException).code}); is the server running?`),
);
socket.on('end', () => fail('The server has closed the connection'));
socket.on('connect', async () => {
  for (const frame of frames) {
    console.log(`-> ${frame.toString('hex')}`);
    socket.write(frame);
    await sleep(every);
  }
  socket.removeAllListeners('end');
  socket.end();
});
