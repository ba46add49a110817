/** A process that runs one role, or all of them. */
import { runDirOf } from '../../control/index.js';
import { LogSink } from '../../log/index.js';
import { watchLoop } from '../../log/loop-watch.js';
import { realClock } from '../../net/index.js';
import { errorText } from '../../protocol/index.js';
import { type OwnProcess, roleCalls } from '../control-calls.js';
import type { App } from '../define-app.js';
import { memoryLimit } from '../memory-limit.js';
import { type RoleOptions, startAll, startGateway, startRegister, startWorker } from '../roles.js';
import { PATIENCE, waitingText } from '../waiting.js';
import { onHangup } from './hangup.js';
import { openOwnSocket } from './own-socket.js';
import { writePidFile } from './pid-file.js';
import { print } from './print.js';
import { filesOf, leaveWords, linesOf, loggerOf, type StartOptions, sayerOf, socketName } from './start-options.js';
import { onStopSignal } from './stop-signals.js';

/** Until the process ends. */
export async function runRole(app: App, file: string, options: StartOptions): Promise<void> {
  const sink = new LogSink(options.logFile);
  const logger = loggerOf(app, options, sink, options.role);
  if (options.role === 'gateway') watchLoop(realClock, logger);
  const roleOptions: RoleOptions = {
    logger,
    listen: options.listen,
    register: options.register,
    gateways: options.gateway,
    wait: options.wait * 1000,
    memory: memoryLimit(),
    ...(options.listenFd !== undefined && { listenFds: options.listenFd.map(Number) }),
    ...(options.link !== undefined && { link: options.link }),
    ...(options.name !== undefined && { name: options.name }),
    ...(options.state !== undefined && { state: options.state }),
    ...(options.advertise !== undefined && { advertise: options.advertise }),
    ...(options.keyFile !== undefined && { keyFile: options.keyFile }),
    onUnreachable: error => {
      process.stderr.write(`gw: ${error.message}\n`);
      leaveWords(file, options, own.name, error.message);
      process.exit(1);
    },
  };
  const isChild = options.as !== undefined;
  const say = sayerOf(options, logger);
  const role = options.role ?? 'app';
  let becameReady = (): void => {};
  const whenReady = new Promise<void>(resolve => {
    becameReady = resolve;
  });
  let stopping = false;
  const own: OwnProcess = {
    name: socketName(options, process.pid),
    role,
    startedAt: Date.now(),
    registers: options.register,
    program: process.argv[1] as string,
    fds: roleOptions.listenFds ?? [],
    running: undefined,
    ready: false,
    whenReady,
    async stop(within) {
      stopping = true;
      const unsettled = (await own.running?.stop(within)) ?? [];
      // The answer goes out first.
      setImmediate(() => process.exit(0));
      return unsettled;
    },
    rename(name) {
      socket.rename(name);
      own.name = name;
    },
    reloadKeys: () => reloadKeys(),
    showCounters: () => showCounters(),
    log: path => sink.open(path),
  };
  const { runDir } = options;
  if (options.pidFile !== undefined) await writePidFile(options.pidFile, runDirOf(file, { given: runDir }));
  const socket = await openOwnSocket({ appFile: file, runDir, name: own.name, calls: roleCalls(own), logger });
  const starters = { register: startRegister, gateway: startGateway, worker: startWorker };
  const starting = (options.role === undefined ? startAll : starters[options.role])(app, roleOptions);
  const stop = (code: number): void => {
    const { running } = own;
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
  onStopSignal(() => stop(0));
  process.on('unhandledRejection', error => {
    if (own.running?.worker === undefined) logger.error(`Unhandled rejection: ${errorText(error)}`);
    else own.running.worker.unhandled(error, 'unhandledRejection');
  });
  process.on('uncaughtException', error => {
    // Whatever was thrown, which need not be an error.
    const text = (error as Error | null | undefined)?.stack ?? errorText(error);
    if (own.running?.worker === undefined) logger.error(`Uncaught exception: ${text}`);
    else own.running.worker.unhandled(error, 'uncaughtException');
    if (options.role === undefined && app.uncaught === 'report' && own.running !== undefined) return;
    leaveWords(file, options, own.name, `uncaught exception: ${errorText(error)}`);
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
  onHangup(sink, logger, rereadable, reloadKeys);
  const showCounters = (): void => {
    const { running } = own;
    if (running === undefined || options.role === 'register') return;
    const counted = JSON.stringify({ pid: process.pid, ...running.status() });
    if (sink.path === undefined) print(counted);
    else sink.write(`${counted}\n`);
  };
  process.on('SIGUSR2', showCounters);
  const running = await starting;
  own.running = running;
  if (!isChild) for (const line of linesOf(role, running, options)) say(line);
  await running.ready;
  own.ready = true;
  becameReady();
  if (!isChild && options.role === 'worker') say('worker ready');
}
