/** What starts a new project on other machines: an image, containers, and units of systemd. Text that its owner then changes. */
import { render } from '../emit/render.js';
import type { Planned } from './scaffold.js';

/** @param name of the package */
export function deployFiles(project: { readonly name: string; readonly port: number }): Planned[] {
  const unit = unitName(project.name);
  const view = { ...project, unit, image: unit };
  const file = (path: string, template: string): Planned => ({
    path,
    text: render(`project/deploy/${template}.hbs`, view),
  });
  return [
    file('Dockerfile', 'Dockerfile'),
    file('.dockerignore', 'dockerignore'),
    file('compose.yaml', 'compose.yaml'),
    file(`deploy/systemd/${unit}.service`, 'supervisor.service'),
    file(`deploy/systemd/${unit}-register.service`, 'register.service'),
    file(`deploy/systemd/${unit}-gateway.service`, 'gateway.service'),
    file(`deploy/systemd/${unit}-worker@.service`, 'worker.service'),
    file(`deploy/systemd/${unit}.env`, 'service.env'),
  ];
}

/** Good for a unit, its user and its folders, and for an image: users are the strictest, with 32 characters, no dots, no digit first. */
export function unitName(name: string): string {
  const plain = name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `app-${plain}`).slice(0, 32).replace(/-$/, '');
}
