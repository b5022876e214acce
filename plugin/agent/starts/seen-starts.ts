import { TIMES } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Gateway, LocalFacts, LocalOverlay } from '../local-facts.ts';
import type { SandboxInterface } from './start-question.ts';
import { gatewayAddress, gatewayWith, overlayWith, type SeenStart } from './with-starts.ts';

/** What the guard runtime saw of containers, until Docker tells of them. */
export interface SeenStarts {
  add(start: SeenStart): void;
  overlay(overlay: LocalOverlay): LocalOverlay;
  facts(facts: LocalFacts): LocalFacts;
  /** It ended then, milliseconds since 1970, and nothing of it is left. */
  ended(container: string, at: number): void;
  /** What Docker tells, in a look that began then (`Clock.elapsed`), takes the place of what was seen before. */
  compare(facts: LocalFacts, began: number): void;
}

interface Kept extends SeenStart {
  /** Milliseconds since 1970, as Docker tells its events. */
  readonly at: number;
  readonly since: number;
}

export function keepSeenStarts({ clock, log }: { readonly clock: Clock; readonly log: Log }): SeenStarts {
  /** By container, the last one last. */
  const kept = new Map<string, Kept>();

  /** Docker's word on one interface: whether it is there, and what it says. */
  function wordOn(container: string, each: SandboxInterface, facts: LocalFacts) {
    if (each.kind === 'overlay') {
      const overlay = facts.overlays.find(({ file }) => file === each.file);
      const told = overlay?.endpoints.find((endpoint) => endpoint.container === container)?.address;
      return { told, whole: overlay?.ports.some(({ port }) => port === each.port) === true };
    }
    const here = each.kind === 'host' && facts.gateway !== undefined;
    if (!here || gatewayAddress(facts.gateway, each.addresses) === undefined) return undefined;
    const whole = facts.gateway.ports.some(({ port }) => port === each.port);
    return { told: facts.gateway.addresses.get(container), whole };
  }

  function isStillNeeded(
    { container, since }: Kept,
    each: SandboxInterface,
    facts: LocalFacts,
    began: number,
  ) {
    const word = wordOn(container, each, facts);
    if (word === undefined) return false;
    if (word.told === undefined) return began - since < TIMES.startUntold;
    if (each.addresses.includes(word.told)) return !word.whole && began - since < TIMES.startUntold;
    const seen = each.addresses.join(', ');
    log.warn({ container, seen, told: word.told }, 'Docker tells of another address than the kernel has');
    return false;
  }

  return {
    add: (start) => {
      kept.delete(start.container);
      kept.set(start.container, { ...start, at: clock.now(), since: clock.elapsed() });
    },
    overlay: (overlay) => overlayWith(overlay, [...kept.values()]),
    facts: (facts) => {
      if (kept.size === 0) return facts;
      const starts = [...kept.values()];
      const gateway: Gateway | undefined = facts.gateway && gatewayWith(facts.gateway, starts);
      return { ...facts, overlays: facts.overlays.map((overlay) => overlayWith(overlay, starts)), gateway };
    },
    ended: (container, at) => {
      if ((kept.get(container)?.at ?? at) < at) kept.delete(container);
    },
    compare: (facts, began) => {
      for (const start of kept.values()) {
        if (start.since >= began) continue;
        const interfaces = start.interfaces.filter((each) => isStillNeeded(start, each, facts, began));
        if (interfaces.length === 0) kept.delete(start.container);
        else kept.set(start.container, { ...start, interfaces });
      }
    },
  };
}
