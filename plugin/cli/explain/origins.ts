import type { Position } from '../../../compose-ext/diagnostic.ts';
import type { PolicyModel } from '../../../compose-ext/policy-model.ts';
import type { Origins } from '../../../rules/explain/edit-text.ts';

/** Where services (`stack/service`) and stacks (`stack`) are written. */
export function originsOf({ stacks }: PolicyModel): Origins {
  const known = new Map<string, Position>();
  for (const stack of stacks) {
    known.set(stack.name, stack.origin);
    for (const service of stack.services) known.set(`${stack.name}/${service.name}`, service.origin);
  }
  return (name) => known.get(name);
}
