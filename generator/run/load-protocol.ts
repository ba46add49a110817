/**
 * A protocol straight from its schema, without generating files: the same code that would be written is made in memory
 * and loaded. What `decode` and `check` do is therefore what the generated codec does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Protocol } from '../../src/codec/index.js';
import type { Traced } from '../emit/context.js';
import { codecView } from '../emit/emit-codec.js';
import { typesView } from '../emit/emit-types.js';
import { type FindModule, modulesOf } from '../emit/modules.js';
import { Names } from '../emit/names.js';
import { render } from '../emit/render.js';
import type { ProtocolModel } from '../model/model.js';
import { eraseTypes } from './erase-types.js';
import { Problem } from './problem.js';

const CODEC = new URL('../../src/codec/index.js', import.meta.url).href;
const TRACE = new URL('../explain/trace.js', import.meta.url).href;

/** @param traced for a codec that tells {@link trace} what it reads */
export async function loadProtocol(model: ProtocolModel, traced?: Traced): Promise<Protocol> {
  const names = new Names(model);
  const find = await ownModules(model);
  const types = typesView(model, names, CODEC, find);
  // What runs needs the constants only.
  const constants = render('types.ts.hbs', { ...types, interfaces: [], protocol: { ...types.protocol, sections: [] } });
  const codec = render('codec.ts.hbs', codecView(model, names, CODEC, find, traced));
  // One module: the codec's import of its types is answered by the types themselves.
  const joined =
    (traced === undefined ? '' : `import { trace as $trace } from '${TRACE}';\n`) +
    constants.replace(/^import type .*$/gm, '') +
    codec.replace(/^import \{[^}]*\} from '\.\/types\.js';$/m, '');
  return (await importEmitted(joined))[names.constant] as Protocol;
}

async function importEmitted(code: string): Promise<Record<string, unknown>> {
  try {
    return await import(dataUrl(eraseTypes(code)));
  } catch (e) {
    // A form that is not known to it: a compiler knows them all, but needs longer.
    if (!(e instanceof SyntaxError)) throw e;
    return await import(dataUrl(await compile(code)));
  }
}

/** The user's own modules, compiled, by the names that the schema has for them. */
async function ownModules(model: ProtocolModel): Promise<FindModule> {
  const urls = new Map<string, string>();
  for (const use of modulesOf(model)) urls.set(use, dataUrl(await compile(readModule(join(model.folder, use)))));
  return use => urls.get(use)!;
}

/** The compiler is loaded by those who need one. */
async function compile(typescript: string): Promise<string> {
  const { transform } = await import('sucrase');
  return transform(typescript, { transforms: ['typescript'], disableESTransforms: true }).code;
}

function dataUrl(code: string): string {
  return `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
}

/** The text of a user's own module, whose imports of the codec library are answered by the one that runs here. */
function readModule(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll(/(['"])framegate\/codec\1/g, `'${CODEC}'`);
  } catch (e) {
    const why = (e as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : (e as Error).message;
    throw new Problem(
      `Cannot read the module "${file}" that the schema names: ${why}`,
      'paths begin where the schema stands',
    );
  }
}
