import { Document } from 'yaml';
import { plainNode } from '../../emit/node-building.ts';
import { originComment } from '../origin-comment.ts';
import type { ExportedObject } from './export-stacks.ts';

/** A document for each object, with where it comes from. */
export function manifestText(objects: readonly ExportedObject[]): string {
  return objects
    .map(({ object, origin }) => {
      const document = new Document(plainNode(object));
      const text = document.toString({ lineWidth: 0 });
      return `#${originComment('', origin)}\n${text}`;
    })
    .join('---\n');
}
