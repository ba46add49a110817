/** `gw-gen check`: is the schema right? */
import type { Command } from 'commander';
import { loadSchema } from '../run/load-schema.js';
import { type Diagnostic, formatDiagnostics, plural, SchemaError } from '../schema/diagnostics.js';
import { eachSchema } from './each-schema.js';
import { formatOption, out, result, say } from './output.js';

export function addCheck(program: Command): void {
  program
    .command('check')
    .summary('check schemas and their vectors')
    .description('Checks schemas: structure, names, types, sizes, and whether their golden frames hold.')
    .argument('<schema...>', 'path of a .wire.yaml file')
    .addOption(formatOption(['text', 'json', 'github']))
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen check protocols/chat.wire.yaml\n  gw-gen check --format json protocols/*.wire.yaml\n  gw-gen check --format github protocols/*.wire.yaml      in GitHub Actions',
    )
    .action(async (schemas: string[], options: { format: string }) => {
      const found: Diagnostic[] = [];
      await eachSchema(schemas, async schema => {
        found.push(...(await diagnosticsOf(schema, options.format === 'text')));
      });
      if (options.format === 'json') result(JSON.stringify(found));
      else if (options.format === 'github') for (const d of found) result(annotation(d));
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

/** A workflow command of GitHub Actions, which shows the diagnostic at its line. */
function annotation(d: Diagnostic): string {
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (value: string | number): string =>
    data(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const properties = {
    file: d.file,
    line: d.line,
    col: d.column,
    endColumn: d.column + d.length,
    title: d.code,
  };
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  return `::${d.severity} ${list.join(',')}::${data(d.hint === undefined ? d.message : `${d.message}\nhint: ${d.hint}`)}`;
}
