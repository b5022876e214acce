import { asFault, Fault } from '../fault.ts';
import type { Namespace } from './namespace.ts';

export type IptablesVariant = 'nft' | 'legacy';

/** iptables-nft says 1 or 4 for a chain that is not there, or for a table that it can't read. */
const ABSENT = [1, 2, 3, 4];

/**
 * The variant whose DOCKER-USER is dockerd's: it has the chain and FORWARD jumps to it. Undefined: neither (yet).
 * With both, the one that docker's own DOCKER-FORWARD or DOCKER chain is in decides; nft before legacy.
 */
export async function findDockerUser(host: Namespace): Promise<IptablesVariant | undefined> {
  let chainOnly: IptablesVariant | undefined;
  for (const variant of ['nft', 'legacy'] as const) {
    const rules = await list(host, variant, 'FORWARD');
    if (rules === undefined || (await list(host, variant, 'DOCKER-USER')) === undefined) continue;
    if (/-j DOCKER-USER\b/.test(rules)) return variant;
    chainOnly ??= variant;
  }
  return chainOnly;
}

/** Those in which Docker has chains of its own. */
export async function dockerVariants(host: Namespace): Promise<readonly IptablesVariant[]> {
  const found: IptablesVariant[] = [];
  for (const variant of ['nft', 'legacy'] as const)
    if ((await list(host, variant, 'DOCKER-USER')) !== undefined) found.push(variant);
  return found;
}

async function list(host: Namespace, variant: IptablesVariant, chain: string): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await host.run(`iptables-${variant}`, ['-w', '5', '-S', chain], {
      accept: ABSENT,
    });
    return exitCode === 0 ? stdout : undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'process-missing') return undefined;
    throw asFault(error);
  }
}
