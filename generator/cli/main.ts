#!/usr/bin/env node
/** The `gw-gen` command. Exit codes: 0 done, 1 problems found, 2 wrong command line, 70 a bug of ours. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { Problem } from '../run/problem.js';
import { formatDiagnostics, SchemaError } from '../schema/diagnostics.js';
import { addCheck } from './check.js';
import { addDecode } from './decode.js';
import { addEncode } from './encode.js';
import { addGenerate } from './generate.js';
import { addInit } from './init.js';
import { err, say } from './output.js';

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function fail(e: unknown): number {
  if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : 2;
  if (e instanceof SchemaError) {
    say(formatDiagnostics(e.diagnostics, err));
    return 1;
  }
  if (e instanceof Problem) {
    say(`${err.red('error')} ${e.message}`);
    if (e.hint !== undefined) say(`  hint: ${e.hint}`);
    return e.exitCode;
  }
  say(
    `${err.red('bug')} This should not happen; please report it with the schema and the command.\n${(e as Error).stack ?? e}`,
  );
  return 70;
}

const program = new Command('gw-gen')
  .description('Declare a wire protocol in YAML; get codec, types, event stubs and a project to run them.')
  .version(version())
  .showHelpAfterError('(gw-gen --help shows what there is)')
  .showSuggestionAfterError()
  .exitOverride();
addInit(program);
addGenerate(program);
addCheck(program);
addDecode(program);
addEncode(program);
for (const command of program.commands)
  command.exitOverride().showHelpAfterError(`(gw-gen ${command.name()} --help shows what there is)`);

// A reader that has seen enough closes the pipe: that is no error.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code === 'EPIPE') process.exit(0);
  throw e;
});

try {
  await program.parseAsync();
} catch (e) {
  process.exitCode = fail(e);
}
