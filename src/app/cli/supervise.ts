/** The process that watches all others of an application. */
import { makeRunDir, runDirOf } from '../../control/index.js';
import { LogSink } from '../../log/index.js';
import type { App } from '../define-app.js';
import { rollingTimes } from '../supervisor/calls.js';
import { Supervisor } from '../supervisor/supervisor.js';
import { onHangup } from './hangup.js';
import { writePidFile } from './pid-file.js';
import { filesOf, linesOf, loggerOf, type StartOptions, sayerOf } from './start-options.js';
import { onStopSignal } from './stop-signals.js';

export async function supervise(app: App, file: string, options: StartOptions): Promise<void> {
  const sink = new LogSink(options.logFile);
  const logger = loggerOf(app, options, sink, 'supervisor');
  // Its children write alike.
  process.env.GW_LOG_FORMAT = options.logFormat;
  const runDir = runDirOf(file, { given: options.runDir });
  makeRunDir(runDir, options.runDir === undefined || options.runDir === '');
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
    linkFiles: options,
    logFile: sink.path,
    whenAlone: async () => {
      if (options.pidFile !== undefined) await writePidFile(options.pidFile, runDir);
    },
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) {
      // Whoever asks twice means it, for all.
      supervisor.kill();
      process.exit(130);
    }
    stopping = true;
    supervisor.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  supervisor.onStop = async within => {
    stopping = true;
    await supervisor.stop(within);
    // The answer goes out first.
    setImmediate(() => process.exit(0));
  };
  onStopSignal(stop);
  process.on('SIGUSR1', () => {
    supervisor.rolling.run('reload', ['worker'], rollingTimes()).catch((error: Error) => logger.error(error.message));
  });
  onHangup(sink, logger, filesOf(app, options), () => {
    if (sink.path !== undefined) supervisor.tell('log', { file: sink.path });
    supervisor.tell('keys');
  });
  process.on('SIGUSR2', () => supervisor.tell('counters'));
  try {
    await supervisor.start();
    const say = sayerOf(options, logger);
    for (const line of linesOf('supervisor', supervisor.info, options)) say(line);
  } catch (error) {
    await supervisor.giveUp();
    throw error;
  }
}
