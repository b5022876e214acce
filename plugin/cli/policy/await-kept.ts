import type { ControllerStatus } from '../../api/types.ts';
import type { Clock } from '../../process/clock.ts';

export interface Kept {
  readonly state: 'kept' | 'timed-out' | 'no-controller';
  /** Nodes that still try. */
  readonly behind: readonly string[];
}

const WITHIN = 30_000;
const POLL = 50;

/** Waits until no connected node only tries one of these policies. */
export async function awaitKept(
  status: () => Promise<ControllerStatus | undefined>,
  names: readonly string[],
  clock: Clock,
): Promise<Kept> {
  const end = clock.elapsed() + WITHIN;
  for (;;) {
    const now = await status();
    if (now === undefined) return { state: 'no-controller', behind: [] };
    const behind = now.nodes.flatMap(({ hostname, state, health }) => {
      const firewall = health?.hostFirewall;
      const tries = state === 'connected' && firewall?.state === 'trial';
      return tries && (firewall.tried ?? []).some((name) => names.includes(name)) ? [hostname] : [];
    });
    if (behind.length === 0) return { state: 'kept', behind };
    if (clock.elapsed() >= end) return { state: 'timed-out', behind };
    await new Promise<void>((resolve) => void clock.after(POLL, resolve));
  }
}
