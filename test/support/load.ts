/** Protocols in memory: from a schema's text, and with their generated code changed on purpose. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { transform } from 'sucrase';
import { Names } from '../../generator/emit/names.js';
import { renderProtocol } from '../../generator/emit/render.js';
import type { ProtocolModel } from '../../generator/model/model.js';
import { resolveSchema } from '../../generator/model/resolve.js';
import { plain } from '../../generator/schema/colors.js';
import { formatDiagnostics } from '../../generator/schema/diagnostics.js';
import type { Protocol } from '../../src/codec/index.js';

const CODEC = new URL('../../src/codec/index.js', import.meta.url).href;

/** The model of a schema that must be good. */
export function modelOf(text: string, file = 'test.wire.yaml'): ProtocolModel {
  const { source, model } = resolveSchema(file, text);
  if (model === undefined) throw new Error(formatDiagnostics(source.diagnostics, plain));
  return model;
}

const models = new Map<string, ProtocolModel>();

/** The model of one of the protocols that ship with the package. */
export function shipped(name: string): ProtocolModel {
  let model = models.get(name);
  if (model === undefined) {
    const file = `protocols/${name}.wire.yaml`;
    model = modelOf(readFileSync(resolve(process.cwd(), file), 'utf8'), file);
    models.set(name, model);
  }
  return model;
}

/** Generated types and codec as one JavaScript module; `change` sees the codec's code before it is loaded. */
export async function loadCode(model: ProtocolModel, change = (code: string): string => code): Promise<Protocol> {
  const code = moduleOf(model, change);
  const module: Record<string, unknown> = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return module[new Names(model).constant] as Protocol;
}

/** The text of that module, which can stand anywhere. */
export function moduleOf(model: ProtocolModel, change = (code: string): string => code): string {
  const { types, codec } = filesOf(model);
  return transform(types + change(codec), { transforms: ['typescript'], disableESTransforms: true }).code;
}

interface Files {
  readonly types: string;
  readonly codec: string;
}

const rendered = new WeakMap<ProtocolModel, Files>();

/** Without what one imports of the other. */
function filesOf(model: ProtocolModel): Files {
  let files = rendered.get(model);
  if (files === undefined) {
    const all = renderProtocol(model, { codecModule: CODEC });
    const text = (name: string): string => all.find(f => f.name === name)?.text ?? '';
    files = {
      types: text('types.ts').replace(/^import type .*$/m, ''),
      codec: text('codec.ts').replace(/^import \{[^}]*\} from '\.\/types\.js';$/m, ''),
    };
    rendered.set(model, files);
  }
  return files;
}
