import { OPERATIONS } from './operation-table.ts';
import type { OperationShape } from './operation-table.ts';

export { OPERATIONS };
export type { BodyKind, OperationShape } from './operation-table.ts';

interface Route {
  readonly shape: OperationShape;
  readonly pattern: RegExp;
}

/** What no known engine serves: what a later one would do with it is not known either. */
export const UNKNOWN_OPERATION: OperationShape = {
  id: 'Unknown',
  method: '*',
  path: '/',
  verb: 'unknown',
  resource: 'unknown',
  body: 'none',
};

/** gorilla/mux's template as a pattern: `{name}` is one part of the path, `{name:.*}` any number of them. */
function patternOf(template: string): RegExp {
  const parts = template.split(/(\{[^}]*\})/u).map((part) => {
    if (!part.startsWith('{')) return part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
    const [, pattern = '[^/]+'] = part.slice(1, -1).split(':');
    return `(${pattern})`;
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}

function byMethod(): ReadonlyMap<string, readonly Route[]> {
  const routes = new Map<string, Route[]>();
  for (const shape of OPERATIONS) {
    const same = routes.get(shape.method) ?? [];
    same.push({ shape, pattern: patternOf(shape.path) });
    routes.set(shape.method, same);
  }
  return routes;
}

const ROUTES = byMethod();

/** The operation that a canonical path without its version reaches, and the first thing that the path names. */
export function operationAt(
  method: string,
  path: string,
): { readonly shape: OperationShape; readonly name?: string } {
  for (const { shape, pattern } of ROUTES.get(method) ?? []) {
    const found = pattern.exec(path);
    if (!found) continue;
    return found[1] === undefined || shape.id === 'Options' ? { shape } : { shape, name: found[1] };
  }
  return { shape: UNKNOWN_OPERATION };
}
