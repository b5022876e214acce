import type { HostFirewallHealth } from '../../protocol.ts';
import { ago } from '../ago.ts';
import { printable } from '../style.ts';

/** What guards a node's own ports, in a sentence; undefined: no policy selects it. */
export function hostFirewall(health: HostFirewallHealth | undefined, now: number): string | undefined {
  if (health === undefined) return undefined;
  const policies = namesOf(health.policies);
  const tried = namesOf(health.tried ?? []);
  switch (health.state) {
    case 'confirmed':
      return policies;
    case 'trial': {
      const seconds = Math.max(0, Math.ceil(((health.until ?? now) - now) / 1_000));
      return `tries ${tried}, taken back in ${seconds}s unless confirmed: swarmwall policy confirm`;
    }
    case 'rolled-back':
      return `nobody confirmed ${tried}, so it was taken back ${ago(health.until ?? now, now)}; in force: ${policies}`;
  }
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'no policy' : names.map(printable).join(', ');
}
