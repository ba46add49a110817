/**
 * What `docker build` makes of a Dockerfile, as far as processes can tell: each stage is a folder, its instructions run
 * there, and a build is given what .dockerignore leaves. The base image is this machine.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Image {
  /** The folder that is `/` in it. */
  readonly root: string;
  readonly from: string;
  readonly workdir: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly exposed: string;
  /** Forms without a shell; empty where there is none. */
  readonly health: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

type Stage = { -readonly [K in keyof Image]: Image[K] };

/** Variables of whoever builds, which the registry is found with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @param folder for all stages. @throws when a command fails, or an instruction is none of those that are known here */
export function buildImage(project: string, folder: string, outside: Environment): Image {
  const stages = new Map<string, Stage>();
  const args = new Map<string, string>();
  let stage: Stage | undefined;
  for (const [name, rest] of instructionsOf(readFileSync(join(project, 'Dockerfile'), 'utf8'))) {
    if (name === 'ARG') {
      args.set(...pair(rest));
    } else if (name === 'FROM') {
      const [from = '', , as = ''] = rest.replaceAll(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg)!).split(' ');
      stage = begin(from, stages.get(from), mkdtempSync(join(folder, 'stage-')));
      stages.set(as, stage);
    } else {
      if (stage === undefined) throw new Error(`${name} stands before FROM`);
      follow(stage, name, rest, { project, stages, outside });
    }
  }
  return stage!;
}

function begin(from: string, before: Stage | undefined, root: string): Stage {
  if (before === undefined)
    return { root, from, workdir: '/', user: 'root', env: {}, exposed: '', health: [], entrypoint: [], command: [] };
  cpSync(before.root, root, { recursive: true, verbatimSymlinks: true });
  return { ...before, root };
}

interface Build {
  readonly project: string;
  readonly stages: ReadonlyMap<string, Image>;
  readonly outside: Environment;
}

function follow(stage: Stage, name: string, rest: string, { project, stages, outside }: Build): void {
  const here = join(stage.root, stage.workdir);
  switch (name) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
      return;
    case 'COPY': {
      const [, stageName, list] = /^(?:--from=(\w+) )?(.*)$/.exec(rest)!;
      const sources = list!.split(' ');
      const to = sources.pop()!;
      const files = stageName === undefined ? contextOf(project) : undefined;
      const from = stageName === undefined ? project : stages.get(stageName)!.root;
      copy(from, sources, join(here, to), files);
      return;
    }
    case 'RUN': {
      const env = { ...outside, ...inside(stage) };
      const { status, stdout, stderr } = spawnSync('sh', ['-c', rest], { cwd: here, env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`RUN ${rest}: ${stdout}${stderr}`);
      return;
    }
    case 'ENV':
      stage.env = { ...stage.env, ...Object.fromEntries(rest.split(' ').map(pair)) };
      return;
    case 'USER':
      stage.user = rest;
      return;
    case 'EXPOSE':
      stage.exposed = rest;
      return;
    case 'HEALTHCHECK':
      stage.health = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest);
      return;
    case 'CMD':
      stage.command = JSON.parse(rest);
      return;
    default:
      throw new Error(`Cannot follow "${name} ${rest}"`);
  }
}

/** What a process of it has in its environment, with folders as they are found here. */
export function inside({ env, root, workdir }: Image): Record<string, string | undefined> {
  const PATH = (env.PATH ?? '$PATH')
    .replace('$PATH', process.env.PATH!)
    .replaceAll(`${workdir}/`, `${root}${workdir}/`);
  return { ...env, PATH };
}

export function instructionsOf(dockerfile: string): (readonly [name: string, rest: string])[] {
  const lines = dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n');
  return lines.filter(line => line !== '').map(line => /^(\S+)\s+(.*)$/.exec(line)!.slice(1) as [string, string]);
}

/** Paths that a build is given: of the rules that fit, the last one decides. */
export function contextOf(project: string): string[] {
  const text = readFileSync(join(project, '.dockerignore'), 'utf8');
  const rules = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  const isGiven = (path: string): boolean =>
    rules.reduce((given, rule) => {
      const pattern = globPattern(rule.replace('!', ''));
      return new RegExp(`^${pattern}(?:/|$)`).test(path) ? rule.startsWith('!') : given;
    }, true);
  return (readdirSync(project, { recursive: true }) as string[]).filter(isGiven);
}

function copy(from: string, sources: readonly string[], to: string, files: readonly string[] | undefined): void {
  const names = files ?? sources.map(path => path.slice(1));
  for (const source of sources) {
    const pattern = new RegExp(`^${globPattern(source.replace(/^\//, ''))}$`);
    for (const name of names.filter(path => pattern.test(path))) {
      // Of a folder, what is in it.
      const target = statSync(join(from, name)).isDirectory() ? to : targetOf(to, name);
      const filter = (path: string): boolean =>
        path === join(from, name) || (files?.includes(path.slice(from.length + 1)) ?? true);
      cpSync(join(from, name), target, { recursive: true, verbatimSymlinks: true, filter });
    }
  }
}

function targetOf(to: string, name: string): string {
  return to.endsWith('/') ? join(to, basename(name)) : to;
}

function globPattern(glob: string): string {
  const plain = glob.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return plain.replaceAll(/\*\*\/|\*/g, stars => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
