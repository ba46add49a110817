/** What a run of the simulation has exercised, so that one that exercises nothing is noticed. */

export interface Report {
  seeds: number;
  /** Simulated milliseconds. */
  time: number;
  /** Real milliseconds. */
  wall: number;
  readonly counts: { [what: string]: number };
}

export function report({ seeds, time, wall, counts }: Report): string {
  const lines = [`${seeds} seeds, ${duration(time)} of simulated time in ${duration(wall)}: no promise was broken`];
  const groups = new Map<string, string[]>();
  for (const [what, n] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, group = 'what happened', name = what] = /^([\w ]+): (.*)$/.exec(what) ?? [];
    groups.set(group, [...(groups.get(group) ?? []), `${name} ${n}`]);
  }
  for (const [group, items] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`  ${group}: ${items.join(', ')}`);
  }
  return lines.join('\n');
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
