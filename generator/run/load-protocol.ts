/**
 * A protocol straight from its schema, without generating files: the same code that would be written is made in memory
 * and loaded. What `decode` and `check` do is therefore what the generated codec does.
 */
import { transform } from 'sucrase';
import type { Protocol } from '../../src/codec/index.js';
import { codecView } from '../emit/emit-codec.js';
import { typesView } from '../emit/emit-types.js';
import { Names } from '../emit/names.js';
import { render } from '../emit/render.js';
import type { ProtocolModel } from '../model/model.js';

const CODEC = new URL('../../src/codec/index.js', import.meta.url).href;

export async function loadProtocol(model: ProtocolModel): Promise<Protocol> {
  const names = new Names(model);
  const types = render('types.ts.hbs', typesView(model, names, CODEC));
  const codec = render('codec.ts.hbs', codecView(model, names, CODEC));
  // One module: the codec's import of its types is answered by the types themselves.
  const joined =
    types.replace(/^import type .*$/m, '') + codec.replace(/^import \{[^}]*\} from '\.\/types\.js';$/m, '');
  const { code } = transform(joined, { transforms: ['typescript'], disableESTransforms: true });
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, unknown>;
  return module[names.constant] as Protocol;
}
