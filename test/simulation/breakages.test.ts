/** The runtime broken on purpose: so it is known that the checker would notice. */
import t from 'tap';
import { breakages } from './breakages.js';
import { run } from './run.js';

t.test('what is broken on purpose is found', { jobs: 2, timeout: 550_000 }, async t => {
  for (const [name, { rules, from = 1 }] of Object.entries(breakages)) {
    t.test(name, { timeout: 300_000 }, async t => {
      const { exit, output, errors } = await run('--break', name, '--seeds', '60', '--from', `${from}`);
      t.equal(exit, 1, output + errors);
      const violated = new Set([...output.matchAll(/^([\w-]+): at /gm)].map(m => m[1]!));
      t.ok(
        rules.some(rule => violated.has(rule)),
        `${[...violated].join(', ')}; expected one of ${rules.join(', ')}`,
      );
      t.match(output, /^Seed \d+ fails\. Again: npm run simulate -- --seeds 1 --from \d+ --trace 1000/m);
    });
  }
});
