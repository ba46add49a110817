/** `gw start`: one role, all of them in this process, or all of them as processes of a supervisor. */
import { Command, Option } from 'commander';
import { errorText, type LogLevel, logLevels, stderrLogger } from '../../protocol/index.js';
import type { App } from '../define-app.js';
import { loadApp } from '../load-app.js';
import { type RoleOptions, type Running, startAll, startGateway, startRegister, startWorker } from '../roles.js';
import { RELOAD_KEYS, SHOW_COUNTERS, Supervisor } from '../supervisor.js';
import { answerHandling, PATIENCE, waitingText } from '../waiting.js';
import { also, seconds, wholeNumber } from './arguments.js';

interface StartOptions {
  readonly role?: 'register' | 'gateway' | 'worker';
  readonly register: readonly string[];
  readonly gateway: readonly string[];
  readonly link?: string;
  readonly name?: string;
  readonly state?: string;
  readonly advertise?: string;
  readonly keyFile?: string;
  readonly gateways?: number;
  readonly workers?: number;
  readonly listen: readonly string[];
  readonly listenFd?: readonly string[];
  readonly wait: number;
  readonly logLevel: LogLevel;
}

export function startCommand(): Command {
  return new Command('start')
    .description('start an application')
    .argument('<app>', 'JavaScript file that exports defineApp({...})')
    .addOption(
      new Option('--role <role>', 'run one role only')
        .choices(['register', 'gateway', 'worker'])
        .conflicts(['gateways', 'workers']),
    )
    .option(
      '--register <address>',
      'where the register is; once for each of several (default: the app says, or tcp://127.0.0.1:1236)',
      also,
      [] as string[],
    )
    .addOption(
      new Option(
        '--gateway <address>',
        'the --link of a gateway, instead of a register; once for each (default: the app says)',
      )
        .argParser(also)
        .default([] as string[], 'none')
        .conflicts('register'),
    )
    .option(
      '--link <address>',
      'where a gateway lets workers and other programs dial in (default: any free port of this machine)',
    )
    .option('--advertise <address>', 'what a gateway tells workers instead of --link; port 0 is the port of that')
    .option(
      '--key-file <path>',
      'keys for the links between processes (default: the environment variable FRAMEGATE_KEY)',
    )
    .option('--name <name>', 'the name of a gateway among all, the same after a restart (default: a new one each time)')
    .option('--state <folder>', 'where workers keep which gateways were last known (default: the app says, or nowhere)')
    .option('--gateways <n>', 'separate processes: this many gateways', wholeNumber(1024))
    .option('--workers <n>', 'separate processes: this many workers', wholeNumber(1024))
    .option(
      '--listen <address>',
      'where clients connect, instead of the app; or <protocol>=<address>; once for each listener',
      also,
      [] as string[],
    )
    .addOption(new Option('--listen-fd <fd...>', 'descriptors that are bound already').hideHelp())
    .option('--wait <seconds>', 'give up when no register can be reached for so long', seconds, 30)
    .addOption(new Option('--log-level <level>', 'least level to log').choices(Object.keys(logLevels)).default('info'))
    .action(start);
}

/** Options that mean nothing there. */
const useless = {
  'all in one process': ['register', 'gateway', 'advertise', 'name', 'state', 'wait'],
  '--gateways and --workers': ['gateway', 'link', 'advertise', 'name', 'wait'],
  '--role register': ['gateway', 'link', 'advertise', 'listen', 'name', 'state', 'wait'],
  '--role gateway': ['state'],
  '--role worker': ['link', 'advertise', 'listen', 'name'],
} as const;

async function start(file: string, options: StartOptions, command: Command): Promise<void> {
  const several = options.gateways !== undefined || options.workers !== undefined;
  const alone = several ? '--gateways and --workers' : 'all in one process';
  const mode = options.role === undefined ? alone : (`--role ${options.role}` as const);
  for (const name of useless[mode]) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const where = mode === 'all in one process' ? `when the app runs ${mode}` : `with ${mode}`;
    command.error(`error: option '--${name}' has no effect ${where}; leave it out`);
  }
  const app = await loadApp(file);
  if (several) await supervise(app, file, options);
  else await run(app, options);
}

