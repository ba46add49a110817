/** Modules of the user's own that generated code imports: a splitter, or codecs of single fields. */
import { isAbsolute, join, relative, sep } from 'node:path';
import type { ProtocolModel } from '../model/model.js';
import { camel } from '../model/names.js';

/** Where generated code finds the module that a schema names. */
export type FindModule = (use: string) => string;

/** What each kind of module exports. */
export type ModuleExport = 'split' | 'codec';

/**
 * The specifiers of modules for files in `folder`: schemas name modules as seen from where they stand themselves.
 * @param folder of the generated files; beside the schema if absent
 */
export function modulesSeenFrom(model: ProtocolModel, folder: string | undefined): FindModule {
  return use => {
    const compiled = use.replace(/\.ts$/, '.js');
    if (folder === undefined || isAbsolute(use)) return compiled;
    const path = relative(folder, join(model.folder, compiled)).split(sep).join('/');
    return path.startsWith('.') ? path : `./${path}`;
  };
}

/** What an export is called in generated code: `./codecs/lz.ts` -> `codecsLzCodec`. */
export function moduleName(use: string, what: ModuleExport): string {
  const words = use.replace(/\.\w+$/, '').split(/[^A-Za-z0-9]+/);
  return camel([...words.filter(w => w !== ''), what].join('-')).replace(/^\d/, '_$&');
}

/** `import { split as split1 } from './split.js';` for the modules that `code` mentions. */
export function moduleImports(
  model: ProtocolModel,
  find: FindModule,
  code: string,
  keyword: 'import' | 'import type',
): string[] {
  return exportsOf(model).flatMap(([use, what]) => {
    const name = moduleName(use, what);
    return new RegExp(`\\b${name}\\b`).test(code) ? [`${keyword} { ${what} as ${name} } from '${find(use)}';`] : [];
  });
}

/** The modules that a schema names. */
export function modulesOf(model: ProtocolModel): Set<string> {
  return new Set(exportsOf(model).map(([use]) => use));
}

function exportsOf(model: ProtocolModel): [string, ModuleExport][] {
  const all: [string, ModuleExport][] = model.frames.flatMap(f =>
    f.split.by === 'custom' ? [[f.split.use, 'split'] as [string, ModuleExport]] : [],
  );
  const fields = [...model.messages, ...model.structs].flatMap(x => x.fields);
  for (const use of new Set(fields.flatMap(f => f.codec ?? []))) all.push([use, 'codec']);
  return all;
}
