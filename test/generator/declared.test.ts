/** Real protocols that lean on one part of the language each, with frames that their manuals show. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { type Frame, isText } from '../../generator/model/model.js';
import { bytesProblem } from '../support/byte-mutations.js';
import { cuttings, join } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import {
  corruptionProblem,
  decodeStream,
  hostileProblem,
  isPlain,
  refusalProblem,
  roundTripProblem,
  sameFrames,
  samples,
  truncationProblem,
  vectorProblems,
} from '../support/properties.js';
import { textProblem } from '../support/text-mutations.js';

/** Whether a frame begins with what no garbage is taken for. */
const showsItself = (f: Frame): boolean =>
  isText(f) ? f.split.by === 'until' && f.split.starts.length > 0 : f.layout[0]?.type.kind === 'magic';

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
    t.equal(bytesProblem(protocol, model, all, 300), undefined);
    t.equal(hostileProblem(protocol, all, 60), undefined);
    for (const dir of ['up', 'down'] as const) {
      const short = all.filter(s => s.dir === dir && s.bytes.length < 120);
      // A stream is cut at every place and decoded each time: of many messages, some samples will do.
      const every = Math.max(1, Math.ceil(short.reduce((n, s) => n + s.bytes.length, 0) / 3000));
      const stream = join(...short.filter((_, i) => i % every === 0).map(s => s.bytes));
      const whole = decodeStream(protocol, dir, [stream]).results;
      t.ok(whole.every(r => r.ok));
      const wrong = [...cuttings(stream)].filter(
        c => !sameFrames(decodeStream(protocol, dir, c.chunks).results, whole),
      );
      t.same(wrong, [], `${dir}: every cutting gives the same frames`);
      // Without a marker, the first bytes of garbage may be a size, or the beginning of a line.
      if (!model.frames.every(showsItself)) continue;
      const noisy = decodeStream(protocol, dir, [join(Uint8Array.of(0x0a, 0x41), stream)]).results;
      t.same(
        noisy.flatMap(r => (r.ok ? [r.message] : [])),
        whole.map(r => r.ok && r.message),
        `${dir}: behind garbage too`,
      );
    }
    if (model.frames.every(isText)) t.equal(textProblem(protocol, model, all, 200), undefined);
    else if (model.frames.every(isPlain)) {
      const small = all.filter(s => s.bytes.length < 150);
      t.equal(truncationProblem(protocol, small) ?? corruptionProblem(protocol, model, small), undefined);
    }
  });
