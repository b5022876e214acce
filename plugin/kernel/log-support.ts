import { logGroup } from '../../rules/flows/log-groups.ts';
import { asFault } from '../fault.ts';
import type { Namespace } from './namespace.ts';

const PROBE = `add table inet swarmwall_log_probe
add chain inet swarmwall_log_probe probe
add rule inet swarmwall_log_probe probe log group ${String(logGroup('allowed'))}
`;

/** Whether this kernel has netfilter's log (nft_log, nfnetlink_log): the rule is checked there, and nothing is changed. */
export async function hasLog(namespace: Namespace): Promise<boolean> {
  try {
    await namespace.run('nft', ['-c', '-f', '-'], { input: PROBE });
    return true;
  } catch (error) {
    // A program that is missing or killed says nothing of the kernel; nft itself ends with 1.
    return asFault(error).data['exitCode'] !== 1;
  }
}
