import type { StagedReport, StagedStatus } from '../../../plugin/api/staged-types.ts';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import { readStaged } from '../../../plugin/staged/staged-configs.ts';
import type { FlowTotal } from '../../../rules/flows/summarise-flows.ts';
import { cli, SHOP, type RunOptions } from './fake-io.ts';
import { fakeSwarm, stackService, type FakeSwarm } from './fake-swarm.ts';
import { hurryingClock } from './hurrying-clock.ts';

export const NOW = 1_800_000_000_000;

export const TOTAL: FlowTotal = {
  ...{ verdict: 'allowed', staged: 'denied', from: 'shop/web', to: 'shop/db', protocol: 'tcp', port: 5432 },
  ...{
    connections: 12,
    packets: 90,
    bytes: 9_000,
    first: NOW - 7_200_000,
    last: NOW - 120_000,
    nodes: ['one'],
  },
  reason: {
    policy: 'shop/db',
    text: 'no ingress rule of shop/db allows shop/web',
    file: 'compose.yaml',
    line: 14,
  },
};

/** What the controller would say of what is staged in that swarm. */
export function reportsOf(fake: FakeSwarm, changes: Partial<StagedReport> = {}): StagedStatus {
  const { versions } = readStaged(fake.configs.configs);
  return {
    staged: versions.map(({ id, config, change }) => ({
      ...{ id, config, at: NOW - 60_000, by: change.by, looked: true, since: NOW - 86_400_000, gaps: [] },
      ...{ judged: 7, unjudged: 0, forgotten: 0, breaks: [], moreBreaks: 0, opens: [], moreOpens: 0 },
      ...{ changed: [], notDeployed: [] },
      ...(change.kind === 'stack'
        ? { kind: 'stack', stack: change.stack, file: change.file }
        : { kind: 'cluster', documents: change.documents.map(({ name }) => name), removed: change.removed }),
      ...(changes as object),
    })),
    problems: [],
  };
}

interface Given extends RunOptions {
  readonly report?: Partial<StagedReport>;
  readonly controller?: false;
}

export function run(
  fake: FakeSwarm,
  argv: readonly string[],
  { report, controller, ...options }: Given = {},
) {
  const answers: Readonly<Record<string, () => unknown>> = {
    '/v1/staged': () => reportsOf(fake, report),
    '/v1/status': () => ({ state: 'serving', nodes: [], clusterPolicies: { versions: {}, authz: {} } }),
    '/v1/model': () => ({ services: [] }),
  };
  const getApi = ((_: string, path: string) =>
    Promise.resolve(controller === false ? undefined : answers[path]?.())) as unknown as GetApi;
  return cli(['policy', ...argv], {
    stdin: SHOP,
    ...options,
    world: {
      connectSwarm: () => Promise.resolve(fake.swarm),
      author: () => 'alice@laptop',
      clock: hurryingClock(NOW),
      getApi,
    },
  });
}

export function shopSwarm(): FakeSwarm {
  const fake = fakeSwarm();
  fake.services.push(
    stackService('shop', 'web', { 'swarmwall.ingress': 'any', 'traefik.enable': 'true' }),
    stackService('shop', 'db'),
    stackService('other', 'db'),
  );
  return fake;
}

export const labelsOf = (fake: FakeSwarm, id: string) =>
  fake.services.find(({ ID }) => ID === id)?.Spec?.Labels ?? {};
export const stagedNames = (fake: FakeSwarm) => fake.configs.configs.map(({ Spec }) => Spec?.Name);
