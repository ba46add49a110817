#!/usr/bin/env node
/** The `gw-gen` command. Exit codes: 0 done, 1 problems found, 2 wrong command line, 70 a bug of ours. */
import './short-run.js';
import { CommanderError } from 'commander';
import { whyNot } from '../../src/net/disk.js';
import { Problem } from '../run/problem.js';
import { formatDiagnostics, SchemaError } from '../schema/diagnostics.js';
import { err, say, sayProblem } from './output.js';
import { gwGen } from './program.js';

function fail(e: unknown): number {
  if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : 2;
  if (e instanceof SchemaError) {
    say(formatDiagnostics(e.diagnostics, err));
    return 1;
  }
  if (e instanceof Problem) {
    sayProblem(e);
    return e.exitCode;
  }
  say(
    `${err.red('bug')} This should not happen; please report it with the schema and the command.\n${String((e as Error).stack ?? e).replace(/data:text\/javascript;base64,[\w+/=]*/g, 'the generated code')}`,
  );
  return 70;
}

// A reader that has seen enough closes the pipe: that is no error. A full disk is one.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code === 'EPIPE') process.exit(0);
  process.exit(fail(new Problem(`Cannot write to stdout (${e.code}): ${whyNot(e)}`)));
});

try {
  await (await gwGen(process.argv[2])).parseAsync();
} catch (e) {
  process.exitCode = fail(e);
}
