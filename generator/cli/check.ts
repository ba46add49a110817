/** `gw-gen check`: is the schema right? */
import type { Command } from 'commander';
import { loadSchema } from '../run/load-schema.js';
import { type Diagnostic, formatDiagnostics, plural, SchemaError } from '../schema/diagnostics.js';
import { out, result, say } from './output.js';

export function addCheck(program: Command): void {
  program
    .command('check')
    .summary('check schemas and their vectors')
    .description('Checks schemas: structure, names, types, sizes, and whether their golden frames hold.')
    .argument('<schema...>', 'path of a .wire.yaml file')
    .option('--format <format>', 'text or json', 'text')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen check protocols/chat.wire.yaml\n  gw-gen check --format json protocols/*.wire.yaml',
    )
    .action(async (schemas: string[], options: { format: string }, command: Command) => {
      if (options.format !== 'text' && options.format !== 'json') {
        command.error(`error: --format cannot be "${options.format}"; text or json`, { exitCode: 2 });
      }
      const found: Diagnostic[] = [];
      for (const schema of schemas) found.push(...(await diagnosticsOf(schema, options.format === 'text')));
      if (options.format === 'json') result(JSON.stringify(found));
      else if (found.length > 0) result(formatDiagnostics(found, out));
      if (found.some(d => d.severity === 'error')) process.exitCode = 1;
    });
}

async function diagnosticsOf(schema: string, narrate: boolean): Promise<readonly Diagnostic[]> {
  try {
    const { model, diagnostics } = await loadSchema(schema);
    if (narrate) {
      const { messages, vectors } = model;
      say(
        `${schema}: ${model.id} ${model.version}, ${plural(messages.length, 'message')}, ${vectors.length === 0 ? 'no vectors' : `${plural(vectors.length, 'vector')} hold`}`,
      );
    }
    return diagnostics;
  } catch (e) {
    if (e instanceof SchemaError) return e.diagnostics;
    throw e;
  }
}
