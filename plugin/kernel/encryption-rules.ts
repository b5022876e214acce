import { ENCRYPTION_MARK } from '../../rules/underlay/judge-encryption.ts';
import type { Namespace } from './namespace.ts';
import type { IptablesVariant } from './iptables-variant.ts';

/** What dockerd's rules say of VXLAN networks, by their identifiers. */
export interface EncryptionRules {
  /** Marked on their way out, so that the policy to encrypt means them. */
  readonly marked: ReadonlySet<number>;
  /** Dropped where they come in unencrypted. */
  readonly refused: ReadonlySet<number>;
}

export async function readEncryptionRules(
  host: Namespace,
  variant: IptablesVariant,
): Promise<EncryptionRules> {
  const save = async (table: string): Promise<string> =>
    (await host.run(`iptables-${variant}-save`, ['-t', table])).stdout;
  return parseEncryptionRules(await save('mangle'), await save('filter'));
}

/**
 * Of `iptables-save`. Engines match the identifier by u32, or by a BPF program where they are built so; engines up to 20.10
 * accept what came by IPsec and then drop all, later ones drop what did not come by it.
 */
export function parseEncryptionRules(mangle: string, filter: string): EncryptionRules {
  const mark = `--set-xmark 0x${ENCRYPTION_MARK.toString(16)}/0xffffffff`;
  return {
    marked: vnisOf(mangle, (rule) => rule.startsWith('-A OUTPUT ') && rule.includes(mark)),
    refused: vnisOf(
      filter,
      (rule) =>
        rule.startsWith('-A INPUT ') &&
        rule.endsWith('-j DROP') &&
        (rule.includes('--pol none') || !rule.includes('--pol')),
    ),
  };
}

function vnisOf(saved: string, wanted: (rule: string) => boolean): ReadonlySet<number> {
  return new Set(
    saved.split('\n').flatMap((line) => {
      const rule = line.trim();
      return wanted(rule) ? (vniOf(rule) ?? []) : [];
    }),
  );
}

/** u32 compares a word whose upper three bytes are the identifier, the BPF program the identifier: moby, `matchVXLAN`. */
function vniOf(rule: string): number | undefined {
  const u32 = /--u32 "0x0>>0x16&0x3c@0xc&0xffffff00=(0x[0-9a-f]+)"/.exec(rule)?.[1];
  if (u32 !== undefined) return Number(u32) >>> 8;
  const program = /--bytecode "([\d ,]+)"/.exec(rule)?.[1];
  const compared = program?.split(',').find((instruction) => instruction.trim().startsWith('21 '));
  const word = compared?.trim().split(' ')[3];
  return word === undefined ? undefined : Number(word);
}
