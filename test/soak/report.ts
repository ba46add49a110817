/** What a soak run has come to, in words and tables. */
import { type Grown, growths, shown } from './growth.js';
import type { SoakResult } from './run.js';

/** Violations that are printed. */
const MOST = 30;

export function soakReport(result: SoakResult): string {
  const { violations, counts, habits, faults, looks, took } = result;
  const lines = [
    `${(took / 60_000).toFixed(1)} min`,
    listed(counts),
    '',
    'clients:',
    listed(habits),
    '',
    'faults:',
    listed(faults),
    '',
    'processes, from the first third of the looks at each to the last:',
    ...growths(looks)
      .filter(({ calms }) => calms > 1)
      .map(row),
    '',
    ...violations.slice(0, MOST).map(({ rule, text }) => `${rule}: ${text}`),
    ...(violations.length > MOST ? [`and ${violations.length - MOST} more`] : []),
    violations.length === 0 ? 'All promises held.' : `${violations.length} violations.`,
  ];
  return lines.join('\n');
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, n]) => `  ${n.toLocaleString('en').padStart(12)}  ${what}`)
    .join('\n');
}

function row({ name, pid, looks, calms, first, last }: Grown): string {
  const change = (what: 'rss' | 'heap' | 'handles' | 'clients' | 'late'): string =>
    `${what} ${shown(what, first[what])} -> ${shown(what, last[what])}`;
  const parts = (['rss', 'heap', 'handles', 'clients', 'late'] as const).map(change);
  return `  ${name.padEnd(10)} pid ${pid}, ${looks} looks in ${calms} calm times: ${parts.join(', ')}`;
}
