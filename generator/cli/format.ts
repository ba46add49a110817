/** `gw-gen format`: one look for every schema. */
import { text as allOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import { formatSchema } from '../format/format.js';
import { writeText } from '../run/generate.js';
import { readText } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { plural } from '../schema/diagnostics.js';
import { eachSchema } from './each-schema.js';
import { result } from './output.js';

const STDIN = '-';

interface Options {
  check?: true;
  stdout?: true;
}

export function addFormat(program: Command): void {
  program
    .command('format')
    .summary('bring schemas into one form')
    .description(
      'Rewrites schemas in one form: indentation, spaces, blank lines. Comments, the order of keys and the spelling of ' +
        'numbers and bytes stay. A schema on stdin, "-", goes to stdout.',
    )
    .argument('<schema...>', 'path of a .wire.yaml file, or - for stdin')
    .option('--check', 'write nothing; name the files that would change, and exit with 1 if there is one')
    .option('--stdout', 'write to stdout instead of the file')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen format protocols/*.wire.yaml\n  gw-gen format --check protocols/*.wire.yaml      in CI\n  gw-gen format - < meter.wire.yaml',
    )
    .action(async (schemas: string[], options: Options) => {
      if (options.check === true && options.stdout === true)
        throw new Problem('--check writes nothing, --stdout does', 'give one of the two', 2);
      let changes = 0;
      await eachSchema(schemas, async schema => {
        if (await formatOne(schema, options)) changes++;
      });
      if (options.check === true && changes > 0)
        throw new Problem(`${plural(changes, 'schema')} not formatted`, 'run gw-gen format');
    });
}

/** Returns whether formatting changes the schema. */
async function formatOne(schema: string, options: Options): Promise<boolean> {
  const old = schema === STDIN ? await allOf(process.stdin) : readText(schema);
  const name = schema === STDIN ? 'stdin' : schema;
  const text = formatSchema(name, old);
  if (options.check === true) {
    if (text !== old) result(name);
  } else if (schema === STDIN || options.stdout === true) process.stdout.write(text);
  else if (text !== old) {
    writeText(schema, text);
    result(`formatted ${schema}`);
  }
  return text !== old;
}
