/** A new project: schema, generated code, event stubs, application, and what it takes to build and test them. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Names } from '../emit/names.js';
import { render, renderProtocol } from '../emit/render.js';
import { isText, type ProtocolModel } from '../model/model.js';
import { resolveSchema } from '../model/resolve.js';
import { copiedModules, namingCopies } from './copied-modules.js';
import { deployFiles } from './deploy-files.js';
import { makeFolder, writeText } from './generate.js';
import { loadSchema, readText } from './load-schema.js';
import { Problem } from './problem.js';
import { protocolDocs } from './protocol-docs.js';
import { firstTimeLimit } from './time-limit.js';

const PACKAGE = new URL('../../../', import.meta.url);

/** Protocols that ship with the package and can be named instead of a file. */
export const starters = [
  { name: 'chat', port: 8282, events: 'examples/telnet-chat/chat/events.ts', doc: 'lines of text, for telnet' },
  { name: 'game', port: 8283, events: undefined, doc: 'a realtime game, binary' },
  { name: 'gt06', port: 5023, events: 'examples/tracker/gt06/events.ts', doc: 'GPS trackers, binary' },
] as const;

export interface ScaffoldOptions {
  readonly folder: string;
  /** Name of a starter, or path of a schema. */
  readonly protocol: string;
  /** What package.json says of framegate: a version, or a path. */
  readonly framegate: string;
  readonly force: boolean;
  /** Whether there is what starts it in containers and under systemd. */
  readonly deploy: boolean;
}

export interface Scaffold {
  readonly files: readonly string[];
  readonly model: ProtocolModel;
  readonly port: number;
}

export interface Planned {
  readonly path: string;
  readonly text: string;
}

/** @throws Problem when something is in the way, SchemaError when the schema has errors. */
export async function scaffold(options: ScaffoldOptions): Promise<Scaffold> {
  if (options.folder.trim() === '') throw new Problem('The folder has no name', 'gw-gen init my-app', 2);
  const starter = starters.find(s => s.name === options.protocol);
  const source =
    starter === undefined ? options.protocol : fileURLToPath(new URL(`protocols/${starter.name}.wire.yaml`, PACKAGE));
  if (starter === undefined && !existsSync(source)) {
    throw new Problem(
      `There is no protocol "${options.protocol}"`,
      `${starters.map(s => s.name).join(', ')}, or the path of a schema`,
    );
  }
  const { model: original } = await loadSchema(source);
  const folder = basename(source).replace(/(\.wire)?\.ya?ml$/, '');
  const modules = copiedModules(original, folder);
  const text = namingCopies(withSchemaLine(readText(source)), modules);
  // The mistakes have been told; what is generated carries the hash of this text.
  const model = resolveSchema(join(options.folder, 'protocols', `${folder}.wire.yaml`), text).model!;
  const port = starter?.port ?? 8282;
  const planned = plan(options, folder, text, model, port, starter?.events);
  refuseToOverwrite(options, [...planned, ...modules]);
  // What describes the protocol decodes its golden frames, with the modules where they stand now.
  writeAll(options.folder, modules);
  const docs = { path: `src/${folder}/PROTOCOL.md`, text: (await protocolDocs(model)).markdown };
  const at = planned.findIndex(f => f.path === docs.path);
  const files = planned.with(at, docs);
  writeAll(options.folder, files);
  return { files: [...files, ...modules].map(f => f.path), model, port };
}

function plan(
  options: ScaffoldOptions,
  folder: string,
  text: string,
  model: ProtocolModel,
  port: number,
  events: string | undefined,
): Planned[] {
  const schema = `protocols/${folder}.wire.yaml`;
  const rendered = renderProtocol(model, { folder: join(options.folder, 'src', folder) });
  const view = {
    name: packageName(options.folder),
    framegate: options.framegate,
    schema,
    folder,
    constant: new Names(model).constant,
    port,
    id: model.id,
    doc: model.doc ?? model.id,
    telnet: isForTelnet(model),
    limit: firstTimeLimit(model),
    deploy: options.deploy,
  };
  return [
    { path: 'package.json', text: render('project/package.json.hbs', view) },
    { path: 'tsconfig.json', text: render('project/tsconfig.json.hbs', view) },
    { path: '.gitignore', text: render('project/gitignore.hbs', view) },
    { path: 'README.md', text: render('project/README.md.hbs', view) },
    { path: schema, text },
    { path: 'src/app.ts', text: render('project/app.ts.hbs', view) },
    { path: 'src/app.test.ts', text: render('project/app.test.ts.hbs', view) },
    ...rendered.map(f => ({
      path: `src/${folder}/${f.name}`,
      text: f.once && events !== undefined ? readFileSync(new URL(events, PACKAGE), 'utf8') : f.text,
    })),
    { path: `src/${folder}/PROTOCOL.md`, text: '' },
    ...(options.deploy ? deployFiles(view) : []),
  ];
}

function writeAll(folder: string, files: readonly Planned[]): void {
  for (const { path, text } of files) {
    const file = join(folder, path);
    makeFolder(dirname(file));
    writeText(file, text);
  }
}

/** Lines of text, which a human can type. */
export function isForTelnet(model: ProtocolModel): boolean {
  return model.frames.every(isText);
}

/** With it, editors that speak to the YAML language server complete and explain the keys. */
function withSchemaLine(text: string): string {
  if (/^# *yaml-language-server:/m.test(text)) return text;
  return `# yaml-language-server: $schema=../node_modules/framegate/wire.schema.json\n${text}`;
}

function refuseToOverwrite(options: ScaffoldOptions, files: readonly Planned[]): void {
  const { folder, force } = options;
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new Problem(`"${folder}" is a file`, 'give the name of a new folder');
  const inTheWay = files.filter(f => existsSync(join(folder, f.path))).map(f => f.path);
  if (force || inTheWay.length === 0) return;
  const shown = inTheWay.slice(0, 5).join(', ') + (inTheWay.length > 5 ? ` and ${inTheWay.length - 5} more` : '');
  throw new Problem(
    `"${folder}" has ${shown} already; nothing was written`,
    'choose another folder, or overwrite with --force',
  );
}

/** A folder's name as the name of a package. */
function packageName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name === '' ? 'framegate-app' : name;
}

/**
 * A dependency as npm takes it from inside the new project: a path is made absolute.
 * @param spec from where this package itself has come, if absent
 */
export function dependency(spec: string | undefined): string {
  if (spec === undefined) return origin();
  const path = spec.replace(/^file:/, '');
  if (spec.startsWith('file:') || /^\.{0,2}[/\\]|^[^:]*\.tgz$/.test(spec) || existsSync(path)) {
    if (!existsSync(path))
      throw new Problem(`Cannot find "${path}" (--framegate)`, 'a version, or the path of a folder or tarball', 2);
    return `file:${resolve(path)}`;
  }
  return spec;
}

/** A clone is a folder; what is installed has come from where the project says that has installed it. */
function origin(): string {
  const here = resolve(fileURLToPath(PACKAGE));
  const project = dirname(dirname(here));
  if (basename(dirname(here)) !== 'node_modules') return `file:${here}`;
  const { dependencies, devDependencies } = manifestOf(project);
  const said = dependencies?.framegate ?? devDependencies?.framegate ?? '';
  if (said.startsWith('file:')) return `file:${resolve(project, said.slice('file:'.length))}`;
  return /^(?:https?|git|github|gitlab|bitbucket|gist)\b/.test(said) ? said : `^${manifestOf(here).version}`;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
}
