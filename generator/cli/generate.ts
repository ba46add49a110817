/** `gw-gen generate`: schema files -> TypeScript. */
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type GenerateOptions, type GenerateResult, generate } from '../run/generate.js';
import { loadSchema, readText } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { protocolDocs } from '../run/protocol-docs.js';
import { formatDiagnostics, plural, SchemaError } from '../schema/diagnostics.js';
import { eachSchema } from './each-schema.js';
import { err, result, say } from './output.js';
import { watchFiles } from './watch.js';

interface Options {
  out: string;
  flat?: true;
  codecOnly?: true;
  dryRun?: true;
  check?: true;
  watch?: true;
  codecModule?: string;
}

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .summary('write codec, types, event stubs, tests and docs')
    .description(
      'Writes types.ts, codec.ts, events.ts, a test and PROTOCOL.md for each schema, into a folder named after it. ' +
        'events.ts is written once and then yours: it is never overwritten.',
    )
    .argument('<schema...>', 'path of a .wire.yaml file')
    .option('-o, --out <folder>', 'where the folders go', 'src')
    .option('--flat', 'write into --out itself; for one schema')
    .option('--codec-only', 'write no events.ts and no PROTOCOL.md')
    .option('--dry-run', 'only say what would be written')
    .option('--check', 'write nothing; exit with 1 if a generated file is not up to date')
    .option('--watch', 'go on, and write again whenever a schema is saved')
    .option('--codec-module <specifier>', 'where generated code imports the codec library from', 'framegate/codec')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen generate protocols/chat.wire.yaml            writes src/chat/...\n  gw-gen generate --check protocols/*.wire.yaml       in CI: is everything up to date?',
    )
    .action(async (schemas: string[], options: Options) => {
      if (options.flat === true && schemas.length > 1)
        throw new Problem('--flat takes one schema', 'without it, each schema gets a folder', 2);
      if (options.watch === true) {
        if (options.check === true || options.dryRun === true)
          throw new Problem('--watch writes, --check and --dry-run do not', 'give one of them', 2);
        await generateAndWatch(schemas, options);
        return;
      }
      let stale = 0;
      await eachSchema(schemas, async schema => {
        stale += report(schema, await generateOne(schema, options), options);
      });
      if (options.check === true && stale > 0) {
        throw new Problem(
          `${plural(stale, 'generated file')} not up to date`,
          'run gw-gen generate and commit the result',
        );
      }
    });
}

async function generateOne(schema: string, options: Options): Promise<GenerateResult> {
  const { model, diagnostics } = await loadSchema(schema);
  if (diagnostics.length > 0) say(formatDiagnostics(diagnostics, err));
  const settings: GenerateOptions = {
    ...(options.codecModule === undefined ? {} : { codecModule: options.codecModule }),
    dryRun: options.dryRun === true || options.check === true,
    codecOnly: options.codecOnly === true,
    ...(options.codecOnly === true ? {} : { docs: (await protocolDocs(model)).markdown }),
  };
  return generate(model, folderOf(schema, options), settings);
}

function folderOf(schema: string, options: Options): string {
  return options.flat === true ? options.out : join(options.out, basename(schema).replace(/(\.wire)?\.ya?ml$/, ''));
}

/** Returns how many files were, or would be, written. */
function report(schema: string, done: GenerateResult, options: Options): number {
  const verb = options.check === true ? 'stale' : options.dryRun === true ? 'would write' : 'wrote';
  const written = writtenBy(done);
  for (const file of written) result(`${verb} ${file}`);
  if (written.length === 0) say(`${schema}: everything is up to date in ${folderOf(schema, options)}`);
  reportHandlers(done);
  return written.length;
}

function writtenBy(done: GenerateResult): string[] {
  return done.files.filter(f => f.state === 'written').map(f => f.file);
}

/** One line on stdout for each round; a schema with errors is told, and the next save is waited for. */
async function generateAndWatch(schemas: readonly string[], options: Options): Promise<void> {
  const round = async (schema: string): Promise<void> => {
    try {
      const done = await generateOne(schema, options);
      const written = writtenBy(done);
      result(`${schema}: ${written.length === 0 ? 'nothing to write' : `wrote ${written.join(', ')}`}`);
      reportHandlers(done);
    } catch (e) {
      if (!(e instanceof SchemaError || e instanceof Problem)) throw e;
      if (e instanceof SchemaError) say(formatDiagnostics(e.diagnostics, err));
      result(`${e instanceof SchemaError ? '' : `${schema}: `}${e.message}, nothing written`);
    }
  };
  for (const schema of schemas) readText(schema);
  say('watching; Ctrl-C ends it');
  await watchFiles(schemas, round);
}

/** Of many stubs, these show how they look. */
const MOST_STUBS = 3;

function reportHandlers(done: GenerateResult): void {
  if (done.missingHandlers.length === 0) return;
  const names = done.missingHandlers.map(h => `"${h.message}"`).join(', ');
  say(`${done.eventsFile} has no handler for ${names}. Add:`);
  const shown = done.missingHandlers.slice(0, MOST_STUBS);
  for (const { code } of shown) say(`\n${code.replaceAll(/^/gm, '  ')}`);
  const left = done.missingHandlers.length - shown.length;
  if (left > 0) say(`\n  ... and ${left} more; where there is no events.ts yet, --out writes one with all of them`);
}
