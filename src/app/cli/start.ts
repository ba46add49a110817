/** `gw start`: one role, all of them in this process, or all of them as processes of a supervisor. */
import { type Command, Option } from 'commander';
import { logFormats } from '../../log/index.js';
import { errorText, logLevels } from '../../protocol/index.js';
import { withLinkFiles } from '../link-files.js';
import { loadApp } from '../load-app.js';
import { also, seconds, wholeNumber } from './arguments.js';
import { settle } from './contradictions.js';
import { daemonFiles, startDaemon } from './daemon.js';
import { heedHangups } from './hangup.js';
import { linkFileOptions } from './link-file-options.js';
import { runDirOption } from './run-dir-option.js';
import { runRole } from './run-role.js';
import { StartCommand } from './start-command.js';
import { leaveWords, runsSeveral, type StartOptions, socketName } from './start-options.js';
import { heedStopSignals } from './stop-signals.js';
import { supervise } from './supervise.js';

export function startCommand(): Command {
  const [linkCert, linkKey, linkCa] = linkFileOptions();
  return new StartCommand('start')
    .description('start an application')
    .argument('<app>', 'JavaScript file that exports defineApp({...})')
    .addOption(new Option('--role <role>', 'run one role only').choices(['register', 'gateway', 'worker']))
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
        .default([] as string[], 'none'),
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
    .addOption(linkCert)
    .addOption(linkKey)
    .addOption(linkCa)
    .option('--name <name>', 'the name of a gateway among all, the same after a restart (default: a new one each time)')
    .option(
      '--state <folder>',
      'where workers and gateways keep what should outlive them (default: the app says, or nowhere)',
    )
    .option('--gateways <n>', 'separate processes: this many gateways', wholeNumber(1024))
    .option('--workers <n>', 'separate processes: this many workers', wholeNumber(1024))
    .option(
      '--listen <address>',
      'where clients connect, instead of the app; or <protocol>=<address>; once for each listener',
      also,
      [] as string[],
    )
    .option('--wait <seconds>', 'give up when no register can be reached for so long', seconds, 30)
    .option('-d, --daemon', 'in the background; ends when the application is ready, or with why it is not')
    .option('--json', 'with --daemon: pid, addresses and files as one line of JSON')
    .option('--log-file <path>', 'append the log to this file (default: stderr; with --daemon: gw.log in the run dir)')
    .option('--pid-file <path>', 'write the pid to this file (default: nowhere; with --daemon: gw.pid in the run dir)')
    .addOption(new Option('--detached', 'the daemon itself').hideHelp())
    .addOption(new Option('--as <name>', 'the name of its control socket').hideHelp())
    .addOption(new Option('--listen-fd <fd...>', 'descriptors that are bound already').hideHelp())
    .addOption(runDirOption())
    .addOption(new Option('--log-level <level>', 'least level to log').choices(Object.keys(logLevels)).default('info'))
    .addOption(
      new Option('--log-format <format>', 'how to log; auto: pretty on a terminal, json elsewhere')
        .choices(logFormats)
        .default('auto')
        .env('GW_LOG_FORMAT'),
    )
    .action(start);
}

async function start(file: string, given: StartOptions, command: Command): Promise<void> {
  const settled = settle(given, command);
  if (settled.json === true && settled.daemon !== true)
    command.error("error: option '--json' has no effect without --daemon; leave it out");
  if (settled.daemon !== true) {
    await run(file, settled);
    return;
  }
  const options = { ...settled, ...daemonFiles(file, settled) };
  await (options.detached === true ? run(file, options) : startDaemon(file, options));
}

/** In this process, until it ends. */
async function run(file: string, options: StartOptions): Promise<void> {
  heedStopSignals();
  heedHangups();
  try {
    const app = withLinkFiles(await loadApp(file), options);
    if (runsSeveral(options)) await supervise(app, file, options);
    else await runRole(app, file, options);
  } catch (error) {
    leaveWords(file, options, socketName(options, process.pid), errorText(error));
    throw error;
  }
}
