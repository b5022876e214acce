import { ANY } from './shape.ts';
import type { Shape } from './shape.ts';

const SHAPES: ReadonlyMap<string, Shape> = new Map();

/** What an operation's JSON body is decoded into. */
export function bodyShape(id: string): Shape {
  return SHAPES.get(id) ?? ANY;
}
