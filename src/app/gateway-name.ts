/** Names of gateways, by which workers know them again. */
import { FramegateError } from '../protocol/index.js';

/** @throws FramegateError `FG_CONFIG` */
export function checkGatewayName(name: string | undefined): void {
  if (name === undefined || /^[\w.-]{1,64}$/.test(name)) return;
  const text = `Cannot call a gateway "${name}": a name has 1 to 64 letters, digits, ".", "_" or "-"`;
  throw new FramegateError('FG_CONFIG', text);
}
