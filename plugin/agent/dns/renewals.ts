import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { Clock } from '../../process/clock.ts';

export interface RenewalOptions {
  readonly clock: Clock;
  /** When to ask again, by `Clock.elapsed`; undefined: never. */
  readonly renew: (service: ServiceKey, name: string) => Promise<number | undefined>;
  readonly onError: (service: ServiceKey, name: string, error: unknown) => void;
  /** After a failure. */
  readonly retry: number;
}

/** Names that are asked again as their addresses' time ends: many programs ask once, at their start. */
export interface Renewals {
  see(service: ServiceKey, name: string, due: number): void;
  keep(wanted: (service: ServiceKey, name: string) => boolean): void;
  stop(): void;
}

const SOONEST = 1_000;

export function createRenewals({ clock, renew, onError, retry }: RenewalOptions): Renewals {
  const waiting = new Map<
    string,
    { readonly service: ServiceKey; readonly name: string; cancel: () => void }
  >();

  function begin(id: string, service: ServiceKey, name: string): void {
    const known = waiting.get(id);
    const again = (due: number | undefined) => {
      if (waiting.get(id) !== known || known === undefined) return;
      if (due === undefined) waiting.delete(id);
      else known.cancel = plan(id, service, name, due);
    };
    renew(service, name).then(again, (error: unknown) => {
      onError(service, name, error);
      again(clock.elapsed() + retry);
    });
  }

  const plan = (id: string, service: ServiceKey, name: string, due: number) =>
    clock.after(Math.max(SOONEST, due - clock.elapsed()), () => {
      begin(id, service, name);
    });

  return {
    see: (service, name, due) => {
      const id = `${service} ${name}`;
      if (waiting.has(id)) return;
      waiting.set(id, { service, name, cancel: plan(id, service, name, due) });
    },
    keep: (wanted) => {
      for (const [id, { service, name, cancel }] of waiting) {
        if (wanted(service, name)) continue;
        cancel();
        waiting.delete(id);
      }
    },
    stop: () => {
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
