/**
 * Commands in the documentation. Each page has a temporary folder in which its commands run; `protocols/`, `dist/` and
 * `examples/` of the repository are there. Servers run until the page is done.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunDir } from '../run-dir.js';
import { PATIENCE, until } from '../wait.js';
import { root } from './pages.js';

const programs = { 'gw-gen': 'dist/generator/cli/main.js', gw: 'dist/src/app/cli/main.js' };

/** What the documentation starts as a server, and what that is. */
const servers: Readonly<Record<string, string>> = {
  'npm run tracker': 'gw start dist/examples/tracker/app.js',
};

export class Server {
  output = '';
  readonly process: ChildProcess;

  constructor(process: ChildProcess) {
    this.process = process;
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', chunk => {
        this.output += chunk;
      });
    }
  }

  /** `host:port` of the first listener. */
  async address(): Promise<string> {
    await until(() => /listening on tcp:\/\/\S+/.test(this.output), 'the server to listen');
    return /listening on tcp:\/\/(\S+)/.exec(this.output)![1]!;
  }

  /** Kills one of its workers. */
  killWorker(): void {
    const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
    for (const line of processes.split('\n')) {
      const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      if (Number(parent) !== this.process.pid || args?.includes('--role worker') !== true) continue;
      process.kill(Number(pid), 'SIGKILL');
      return;
    }
    throw new Error('there is no worker to kill');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise(resolve => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }
}

export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'framegate-docs-'));
  readonly runDir = newRunDir();
  readonly #env: NodeJS.ProcessEnv;
  readonly servers: Server[] = [];

  constructor() {
    const bin = join(this.folder, '.bin');
    mkdirSync(bin);
    // Without the test runner's own hooks, which would make every command slow.
    for (const [name, file] of Object.entries(programs)) {
      writeFileSync(
        join(bin, name),
        `#!/bin/sh\nexec env -i PATH="$PATH" NO_COLOR=1 GW_LOG_FORMAT=pretty GW_RUN_DIR="${this.runDir}" "${process.execPath}" "${join(root, file)}" "$@"\n`,
        {
          mode: 0o755,
        },
      );
    }
    for (const name of ['protocols', 'dist', 'examples']) symlinkSync(join(root, name), join(this.folder, name));
    this.#env = { PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };
  }

  /** Runs a command; its two outputs come as one. */
  async run(command: string): Promise<{ readonly output: string; readonly exit: number }> {
    let line = command.replace(/^npx (?=gw)/, '').replace(/^npm run --silent tracker:send$/, SEND);
    const [server] = this.servers;
    if (line === SEND && server !== undefined) line += ` --every 30 --to ${await server.address()}`;
    return new Promise(resolve => {
      const options = { cwd: this.folder, env: this.#env, timeout: PATIENCE };
      execFile('sh', ['-c', `{ ${line}\n} 2>&1`], options, (error, output) => {
        resolve({ output, exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1 });
      });
    });
  }

  isServer(command: string): boolean {
    return /^(?:npx )?gw start .*app\.js(?! --role (?:gateway|worker))/.test(servers[command] ?? command);
  }

  start(command: string): Server {
    const line = (servers[command] ?? command).replace(/^npx /, '').replace(/^gw /, '');
    const several = /--gateways|--workers|--role/.test(line) && !line.includes('--register');
    const args = [...line.split(' '), ...(several ? ['--register', 'tcp://127.0.0.1:0'] : [])];
    if (!/--listen|--role register/.test(line)) args.push('--listen', 'tcp://127.0.0.1:0');
    const options = {
      cwd: this.folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    };
    const server = new Server(spawn(join(this.folder, '.bin/gw'), args, options));
    this.servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(s => s.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const SEND = `env -i "${process.execPath}" dist/examples/tracker/send.js examples/tracker/frames.txt`;

/** `$ command` lines and what follows each. */
export function commandsIn(text: string): { readonly command: string; readonly output: string }[] {
  const found: { command: string; output: string }[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('$ ')) found.push({ command: line.slice(2), output: '' });
    else if (found.length > 0) found.at(-1)!.output += `${line}\n`;
    else throw new Error('a console begins with a command');
  }
  for (const f of found) {
    while (f.command.endsWith('\\') && f.output !== '') {
      const end = f.output.indexOf('\n');
      f.command = `${f.command}\n${f.output.slice(0, end)}`;
      f.output = f.output.slice(end + 1);
    }
  }
  return found;
}

/** What changes from run to run. A device may send its next frame before the answer to its last one is there. */
export function settled(text: string): string {
  const answers = text.split('\n').filter(line => line.startsWith('<- '));
  const others = text.split('\n').filter(line => !line.startsWith('<- '));
  return (
    [...others, ...answers]
      .join('\n')
      .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replaceAll(/pid \d+/g, 'pid N')
      .replaceAll(/\b([wg])[0-9a-f]{6}\b/g, '$1NNNNNN')
      // When, and by which process, a line was logged.
      .replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z (?=\w+ )/gm, '... ')
      .replaceAll(/\[\d+\]: /g, '[N]: ')
      .replaceAll(/\b[0-9a-f]{22}[\w-]{16}\b/g, 'CLIENT')
      // A process that is killed with unread input resets its connections.
      .replaceAll('(ECONNRESET)', '(closed by peer)')
      .replaceAll(/[ \t]+$/gm, '')
  );
}
