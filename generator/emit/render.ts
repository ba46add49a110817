/** Model -> the text of generated files: builds the view models and prints them with the templates. */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { ProtocolModel } from '../model/model.js';
import { codecView } from './emit-codec.js';
import { eventsView } from './emit-events.js';
import { testView } from './emit-test.js';
import { typesView } from './emit-types.js';
import { modulesSeenFrom } from './modules.js';
import { Names } from './names.js';

const TEMPLATES = new URL('../../../templates/', import.meta.url);
const handlebars = Handlebars.create();
const compiled = new Map<string, Handlebars.TemplateDelegate>();
// Parts that several places of the documentation, or several units of systemd, share.
for (const name of [
  'bytes.html.hbs',
  'fields.html.hbs',
  'fields.md.hbs',
  'sample.html.hbs',
  'set.html.hbs',
  'unit.hbs',
  'hardening.hbs',
])
  handlebars.registerPartial(name, readFileSync(new URL(`partials/${name}`, TEMPLATES), 'utf8'));

/** Prints `view` with `templates/<name>`. Values are printed as they are, but for HTML: code needs no escapes. */
export function render(name: string, view: object): string {
  let template = compiled.get(name);
  if (template === undefined) {
    const source = readFileSync(new URL(name, TEMPLATES), 'utf8');
    template = handlebars.compile(source, {
      noEscape: !name.endsWith('.html.hbs'),
      strict: true,
      knownHelpersOnly: true,
    });
    compiled.set(name, template);
  }
  return template(view);
}

export interface RenderOptions {
  /** Where generated code finds the codec library; `framegate/codec` unless the project generates code for itself. */
  readonly codecModule?: string;
  /** Where the files will stand: the user's own modules are found from there. */
  readonly folder?: string;
}

export interface RenderedFile {
  /** Name without folders. */
  readonly name: string;
  readonly text: string;
  /** Belongs to the user once it exists. */
  readonly once: boolean;
}

/** All files of a protocol. */
export function renderProtocol(model: ProtocolModel, options: RenderOptions = {}): RenderedFile[] {
  const names = new Names(model);
  const codecModule = options.codecModule ?? 'framegate/codec';
  const find = modulesSeenFrom(model, options.folder);
  const files: RenderedFile[] = [
    { name: 'types.ts', text: render('types.ts.hbs', typesView(model, names, codecModule, find)), once: false },
    { name: 'codec.ts', text: render('codec.ts.hbs', codecView(model, names, codecModule, find)), once: false },
    { name: 'events.ts', text: render('events.ts.hbs', eventsView(model, names)), once: true },
  ];
  if (model.vectors.length > 0) {
    files.push({
      name: `${model.id}.test.ts`,
      text: render('test.ts.hbs', testView(model, names, codecModule)),
      once: false,
    });
  }
  return files;
}
