import type { ProgramHealth } from '../protocol.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';

/** One thing that the agent keeps true in its node's own namespace. `apply` is called by one runner, never twice at once. */
export interface Enforcer {
  /** The kernel may hold something else: compare at the next `apply`. */
  distrust(): void;
  /**
   * Makes the kernel hold what policy and facts call for. Before both are known (no facts yet, `policy.known` false)
   * what an earlier agent wrote stays.
   * @throws Fault; the next `apply` starts from what the kernel holds
   */
  apply(policy: HeldPolicy, facts: LocalFacts | undefined): Promise<void>;
  health(): readonly ProgramHealth[];
  stop(): void;
}

/** All of them, whatever fails, each by the facts as they are then. @throws the first fault */
export async function applyAll(
  enforcers: readonly Enforcer[],
  policy: HeldPolicy,
  facts: () => LocalFacts | undefined,
): Promise<void> {
  const faults: unknown[] = [];
  for (const enforcer of enforcers)
    try {
      await enforcer.apply(policy, facts());
    } catch (error) {
      faults.push(error);
    }
  if (faults.length > 0) throw faults[0];
}
