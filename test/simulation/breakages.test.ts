/** The runtime broken on purpose: so it is known that the checker would notice. */
import t from 'tap';
import { breakages } from './breakages.js';
import { rules } from './rules.js';
import { run } from './run.js';

t.test('what is broken on purpose is found', { jobs: 2, timeout: 550_000 }, async t => {
  for (const [name, { rule, from = 1 }] of Object.entries(breakages)) {
    t.test(name, { timeout: 300_000 }, async t => {
      const args = ['--break', name, '--rule', rule, '--seeds', '60', '--from', `${from}`];
      const { exit, output, errors } = await run(...args);
      t.equal(exit, 1, output + errors);
      t.match(output, new RegExp(`^${rule}: at `, 'm'));
      t.match(output, /^Seed \d+ fails\. Again: npm run simulate -- --seeds 1 --from \d+ --trace 1000/m);
    });
  }
});

t.test('each rule has a breakage that violates it: none holds whatever happens', async t => {
  const broken = Object.values(breakages).map(({ rule }) => rule);
  t.same(
    Object.keys(rules).filter(rule => !broken.includes(rule as keyof typeof rules)),
    [],
  );
});
