/**
 * `npm run bench`: what Framegate costs, beside what it is compared with, in one run. Results go to stdout as rows for the
 * README, narration to stderr. Targets are printed beside the ratios; no time ever fails anything.
 */
import { parseArgs } from 'node:util';
import { measureBroadcast } from './broadcast.js';
import { measureCodec, type Settings } from './codec.js';
import { measureCrowd } from './crowd.js';
import { measureEcho } from './echo.js';
import { measureGenerate } from './generate.js';
import { measureLatency } from './latency.js';
import { json, markdown, narrated, type Row } from './report.js';

const sections = ['decode', 'stream', 'encode', 'echo', 'broadcast', 'latency', 'crowd', 'generate'] as const;
type Section = (typeof sections)[number];

const usage = `Usage: npm run bench -- [--only ${sections.join('|')}] [--quick] [--json]

  --only <section>  one section; may be given more than once
  --quick           fewer and shorter rounds: shows that it runs, its figures mean little
  --json            JSON instead of a Markdown table
`;

function options(): { chosen: readonly Section[]; quick: boolean; asJson: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return undefined;
    const wrong = values.only?.find(name => !sections.some(s => s === name));
    if (wrong !== undefined) throw new Error(`There is no section "${wrong}"`);
    const chosen = sections.filter(s => values.only === undefined || values.only.includes(s));
    return { chosen, quick: values.quick === true, asJson: values.json === true };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
    return undefined;
  }
}

const others: Partial<Record<Section, (settings: Settings) => Promise<Row[]> | Row[]>> = {
  echo: measureEcho,
  broadcast: measureBroadcast,
  latency: measureLatency,
  crowd: measureCrowd,
  generate: measureGenerate,
};

const chosen = options();
if (chosen === undefined) process.stderr.write(usage);
else {
  const narrate = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const settings: Settings = chosen.quick ? { pairs: 3, round: 25, narrate } : { pairs: 9, round: 150, narrate };
  const rows: Row[] = [];
  try {
    for (const section of chosen.chosen) {
      narrate(`${section} ...`);
      const measured = await (others[section]?.(settings) ?? measureCodec(section, settings));
      for (const row of measured) narrate(`  ${narrated(row)}`);
      rows.push(...measured);
    }
    process.stdout.write(chosen.asJson ? `${json(rows)}\n` : markdown(rows));
  } catch (error) {
    narrate(`Could not measure: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
