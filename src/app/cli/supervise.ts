/** The process that watches all others of an application. */
import { makeRunDir, runDirOf } from '../../control/index.js';
import type { App } from '../define-app.js';
import { RELOAD_KEYS, SHOW_COUNTERS, Supervisor } from '../supervisor.js';
import { print } from './print.js';
import { filesOf, loggerOf, type StartOptions } from './start-options.js';

export async function supervise(app: App, file: string, options: StartOptions): Promise<void> {
  const logger = loggerOf(app, options, 'supervisor');
  // Its children write alike.
  process.env.GW_LOG_FORMAT = options.logFormat;
  const runDir = runDirOf(file, { given: options.runDir });
  makeRunDir(runDir, options.runDir === undefined);
  const supervisor = new Supervisor({
    app,
    appFile: file,
    runDir,
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
