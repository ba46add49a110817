/** Loads the user's app file, or says in one sentence why that cannot be done. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText, FramegateError } from '../protocol/index.js';
import { type App, isApp } from './define-app.js';

/** @throws FramegateError `FG_APP` */
export async function loadApp(file: string): Promise<App> {
  const path = resolve(file);
  if (!existsSync(path)) throw new FramegateError('FG_APP', `Cannot find the app file "${file}"`);
  if (/\.[cm]?tsx?$/.test(path)) {
    throw new FramegateError('FG_APP', `"${file}" is TypeScript; compile it and start the JavaScript file`);
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (error) {
    throw new FramegateError('FG_APP', `Cannot load the app file "${file}": ${errorText(error)}`, { cause: error });
  }
  if (isApp(module.default)) return module.default;
  throw new FramegateError(
    'FG_APP',
    `"${file}" exports no application; it must say: export default defineApp({ listeners: [...] })`,
  );
}
