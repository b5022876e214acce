import assert from 'node:assert/strict';
import { TIMES } from '../../../../../plugin/config.ts';
import type { NodeLosses } from '../../../../../plugin/controller/flow-losses.ts';
import { watchStaged } from '../../../../../plugin/controller/staged/watch-staged.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { StagedChange } from '../../../../../plugin/staged/staged-change.ts';
import type { StagedVersion } from '../../../../../plugin/staged/staged-configs.ts';
import type { FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { matchesFlow } from '../../../../../rules/flows/match-flow.ts';
import { aFlow, serviceEnd } from '../../../rules/flows/a-flow.ts';
import { FakeClock } from '../../fake-clock.ts';
import { baseOf } from '../../staged/staged-world.ts';

export const HOUR = 3_600_000;
/** Longer than the watch waits between two looks. */
export const SOON = TIMES.stagedTick + TIMES.stagedRetryMost;

/** One node, its log, and a manager that watches what is staged. */
export class World {
  readonly clock = new FakeClock();
  readonly log: FlowRecord[] = [];
  readonly recent: FlowRecord[] = [];
  readonly promoted: string[] = [];
  readonly losses = new Map<string, NodeLosses>();
  base = baseOf();
  error: string | undefined;
  leads = true;
  failure: Error | undefined;
  versions: readonly StagedVersion[] = [];
  readonly watch = watchStaged({
    clock: this.clock,
    log: silentLog(),
    base: () => this.base,
    nodes: () => [{ id: 'n1', hostname: 'one' }],
    ask: (_, query) =>
      Promise.resolve({
        node: 'one',
        flows: this.log.filter((flow) => matchesFlow(query, flow)).slice(-(query.limit ?? 0)),
        ...(this.error !== undefined && { error: this.error }),
      }),
    recent: (query) => this.recent.filter((flow) => matchesFlow(query, flow)),
    losses: () => this.losses,
    leads: () => this.leads,
    promote: (version, by) => {
      if (this.failure) return Promise.reject(this.failure);
      this.promoted.push(`${version.config} by ${by}`);
      this.refresh(this.versions.filter(({ id }) => id !== version.id));
      return Promise.resolve();
    },
  });

  flow(from: string, age = 0, changes: Partial<FlowRecord> = {}): FlowRecord {
    const last = this.clock.now() - age;
    return aFlow({
      ...{ first: last - 10, last, direction: 'egress', connections: 1, packets: 8, verdict: 'allowed' },
      ...{ source: serviceEnd(`shop/${from}`, '10.0.1.8'), destination: serviceEnd('shop/db') },
      ...changes,
    });
  }

  refresh(versions: readonly StagedVersion[]): void {
    this.versions = versions;
    this.watch.refreshed({ versions, problems: [] });
  }

  /** As the hub does: each record is marked, then told. */
  see(flow: FlowRecord): FlowRecord {
    const marked = this.watch.mark(flow);
    this.recent.push(marked);
    this.log.push(flow);
    this.watch.take([marked]);
    return marked;
  }

  stage(change: StagedChange, id = 'c1'): void {
    this.refresh([{ id, config: `config-${id}`, version: 1, at: this.clock.now(), change }]);
  }

  async told() {
    await this.clock.pass(0);
    const [report] = this.watch.status().staged;
    assert.ok(report !== undefined);
    const rows = report.breaks.map(({ from, to, connections }) => `${from} → ${to} ${String(connections)}`);
    return { ...report, rows };
  }
}
