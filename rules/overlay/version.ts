import { createHash } from 'node:crypto';
import type { Program } from '../program.ts';

/** Of all that is constant in a program. 12 hexadecimal digits tell any number of releases apart. */
export function programVersion(constants: Omit<Program, 'version' | 'elements'>): string {
  return createHash('sha256').update(JSON.stringify(constants)).digest('hex').slice(0, 12);
}
