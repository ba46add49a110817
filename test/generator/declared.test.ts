/** Real protocols that lean on one part of the language each, with frames that their manuals show. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { isText } from '../../generator/model/model.js';
import { loadCode, modelOf } from '../support/load.js';
import {
  corruptionProblem,
  hostileProblem,
  isPlain,
  lineProblem,
  refusalProblem,
  roundTripProblem,
  samples,
  truncationProblem,
  vectorProblems,
} from '../support/properties.js';

const FOLDER = 'test/fixtures/declared';

for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.wire.yaml')))
  t.test(`${file}: golden frames hold, what is written is read, and what is wrong is refused`, async t => {
    const model = modelOf(readFileSync(`${FOLDER}/${file}`, 'utf8'), file);
    const protocol = await loadCode(model);
    t.not(model.vectors.length, 0);
    t.same(vectorProblems(protocol, model), []);
    t.equal(roundTripProblem(protocol, model, 60), undefined);
    t.equal(refusalProblem(protocol, model), undefined);
    const all = samples(protocol, model, 3);
    t.equal(hostileProblem(protocol, all, 60), undefined);
    if (model.frames.every(isText)) t.equal(lineProblem(protocol, all, 200), undefined);
    else if (model.frames.every(isPlain)) {
      const short = all.filter(s => s.bytes.length < 150);
      t.equal(truncationProblem(protocol, short) ?? corruptionProblem(protocol, model, short), undefined);
    }
  });
