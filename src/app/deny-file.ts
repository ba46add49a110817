/** The file that an app names as `denyFile`: read at the start, and again with keys and certificates. */
import { DenyList, type Gateway } from '../gateway/index.js';
import type { Disk } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import type { App } from './define-app.js';

/** Bytes of such a file. */
const FILE_MOST = 16 * 1024 * 1024;

/** @throws FramegateError `FG_CONFIG`, `FG_DISK` */
export async function readDenyFile({ gateway }: App, disk: Disk): Promise<DenyList> {
  const { denyFile: path } = gateway;
  if (path === undefined) return new DenyList();
  const bytes = await disk.read(path, FILE_MOST);
  if (bytes === undefined)
    throw new FramegateError('FG_CONFIG', `There is no file "${path}", which "denyFile" of a gateway names; make one`);
  return DenyList.parse(new TextDecoder().decode(bytes), path);
}

/** Reads the file again together with others: all are taken, or none. */
export function withDenyFile(app: App, disk: Disk, gateway: Gateway, reload: () => Promise<void>): () => Promise<void> {
  if (app.gateway.denyFile === undefined) return reload;
  return async () => {
    const list = await readDenyFile(app, disk);
    await reload();
    gateway.deny(list);
  };
}
