import { createHash } from 'node:crypto';
import type { Program, SetDeclaration } from './program.ts';

/** Of all that is constant in a program. 12 hexadecimal digits tell any number of releases apart. */
export function programVersion(constants: Omit<Program, 'version' | 'elements'>): string {
  return hash(constants);
}

/** Set as a comment on the set itself: what is declared otherwise cannot be declared again under the same name. */
export function declarationHash({ name, key, data, interval, dynamic, leased }: SetDeclaration): string {
  return hash({ name, key, data, interval, dynamic, leased });
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
