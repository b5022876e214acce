import { BRIDGES_TABLE, createBridges, noBridges } from '../../../rules/bridges/bridges.ts';
import { createNumbering, type SavedNumbering } from '../../../rules/numbering.ts';
import { Fault } from '../../fault.ts';
import {
  ensureBridgeNetfilter,
  loadBridgeNetfilter,
  releaseBridgeNetfilter,
} from '../../kernel/bridge-netfilter.ts';
import type { Namespace } from '../../kernel/namespace.ts';
import { observeTables } from '../../kernel/observe.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Follow } from '../../process/follow.ts';
import type { BridgesView } from '../starts/judge-bridges.ts';
import type { Enforcer } from '../enforcer.ts';
import { beyondUnsaved, numbersFrom } from '../saved-numbers.ts';
import { guardTable } from '../table-guard.ts';
import { isNameable, type LocalBridge } from './bridge-facts.ts';
import type { BridgePolicy } from './bridge-policy.ts';

export interface BridgesGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: BridgePolicy;
  readonly saved: SavedNumbering | undefined;
  readonly counts: () => { readonly denied: number; readonly wouldDeny: number };
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

export interface BridgesGuard extends Enforcer {
  readonly view: BridgesView;
  save(): SavedNumbering;
}

export const BRIDGES_NAME = 'bridge networks';

/** The program of the node's own namespace for its bridge networks. */
export function guardBridges(options: BridgesGuardOptions): BridgesGuard {
  const { host, policy } = options;
  const table = guardTable({ ...options, name: BRIDGES_NAME, table: BRIDGES_TABLE, namespace: host });
  const numbering = createNumbering(beyondUnsaved(options.saved), numbersFrom(options.clock));
  const bridges = createBridges(numbering);
  /** Devices whose frames are shown to netfilter. */
  let shown = new Set<string>();
  let active = false;
  let settled = false;
  let suspect = true;

  async function show(devices: readonly string[]): Promise<void> {
    if (devices.length > 0 && (suspect || devices.some((device) => !shown.has(device)))) {
      await loadBridgeNetfilter(host);
      for (const device of devices) await ensureBridgeNetfilter(host, device);
    }
    const released = [...shown].filter((device) => !devices.includes(device));
    shown = new Set(devices);
    suspect = false;
    for (const device of released)
      // It may be gone, as its network is.
      await releaseBridgeNetfilter(host, device).catch(() => undefined);
  }

  /** The two tables come one after the other, and each needs the other. */
  async function enter(): Promise<void> {
    if (active) return;
    if ((await observeTables(host, BRIDGES_TABLE)).length === 0) await table.apply(noBridges());
    active = true;
  }

  async function leave(): Promise<void> {
    if (active) await table.apply(noBridges());
    active = false;
    await table.apply([]);
    await show([]);
  }

  async function guard(here: readonly LocalBridge[]): Promise<void> {
    const devices = here.map(({ device }) => device);
    await enter();
    await show(devices);
    await table.apply(
      bridges.program({
        policy: policy.network,
        bridges: devices,
        inside: policy.facts.devices.filter(isNameable),
        members: here.flatMap(({ members }) => members),
        ports: here.flatMap(({ ports }) => ports),
        published: policy.published,
      }),
    );
  }

  return {
    distrust: () => {
      suspect = true;
      table.distrust();
    },
    apply: async (_, facts) => {
      if (facts === undefined) return;
      settled = false;
      const here = policy.facts.bridges.filter(({ device }) => isNameable(device));
      const unnamable = policy.facts.bridges.find(({ device }) => !isNameable(device));
      if (here.length === 0) await leave();
      else await guard(here);
      settled = true;
      if (unnamable)
        throw new Fault(
          'bridge-unguarded',
          `the network ${unnamable.network.name} is not guarded: its bridge is called ${JSON.stringify(unnamable.device)}`,
        );
    },
    health: () => table.health().map((program) => ({ ...program, ...options.counts() })),
    get view() {
      return { denies: active, settled };
    },
    save: () => numbering.save(),
    stop: () => {
      table.stop();
    },
  };
}
