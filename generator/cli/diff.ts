/** `gw-gen diff`: what does a change of a schema break? */
import type { Command } from 'commander';
import { compareModels } from '../diff/compare.js';
import type { Finding } from '../diff/findings.js';
import { categories } from '../diff/rules.js';
import type { ProtocolModel } from '../model/model.js';
import { resolveSchema } from '../model/resolve.js';
import { readText } from '../run/load-schema.js';
import { plural, SchemaError } from '../schema/diagnostics.js';
import { formatOption, out, result, say } from './output.js';

const TITLES = { wire: 'Devices in the field', types: 'Code', behaviour: 'Behaviour' } as const;

export function addDiff(program: Command): void {
  program
    .command('diff')
    .summary('say what a change of a schema breaks')
    .description(
      'Compares two versions of a schema: what breaks devices in the field, what breaks code, what behaves otherwise. ' +
        'Exits with 1 if something breaks.',
    )
    .argument('<old>', 'path of the .wire.yaml file as it was')
    .argument('<new>', 'path of the file as it is')
    .addOption(formatOption(['text', 'json']))
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen diff meter-1.wire.yaml meter-2.wire.yaml\n  gw-gen diff <(git show main:protocols/meter.wire.yaml) protocols/meter.wire.yaml',
    )
    .action((old: string, now: string, options: { format: string }) => {
      const found = compareModels(modelOf(old), modelOf(now));
      if (options.format === 'json') result(JSON.stringify(found));
      else report(found);
      if (found.some(f => f.severity === 'breaking')) process.exitCode = 1;
    });
}

function modelOf(file: string): ProtocolModel {
  const { source, model } = resolveSchema(file, readText(file));
  if (model === undefined) throw new SchemaError(source.diagnostics);
  return model;
}

function report(found: readonly Finding[]): void {
  const parts = categories.flatMap(category => {
    const here = found.filter(f => f.category === category);
    const sorted = [...here.filter(f => f.severity === 'breaking'), ...here.filter(f => f.severity !== 'breaking')];
    return sorted.length === 0 ? [] : [[out.bold(TITLES[category]), ...sorted.map(line)].join('\n')];
  });
  if (parts.length > 0) result(parts.join('\n\n'));
  const breaking = found.filter(f => f.severity === 'breaking').length;
  // That the version was kept is said of the changes: it is none itself.
  const changes = found.filter(f => f.code !== 'VERSION_KEPT').length;
  say(changes === 0 ? 'no difference that matters' : `${plural(changes, 'change')}, ${breaking} breaking`);
}

function line(f: Finding): string {
  const severity = f.severity === 'breaking' ? out.red('breaking  ') : out.green('compatible');
  const values = f.old === undefined && f.new === undefined ? '' : `: ${f.old ?? 'nothing'} -> ${f.new ?? 'nothing'}`;
  return `  ${severity} ${out.cyan(f.at)}: ${f.text}${values} ${out.dim(`[${f.code}]`)}`;
}
