/**
 * A protocol straight from its schema, without generating files: the same code that would be written is made in memory
 * and loaded. What `decode` and `check` do is therefore what the generated codec does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'sucrase';
import type { Protocol } from '../../src/codec/index.js';
import { codecView } from '../emit/emit-codec.js';
import { typesView } from '../emit/emit-types.js';
import { Names } from '../emit/names.js';
import { render } from '../emit/render.js';
import type { Field, ProtocolModel } from '../model/model.js';
import { Problem } from './problem.js';

const CODEC = new URL('../../src/codec/index.js', import.meta.url).href;
const TRACE = new URL('../explain/trace.js', import.meta.url).href;

/** @param traced for a codec that tells {@link trace} what it reads: takes the fields, by the numbers that it calls them */
export async function loadProtocol(model: ProtocolModel, traced?: Field[]): Promise<Protocol> {
  const names = new Names(model);
  const find = (use: string): string => dataUrl(javascript(readModule(join(model.folder, use))));
  const types = typesView(model, names, CODEC, find);
  // What runs needs the constants only; to read and drop the interfaces would take longer than all the rest.
  const constants = render('types.ts.hbs', { ...types, interfaces: [], protocol: { ...types.protocol, sections: [] } });
  const codec = render('codec.ts.hbs', codecView(model, names, CODEC, find, traced));
  // One module: the codec's import of its types is answered by the types themselves.
  const joined =
    (traced === undefined ? '' : `import { trace as $trace } from '${TRACE}';\n`) +
    constants.replace(/^import type .*$/gm, '') +
    codec.replace(/^import \{[^}]*\} from '\.\/types\.js';$/m, '');
  const module = (await import(dataUrl(javascript(joined)))) as Record<string, unknown>;
  return module[names.constant] as Protocol;
}

function javascript(typescript: string): string {
  return transform(typescript, { transforms: ['typescript'], disableESTransforms: true }).code;
}

function dataUrl(code: string): string {
  // A quote would end the specifier that it stands in.
  return `data:text/javascript,${encodeURIComponent(code).replaceAll("'", '%27')}`;
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
