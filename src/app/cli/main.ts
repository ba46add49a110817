#!/usr/bin/env node
/** `gw`: starts applications. Results go to stdout, narration to stderr. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EncodeError } from '../../codec/index.js';
import { errorText, FramegateError } from '../../protocol/index.js';
import { checkCommand } from './check.js';
import { connectionsCommand } from './connections.js';
import { drainCommand } from './drain.js';
import { keyCommand } from './key.js';
import { kickCommand } from './kick.js';
import { reloadCommand } from './reload.js';
import { restartCommand } from './restart.js';
import { startCommand } from './start.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';

/** 0 is success. */
export const exitCodes = { problem: 1, usage: 2, bug: 70 } as const;

function version(): string {
  // From dist/src/app/cli up to the package.
  const file = new URL('../../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function main(): Promise<number> {
  const program = new Command('gw')
    .description('Runs Framegate applications: gateways, workers and the register between them')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .showHelpAfterError('Run `gw --help` to see what there is')
    .exitOverride();
  program.addCommand(startCommand());
  program.addCommand(stopCommand());
  program.addCommand(restartCommand());
  program.addCommand(reloadCommand());
  program.addCommand(checkCommand());
  program.addCommand(statusCommand());
  program.addCommand(connectionsCommand());
  program.addCommand(kickCommand());
  program.addCommand(drainCommand());
  program.addCommand(keyCommand());
  program.addHelpText(
    'after',
    `
Examples:
  gw start app.js                            all in one process
  gw start app.js --listen tcp://0.0.0.0:8282
  gw start app.js --gateways 2 --workers 4   separate processes, watched by this one
  gw start app.js --role register            one role, for your own process manager
  gw start app.js --role gateway --register tcp://127.0.0.1:1236
  gw start app.js --role worker --register tcp://127.0.0.1:1236
  gw check app.js                            what would keep it from starting, and what would run
  gw reload app.js                           new code of events; nobody notices
  gw stop app.js
  gw key > cluster.key                       a key, to link processes of several hosts

Exit codes: 0 fine, 1 a problem, 2 wrong usage, 70 a fault in gw itself`,
  );
  for (const command of program.commands) command.exitOverride().showSuggestionAfterError();
  if (process.argv.length <= 2) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(process.argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (error instanceof FramegateError || error instanceof EncodeError) {
      process.stderr.write(`gw: ${error.message}\n`);
      return exitCodes.problem;
    }
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`gw: this is a fault in gw itself: ${errorText(error)}\n${stack ?? ''}\n`);
    return exitCodes.bug;
  }
}

// A reader that goes away, such as `head`, is no reason to crash.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const code = await main();
// Whatever was opened before the problem must not keep the process alive.
if (code !== 0) process.exit(code);
