/** `gw-gen json-schema`: the form of schema files, for editors. */
import type { Command } from 'commander';
import { jsonSchemaText } from '../schema/json-schema.js';

export function addJsonSchema(program: Command): void {
  program
    .command('json-schema')
    .summary('print the JSON Schema of schema files, for editors')
    .description(
      'Prints the JSON Schema of .wire.yaml files. The package has it as wire.schema.json; with it, editors that speak to ' +
        'the YAML language server complete and explain keys.',
    )
    .addHelpText(
      'after',
      '\nIn a schema:\n  # yaml-language-server: $schema=../node_modules/framegate/wire.schema.json\n\nExamples:\n  gw-gen json-schema > wire.schema.json',
    )
    .action(() => {
      process.stdout.write(jsonSchemaText());
    });
}
