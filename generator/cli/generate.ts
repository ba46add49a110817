/** `gw-gen generate`: schema files -> TypeScript. */
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type GenerateOptions, type GenerateResult, generate } from '../run/generate.js';
import { loadSchema } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { formatDiagnostics, plural } from '../schema/diagnostics.js';
import { err, result, say } from './output.js';

interface Options {
  out: string;
  flat?: true;
  codecOnly?: true;
  dryRun?: true;
  check?: true;
  codecModule?: string;
}

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .summary('write codec, types, event stubs and tests')
    .description(
      'Writes types.ts, codec.ts, events.ts and a test for each schema, into a folder named after it.\n' +
        'events.ts is written once and then yours: it is never overwritten.',
    )
    .argument('<schema...>', 'path of a .wire.yaml file')
    .option('-o, --out <folder>', 'where the folders go', 'src')
    .option('--flat', 'write into --out itself; for one schema')
    .option('--codec-only', 'write no events.ts')
    .option('--dry-run', 'only say what would be written')
    .option('--check', 'write nothing; exit with 1 if a generated file is not up to date')
    .option('--codec-module <specifier>', 'where generated code imports the codec library from', 'framegate/codec')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen generate protocols/chat.wire.yaml            writes src/chat/...\n  gw-gen generate --check protocols/*.wire.yaml       in CI: is everything up to date?',
    )
    .action(async (schemas: string[], options: Options) => {
      if (options.flat === true && schemas.length > 1)
        throw new Problem('--flat takes one schema', 'without it, each schema gets a folder', 2);
      let stale = 0;
      for (const schema of schemas) stale += await generateOne(schema, options);
      if (options.check === true && stale > 0) {
        throw new Problem(
          `${plural(stale, 'generated file')} not up to date`,
          'run gw-gen generate and commit the result',
        );
      }
    });
}

/** Returns how many files were, or would be, written. */
async function generateOne(schema: string, options: Options): Promise<number> {
  const { model, diagnostics } = await loadSchema(schema);
  if (diagnostics.length > 0) say(formatDiagnostics(diagnostics, err));
  const folder =
    options.flat === true ? options.out : join(options.out, basename(schema).replace(/(\.wire)?\.ya?ml$/, ''));
  const settings: GenerateOptions = {
    ...(options.codecModule === undefined ? {} : { codecModule: options.codecModule }),
    dryRun: options.dryRun === true || options.check === true,
    codecOnly: options.codecOnly === true,
  };
  const done = generate(model, folder, settings);
  const written = done.files.filter(f => f.state === 'written');
  for (const { file } of written)
    result(
      options.check === true ? `stale ${file}` : options.dryRun === true ? `would write ${file}` : `wrote ${file}`,
    );
  if (written.length === 0) say(`${schema}: everything is up to date in ${folder}`);
  reportHandlers(done);
  return written.length;
}

function reportHandlers(done: GenerateResult): void {
  if (done.missingHandlers.length === 0) return;
  const names = done.missingHandlers.map(h => `"${h.message}"`).join(', ');
  say(`${done.eventsFile} has no handler for ${names}. Add:`);
  for (const { code } of done.missingHandlers) say(`\n${code.replaceAll(/^/gm, '  ')}`);
}
