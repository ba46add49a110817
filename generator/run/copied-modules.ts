/**
 * The modules that a schema names, in a new project: they have to stand where they are compiled, below `src`, and the schema there
 * has to name them so.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { modulesOf } from '../emit/modules.js';
import type { ProtocolModel } from '../model/model.js';
import { Problem } from './problem.js';

export interface CopiedModule {
  /** As the schema names it. */
  readonly use: string;
  /** Where it stands in the project. */
  readonly path: string;
  readonly text: string;
}

/** @param folder of the generated files, below `src` */
export function copiedModules(model: ProtocolModel, folder: string): CopiedModule[] {
  const paths = new Map<string, string>();
  return [...modulesOf(model)].map(use => {
    const path = `src/${folder}/own/${posix.normalize(use).replace(/^(?:\.\.\/)+/, '')}`;
    const other = paths.get(path);
    if (other !== undefined)
      throw new Problem(`Cannot copy both "${other}" and "${use}" to ${path}`, 'give one of them another name');
    paths.set(path, use);
    return { use, path, text: readFileSync(join(model.folder, use), 'utf8') };
  });
}

/** The text of the schema, in `protocols`, with the modules where they stand now. */
export function namingCopies(schema: string, modules: readonly CopiedModule[]): string {
  return modules.reduce((text, { use, path }) => {
    const name = use.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    return text.replaceAll(new RegExp(`(?<![\\w./-])${name}(?![\\w/-])`, 'g'), () => `../${path}`);
  }, schema);
}
