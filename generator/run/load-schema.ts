/** Schema file -> checked model and protocol: what every command begins with. */
import { readFileSync } from 'node:fs';
import type { Protocol } from '../../src/codec/index.js';
import { whyNot } from '../../src/net/disk.js';
import type { ProtocolModel } from '../model/model.js';
import { resolveSchema } from '../model/resolve.js';
import { type Diagnostic, SchemaError } from '../schema/diagnostics.js';
import type { SchemaSource } from '../schema/source.js';
import { checkVectors } from './check-vectors.js';
import { loadProtocol } from './load-protocol.js';
import { Problem } from './problem.js';

export interface LoadedSchema {
  readonly model: ProtocolModel;
  readonly protocol: Protocol;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A schema whose golden frames hold.
 * @throws Problem when the file cannot be read, SchemaError when it has errors.
 */
export async function loadSchema(file: string): Promise<LoadedSchema> {
  const { source, ...loaded } = await load(file);
  checkVectors(source, loaded.model, loaded.protocol);
  if (source.hasErrors) throw new SchemaError(source.diagnostics);
  return loaded;
}

/**
 * A schema whose golden frames may not hold: for looking at bytes, which is how one finds out why they do not.
 * @throws Problem when the file cannot be read, SchemaError when it has other errors.
 */
export async function loadUnproven(file: string): Promise<LoadedSchema> {
  const { source: _, ...loaded } = await load(file);
  return loaded;
}

async function load(file: string): Promise<LoadedSchema & { source: SchemaSource }> {
  const { source, model } = resolveSchema(file, readText(file));
  if (model === undefined) throw new SchemaError(source.diagnostics);
  return { source, model, protocol: await loadProtocol(model), diagnostics: source.diagnostics };
}

/**
 * The text of a file, without the mark that some editors begin it with.
 * @throws Problem when it cannot be read.
 */
export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Problem(`Cannot find the schema "${file}"`, 'give the path of a .wire.yaml file');
    if (code === 'EISDIR')
      throw new Problem(`"${file}" is a folder, not a schema`, 'give the path of a .wire.yaml file');
    throw new Problem(`Cannot read the schema "${file}" (${code}): ${whyNot(e)}`);
  }
  if (bytes.includes(0)) throw new Problem(`"${file}" is no text`, 'give the path of a .wire.yaml file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(`"${file}" is not in UTF-8`, 'save it as UTF-8; another editor or iconv can do that');
  }
}
