/** The example schemas that the language was made for: each checks clean as it was written, golden frames included. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadSchema } from '../../generator/run/load-schema.js';

const folder = join(process.env.FRAMEGATE_SHARED ?? '../shared', 'schemas');

t.test('every example schema is good', { skip: !existsSync(folder) && `${folder} is not here` }, async t => {
  const files = readdirSync(folder).filter(file => file.endsWith('.wire.yaml'));
  t.ok(files.length >= 8);
  for (const file of files) {
    const { model, diagnostics } = await loadSchema(join(folder, file));
    t.same(diagnostics, [], file);
    t.ok(model.vectors.length > 0, `${file}: ${model.vectors.length} vectors hold`);
  }
});
