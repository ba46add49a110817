/** Writes the generated files of a protocol; leaves alone what has not changed and what belongs to the user. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { handlerName } from '../emit/emit-events.js';
import { type RenderOptions, renderProtocol } from '../emit/render.js';
import type { Message, ProtocolModel } from '../model/model.js';
import { Problem } from './problem.js';

export interface Generated {
  readonly file: string;
  /** `kept`: it is the user's and exists. */
  readonly state: 'written' | 'unchanged' | 'kept';
}

export interface GenerateResult {
  readonly files: readonly Generated[];
  /** Messages whose handler the user's events file does not have. */
  readonly missingHandlers: readonly Message[];
  readonly eventsFile: string;
}

export interface GenerateOptions extends RenderOptions {
  /** Write nothing: only say what would be written. */
  readonly dryRun?: boolean;
  /** Leave `events.ts` out: for projects that need only the codec. */
  readonly codecOnly?: boolean;
}

export function generate(model: ProtocolModel, folder: string, options: GenerateOptions = {}): GenerateResult {
  const files: Generated[] = [];
  const rendered = renderProtocol(model, options).filter(f => !(f.once && options.codecOnly === true));
  if (options.dryRun !== true) makeFolder(folder);
  for (const { name, text, once } of rendered) {
    const file = join(folder, name);
    const old = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (old !== undefined && once) files.push({ file, state: 'kept' });
    else if (old === text) files.push({ file, state: 'unchanged' });
    else {
      if (options.dryRun !== true) writeText(file, text);
      files.push({ file, state: 'written' });
    }
  }
  const eventsFile = join(folder, 'events.ts');
  const kept = files.some(f => f.file === eventsFile && f.state === 'kept');
  return { files, eventsFile, missingHandlers: kept ? missingHandlers(model, readFileSync(eventsFile, 'utf8')) : [] };
}

/** Messages from clients that no export of the events file handles. */
function missingHandlers(model: ProtocolModel, events: string): Message[] {
  return model.messages.filter(
    m => m.dir !== 'down' && m.heartbeat === undefined && !new RegExp(`\\b${handlerName(m)}\\b`).test(events),
  );
}

export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (e) {
    throw new Problem(`Cannot write "${file}" (${(e as NodeJS.ErrnoException).code})`);
  }
}

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (e) {
    throw new Problem(`Cannot make the folder "${folder}" (${(e as NodeJS.ErrnoException).code})`);
  }
}
