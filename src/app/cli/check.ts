/** `gw check`: whether an application would start, and what would run, without starting it. */
import { type Command, Option } from 'commander';
import { printable } from '../../codec/index.js';
import { realDisk, realPlatform } from '../../net/index.js';
import { errorText, FramegateError } from '../../protocol/index.js';
import { type CheckOptions, type CheckReport, checkApp } from '../check/check-app.js';
import { runsText } from '../check/check-text.js';
import type { Finding } from '../check/findings.js';
import { counted } from '../inspect/units.js';
import { type LinkFiles, withLinkFiles } from '../link-files.js';
import { loadApp } from '../load-app.js';
import { memoryLimit } from '../memory-limit.js';
import { mostOpenFiles } from '../open-files.js';
import { also, wholeNumber } from './arguments.js';
import { settle } from './contradictions.js';
import { linkFileOptions } from './link-file-options.js';
import { print } from './print.js';
import { runDirOption } from './run-dir-option.js';
import { StartCommand } from './start-command.js';
import { runsSeveral } from './start-options.js';

interface Options extends Omit<CheckOptions, 'several' | 'openFiles' | 'memory' | 'appFile'>, LinkFiles {
  readonly gateways?: number;
  readonly workers?: number;
  readonly ports: boolean;
  readonly json: boolean;
}

export function checkCommand(): Command {
  const list = (flags: string, text: string): Option =>
    new Option(flags, text).argParser(also).default([] as string[], 'the app says');
  const [linkCert, linkKey, linkCa] = linkFileOptions();
  return new StartCommand('check')
    .description('say all that would keep an application from starting, and what would run')
    .argument('<app>', 'JavaScript file that exports defineApp({...})')
    .addOption(
      new Option('--role <role>', 'as of gw start, as are those that follow').choices([
        'register',
        'gateway',
        'worker',
      ]),
    )
    .addOption(list('--register <address>', 'where the register is; once for each'))
    .addOption(list('--gateway <address>', 'the --link of a gateway; once for each'))
    .addOption(new Option('--link <address>', 'where a gateway lets workers dial in'))
    .addOption(new Option('--advertise <address>', 'what a gateway tells workers'))
    .addOption(new Option('--key-file <path>', 'keys for the links between processes'))
    .addOption(linkCert)
    .addOption(linkKey)
    .addOption(linkCa)
    .addOption(new Option('--name <name>', 'the name of a gateway'))
    .addOption(new Option('--state <folder>', 'where something is kept'))
    .addOption(new Option('--log-file <path>', 'where the log goes'))
    .addOption(new Option('--pid-file <path>', 'where the pid is written'))
    .option('--gateways <n>', 'separate processes', wholeNumber(1024))
    .option('--workers <n>', 'separate processes', wholeNumber(1024))
    .addOption(list('--listen <address>', 'where clients connect; once for each listener'))
    .addOption(runDirOption())
    .option('--ports', 'also whether the ports are free, which they are not while the app runs', false)
    .option('--json', 'one object, with all that is known', false)
    .action(check);
}

async function check(file: string, given: Options, command: Command): Promise<void> {
  const options = settle(given, command);
  const report = await reportOn(file, options);
  const { problems } = report;
  const errors = problems.filter(p => p.level === 'error').length;
  if (options.json) print(printable(JSON.stringify(report)));
  else {
    for (const problem of problems) process.stderr.write(`${problemLine(problem)}\n`);
    if (errors > 0) process.stderr.write(`gw: "${file}" cannot start: ${counted(errors, 'problem')}\n`);
    else if ('mode' in report) print(runsText(file, report));
  }
  // Events modules were loaded, and what they have begun when they were must not keep this process.
  process.exit(errors > 0 ? 1 : 0);
}

/** Of an app that could not even be loaded. */
type NoReport = Pick<CheckReport, 'ok' | 'problems'>;

/** What keeps the app from being loaded is a problem like others. */
async function reportOn(file: string, options: Options): Promise<CheckReport | NoReport> {
  try {
    const app = withLinkFiles(await loadApp(file), options);
    const several = runsSeveral(options);
    return await checkApp(
      app,
      { ...options, several, appFile: file, openFiles: await mostOpenFiles(realDisk), memory: memoryLimit() },
      realPlatform(),
    );
  } catch (error) {
    if (!(error instanceof FramegateError)) throw error;
    return { ok: false, problems: [{ level: 'error', code: error.code, text: errorText(error) }] };
  }
}

function problemLine({ level, text }: Finding): string {
  return printable(`${level.padEnd(7)} ${text}`);
}
