/** `gw-gen docs`: a protocol described for people. */
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { makeFolder, writeText } from '../run/generate.js';
import { loadSchema } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { protocolDocs } from '../run/protocol-docs.js';
import { eachSchema } from './each-schema.js';
import { result } from './output.js';

interface Options {
  out: string;
  html?: true;
}

export function addDocs(program: Command): void {
  program
    .command('docs')
    .summary('describe a protocol for people')
    .description(
      'Writes PROTOCOL.md: how frames look, what every message holds, who says what when, and the golden frames explained.\n' +
        'With several schemas, each gets a folder that is named after it.',
    )
    .argument('<schema...>', 'path of a .wire.yaml file')
    .option('-o, --out <folder>', 'where to write', '.')
    .option('--html', 'write protocol.html too: one page that needs nothing else')
    .addHelpText('after', '\nExamples:\n  gw-gen docs --html -o docs protocols/gt06.wire.yaml')
    .action(async (schemas: string[], options: Options) => {
      const folders = schemas.map(schema => folderOf(schema, schemas.length, options.out));
      const twice = folders.find((f, i) => folders.indexOf(f) !== i);
      if (twice !== undefined)
        throw new Problem(`Two schemas would be described in "${twice}"`, 'give them different names', 2);
      await eachSchema(schemas, schema => describe(schema, folders[schemas.indexOf(schema)]!, options));
    });
}

function folderOf(schema: string, count: number, out: string): string {
  return count === 1 ? out : join(out, basename(schema).replace(/(\.wire)?\.ya?ml$/, ''));
}

async function describe(schema: string, folder: string, { html }: Options): Promise<void> {
  const { model } = await loadSchema(schema);
  const docs = await protocolDocs(model);
  makeFolder(folder);
  const files = [['PROTOCOL.md', docs.markdown], ...(html === true ? [['protocol.html', docs.html]] : [])];
  for (const [name, text] of files) {
    const file = join(folder, name!);
    writeText(file, text!);
    result(`wrote ${file}`);
  }
}
