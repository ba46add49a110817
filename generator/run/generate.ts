/** Writes the generated files of a protocol; leaves alone what has not changed and what belongs to the user. */
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { whyNot } from '../../src/net/disk.js';
import { makeFolders } from '../../src/net/folders.js';
import { eventsView } from '../emit/emit-events.js';
import { Names } from '../emit/names.js';
import { type RenderOptions, renderProtocol } from '../emit/render.js';
import type { ProtocolModel } from '../model/model.js';
import { Problem } from './problem.js';

export interface Generated {
  readonly file: string;
  /** `kept`: it is the user's and exists. */
  readonly state: 'written' | 'unchanged' | 'kept';
}

export interface MissingHandler {
  readonly message: string;
  /** The stub, for the user to add. */
  readonly code: string;
}

export interface GenerateResult {
  readonly files: readonly Generated[];
  /** The handlers that the user's events file does not have, as they would be written. */
  readonly missingHandlers: readonly MissingHandler[];
  readonly eventsFile: string;
}

export interface GenerateOptions extends RenderOptions {
  /** Write nothing: only say what would be written. */
  readonly dryRun?: boolean;
  /** Leave `events.ts` out: for projects that need only the codec. */
  readonly codecOnly?: boolean;
  /** The text of `PROTOCOL.md`; without it, there is none. */
  readonly docs?: string;
}

export function generate(model: ProtocolModel, folder: string, options: GenerateOptions = {}): GenerateResult {
  const files: Generated[] = [];
  const rendered = renderProtocol(model, { ...options, folder }).filter(f => !(f.once && options.codecOnly === true));
  if (options.docs !== undefined) rendered.push({ name: 'PROTOCOL.md', text: options.docs, once: false });
  if (options.dryRun !== true) makeFolder(folder);
  for (const { name, text, once } of rendered) {
    const file = join(folder, name);
    const old = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (old !== undefined && once) files.push({ file, state: 'kept' });
    else if (old?.replaceAll('\r\n', '\n') === text) files.push({ file, state: 'unchanged' });
    else {
      if (options.dryRun !== true) writeText(file, text);
      files.push({ file, state: 'written' });
    }
  }
  const eventsFile = join(folder, 'events.ts');
  const kept = files.some(f => f.file === eventsFile && f.state === 'kept');
  return { files, eventsFile, missingHandlers: kept ? missingHandlers(model, readFileSync(eventsFile, 'utf8')) : [] };
}

/** Handlers of messages from clients that the events file does not mention. */
function missingHandlers(model: ProtocolModel, events: string): MissingHandler[] {
  const { handlers, protocol } = eventsView(model, new Names(model));
  return handlers
    .filter(h => !new RegExp(`\\b${h.name}\\b`).test(events))
    .map(h => {
      const body = h.lines.map(line => `  ${line}\n`).join('');
      const head = `export function ${h.name}(client: Client<${protocol}>, message: ${h.type}): ${h.returns}`;
      return { message: h.message, code: `${head} {\n${body}}` };
    });
}

/** Replaces the file as a whole: on a full disk, or when the program is ended meanwhile, what was there stays there. */
export function writeText(file: string, text: string): void {
  const there = existsSync(file) ? realpathSync(file) : undefined;
  const target = there ?? file;
  const draft = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    if (there !== undefined) chmodSync(draft, statSync(there).mode);
    renameSync(draft, target);
  } catch (e) {
    rmSync(draft, { force: true });
    throw new Problem(`Cannot write "${file}" (${(e as NodeJS.ErrnoException).code}): ${whyNot(e)}`);
  }
}

export function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (e) {
    throw new Problem(`Cannot make the folder "${folder}" (${(e as NodeJS.ErrnoException).code}): ${whyNot(e)}`);
  }
}
