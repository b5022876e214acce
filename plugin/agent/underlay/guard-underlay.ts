import type { EncryptedNetwork } from '../../../rules/underlay/judge-encryption.ts';
import { UNDERLAY_TABLE, underlayPrograms, type UnderlayInput } from '../../../rules/underlay/underlay.ts';
import { LIMITS, TIMES } from '../../config.ts';
import { createRunner } from '../../process/runner.ts';
import type { ProgramHealth } from '../../protocol.ts';
import type { Enforcer } from '../enforcer.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { LocalFacts } from '../local-facts.ts';
import { guardTable, type TableGuardOptions } from '../table-guard.ts';
import { gatherUnderlay, type UnderlayFacts, type UnderlaySources } from './gather-underlay.ts';
import { NOTHING_COUNTED, readUnderlayCounted } from './read-counted.ts';
import { encryptionOf, wantedUnderlay, whyCounting } from './wanted-underlay.ts';

export interface UnderlayGuardOptions
  extends UnderlaySources, Pick<TableGuardOptions, 'follow' | 'clock' | 'log' | 'onDrift' | 'onDirty'> {
  readonly onError: (error: unknown) => void;
}

/** VXLAN only from the Swarm's nodes, and, where that is required, only encrypted. */
export interface UnderlayGuard extends Enforcer {
  /** This node's own; empty until they are known. */
  readonly addresses: readonly string[];
  readonly encryption: readonly EncryptedNetwork[];
}

const NAME = 'underlay';
/** Named in a note. */
const SHOWN = 3;

export function guardUnderlay(options: UnderlayGuardOptions): UnderlayGuard {
  const { host, clock } = options;
  const table = guardTable({ ...options, name: NAME, table: UNDERLAY_TABLE, namespace: host });
  let policy: HeldPolicy | undefined;
  let facts: LocalFacts | undefined;
  let gathered: { readonly from: LocalFacts; readonly underlay: UnderlayFacts } | undefined;
  let wanted: UnderlayInput | undefined;
  let counted = NOTHING_COUNTED;
  let encryption: readonly EncryptedNetwork[] = [];

  /** Apart from the agent's own runner: a task that starts must not wait for it. */
  const looker = createRunner({
    clock,
    minInterval: TIMES.underlayMinInterval,
    resync: TIMES.underlayResync,
    retryFirst: TIMES.retryFirst,
    retryMost: TIMES.retryMost,
    run: async (whole) => {
      if (facts === undefined || policy === undefined) return;
      const before = JSON.stringify([gathered?.underlay, counted, encryption]);
      const from = facts;
      if (whole || gathered?.from !== from)
        gathered = { from, underlay: await gatherUnderlay(options, from) };
      if (wanted !== undefined && wanted.vnis.length > 0) counted = await readUnderlayCounted(host);
      encryption = encryptionOf(policy, gathered.underlay, counted.cleartext);
      if (JSON.stringify([gathered.underlay, counted, encryption]) !== before) options.onDirty();
      if (wanted !== undefined && wanted.vnis.length > 0) looker.mark({ in: TIMES.underlayPoll });
    },
    onError: options.onError,
  });

  function notes(): readonly string[] {
    if (wanted === undefined || policy === undefined) return [];
    const why = whyCounting(policy);
    const { strangers } = counted;
    const named = strangers.slice(0, SHOWN).map(({ address, packets }) => `${address} (${packets} packets)`);
    const done = why === undefined ? 'dropped' : 'only counted';
    return [
      ...(why === undefined ? [] : [`VXLAN of strangers is only counted: ${why}`]),
      ...(named.length > 0 ? [`VXLAN of no node of the Swarm, ${done}: from ${named.join(', ')}`] : []),
    ];
  }

  function countsOf({ strangers, cleartext }: UnderlayInput): Pick<ProgramHealth, 'denied' | 'wouldDeny'> {
    const { stranger, unencrypted_in, unencrypted_out } = counted.counters;
    const clear = unencrypted_in + unencrypted_out;
    return {
      denied: (strangers === 'drop' ? stranger : 0) + (cleartext === 'drop' ? clear : 0),
      wouldDeny: (strangers === 'count' ? stranger : 0) + (cleartext === 'count' ? clear : 0),
    };
  }

  return {
    distrust: () => {
      table.distrust();
    },
    apply: async (held, local) => {
      if (local === undefined || !held.known) return;
      policy = held;
      if (facts !== local) {
        facts = local;
        looker.mark();
      }
      if (gathered === undefined) return;
      wanted = wantedUnderlay(held, local, gathered.underlay);
      await table.apply(underlayPrograms(wanted));
    },
    health: () => {
      const said = notes();
      return table.health().map((each) => ({
        ...each,
        ...(wanted && countsOf(wanted)),
        ...(said.length > 0 ? { notes: said } : {}),
      }));
    },
    stop: () => {
      void looker.stop();
      table.stop();
    },
    get addresses() {
      const own = gathered?.underlay.addresses.map(({ address }) => address) ?? [];
      return [...new Set(own)].sort().slice(0, LIMITS.nodeAddresses);
    },
    get encryption() {
      return encryption;
    },
  };
}
