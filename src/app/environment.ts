/** Environment variables that stand for options of `gw start`; options win. */

const options = [
  'role',
  'register',
  'gateway',
  'link',
  'advertise',
  'key-file',
  'link-cert',
  'link-key',
  'link-ca',
  'name',
  'state',
  'gateways',
  'workers',
  'listen',
  'wait',
  'log-level',
  'log-file',
  'pid-file',
] as const;

/** `GW_KEY_FILE` for `--key-file`. */
export function variableOf(option: string): string {
  return `GW_${option.slice(2).toUpperCase().replaceAll('-', '_')}`;
}

/** All but that of the run dir, which is the same for all processes of an application. */
export const startVariables: ReadonlySet<string> = new Set(options.map(option => variableOf(`--${option}`)));