async function run(app: App, options: StartOptions): Promise<void> {
  const logger = stderrLogger(options.logLevel, options.role === undefined ? '' : `${options.role}: `);
  const roleOptions: RoleOptions = {
    logger,
    listen: options.listen,
    register: options.register,
    gateways: options.gateway,
    wait: options.wait * 1000,
    ...(options.listenFd !== undefined && { listenFds: options.listenFd.map(Number) }),
    ...(options.link !== undefined && { link: options.link }),
    ...(options.name !== undefined && { name: options.name }),
    ...(options.state !== undefined && { state: options.state }),
    ...(options.advertise !== undefined && { advertise: options.advertise }),
    ...(options.keyFile !== undefined && { keyFile: options.keyFile }),
    onUnreachable: error => {
      process.stderr.write(`gw: ${error.message}\n`);
      process.exit(1);
    },
  };
  const isChild = process.send !== undefined;
  const starters = { register: startRegister, gateway: startGateway, worker: startWorker };
  const starting = (options.role === undefined ? startAll : starters[options.role])(app, roleOptions);
  let running: Running | undefined;
  let stopping = false;
  const stop = (code: number): void => {
    // Whoever asks twice means it.
    if (stopping) process.exit(code === 0 ? 130 : code);
    stopping = true;
    if (running === undefined) process.exit(code);
    const { worker } = running;
    // The supervisor says it for its children.
    if (!isChild) setTimeout(() => logger.warn(waitingText(worker?.handling() ?? [])), PATIENCE);
    running.stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0));
  // The supervisor is gone without a word. As long as a new one cannot adopt its processes, they would only hold the port.
  if (isChild) process.on('disconnect', () => stop(0));
  process.on('unhandledRejection', error => {
    if (running?.worker === undefined) logger.error(`Unhandled rejection: ${errorText(error)}`);
    else running.worker.unhandled(error, 'unhandledRejection');
  });
  process.on('uncaughtException', error => {
    // Whatever was thrown, which need not be an error.
    const text = (error as Error | null | undefined)?.stack ?? errorText(error);
    if (running?.worker === undefined) logger.error(`Uncaught exception: ${text}`);
    else running.worker.unhandled(error, 'uncaughtException');
    if (options.role === undefined && app.uncaught === 'report' && running !== undefined) return;
    // A worker lets its other handlers finish; whoever owns no user code has a fault of its own.
    stop(options.role === 'worker' ? 1 : 70);
  });
  const rereadable = filesOf(app, options);
  const reloadKeys = (): void => {
    // A supervisor tells all.
    if (rereadable === undefined) return;
    const reloaded = starting.then(started => started.reloadKeys());
    reloaded.then(
      () => logger.info(`${rereadable} have been read again`),
      error => logger.error(`What was read before stays in use: ${errorText(error)}`),
    );
  };
  // Without a file there is nothing to read again, and a terminal that is closed ends the process as usual.
  if (rereadable !== undefined) process.on('SIGHUP', reloadKeys);
  const showCounters = (): void => {
    if (running === undefined || options.role === 'register') return;
    print(JSON.stringify({ pid: process.pid, ...running.status() }));
  };
  process.on('SIGUSR2', showCounters);
  if (isChild) {
    process.on('message', said => {
      if ((said as typeof RELOAD_KEYS | null)?.reload === 'keys') reloadKeys();
      if ((said as typeof SHOW_COUNTERS | null)?.show === 'counters') showCounters();
    });
  }
  if (isChild) answerHandling(() => running?.worker?.handling() ?? []);
  running = await starting;
  if (!isChild) {
    for (const { name, address } of running.listening) print(`${name} listening on ${address}`);
    if (options.role !== 'register' && options.link !== undefined) print(`links on ${running.inner}`);
    if (options.role === 'register') print(`register listening on ${running.inner}`);
  }
  await running.ready;
  if (isChild) process.send?.({ ready: true, inner: running.inner });
  else if (options.role === 'worker') print('worker ready');
}

async function supervise(app: App, file: string, options: StartOptions): Promise<void> {
  const logger = stderrLogger(options.logLevel);
  const supervisor = new Supervisor({
    app,
    appFile: file,
    program: process.argv[1]!,
    logger,
    logLevel: options.logLevel,
    gateways: options.gateways ?? 1,
    workers: options.workers ?? 1,
    listen: options.listen,
    register: options.register,
    ...(options.state !== undefined && { state: options.state }),
    keyFile: options.keyFile,
  });
  let stopping = false;
  const stop = (code: number): void => {
    // Whoever asks twice means it; the children are killed on the way out.
    if (stopping) process.exit(code === 0 ? 130 : code);
    stopping = true;
    supervisor.stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0));
  if (filesOf(app, options) !== undefined) process.on('SIGHUP', () => supervisor.tell(RELOAD_KEYS));
  process.on('SIGUSR2', () => supervisor.tell(SHOW_COUNTERS));
  // Last resort: whatever ends this process ends the others too.
  process.on('exit', () => supervisor.kill());
  try {
    const listening = await supervisor.start();
    for (const { name, address } of listening) print(`${name} listening on ${address}`);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** What can be read again. */
function filesOf(app: App, { keyFile, role }: StartOptions): string | undefined {
  const hasTls = role !== 'worker' && role !== 'register' && app.listeners.some(l => l.tls !== undefined);
  if (keyFile === undefined) return hasTls ? 'The certificates' : undefined;
  return hasTls ? 'The keys and certificates' : 'The keys';
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
