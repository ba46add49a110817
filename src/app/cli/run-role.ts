/** A process that runs one role, or all of them. */
import { leaveLastWords } from '../../control/index.js';
import { watchLoop } from '../../log/loop-watch.js';
import { realClock } from '../../net/index.js';
import { errorText } from '../../protocol/index.js';
import { type OwnProcess, roleCalls } from '../control-calls.js';
import type { App } from '../define-app.js';
import { type RoleOptions, startAll, startGateway, startRegister, startWorker } from '../roles.js';
import { PATIENCE, waitingText } from '../waiting.js';
import { openOwnSocket } from './own-socket.js';
import { print } from './print.js';
import { filesOf, loggerOf, type StartOptions } from './start-options.js';

/** Until the process ends. */
export async function runRole(app: App, file: string, options: StartOptions): Promise<void> {
  const logger = loggerOf(app, options, options.role);
  if (options.role === 'gateway') watchLoop(realClock, logger);
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
  const isChild = options.as !== undefined;
  const role = options.role ?? 'app';
  let becameReady = (): void => {};
  const whenReady = new Promise<void>(resolve => {
    becameReady = resolve;
  });
  let stopping = false;
  const own: OwnProcess = {
    name: options.as ?? `${role}-${process.pid}`,
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
  };
  const { runDir } = options;
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
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0));
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
    if (isChild) leaveLastWords(options.runDir as string, own.name, `uncaught exception: ${errorText(error)}`);
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
    const { running } = own;
    if (running === undefined || options.role === 'register') return;
    print(JSON.stringify({ pid: process.pid, ...running.status() }));
  };
  process.on('SIGUSR2', showCounters);
  const running = await starting;
  own.running = running;
  if (!isChild) {
    for (const { name, address } of running.listening) print(`${name} listening on ${address}`);
    if (options.role !== 'register' && options.link !== undefined) print(`links on ${running.inner}`);
    if (options.role === 'register') print(`register listening on ${running.inner}`);
  }
  await running.ready;
  own.ready = true;
  becameReady();
  if (!isChild && options.role === 'worker') print('worker ready');
}
