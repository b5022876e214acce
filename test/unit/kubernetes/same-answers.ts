import assert from 'node:assert/strict';
import type { PolicyModel, ServiceKey } from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { connectivityOf } from '../../../rules/connectivity.ts';
import { answerProbes } from '../../../rules/probe.ts';

export interface Judged {
  readonly model: PolicyModel;
  /** Where ipBlocks may mean workloads. */
  readonly addresses?: ReadonlyMap<ServiceKey, readonly string[]>;
}

/** All that gets through, and what probes say of both sides, in the names that `rename` gives. */
export function answersOf(
  { model, addresses }: Judged,
  externals: readonly string[],
  rename: (key: ServiceKey) => string = (key) => key,
  ports: readonly (number | string)[] = [79, 80, 65535, 'http', 'dns', 'sig'],
): { readonly open: readonly string[]; readonly probes: readonly string[] } {
  const cluster = { ...clusterFromModel(model), ...(addresses && { addresses }) };
  const outside = new Map(externals.map((address) => [address, address]));
  const open = [...connectivityOf({ ...cluster, externals: outside })].map(
    ({ from, to, ports }) => `${rename(from)} ${rename(to)} ${JSON.stringify(ports)}`,
  );
  const places = [...cluster.services.map(({ key }) => key), ...externals];
  const questions = places.flatMap((src) =>
    places
      .filter((dst) => src.includes('/') || dst.includes('/'))
      .flatMap((dst) =>
        ['TCP', 'UDP', 'SCTP'].flatMap((protocol) => ports.map((port) => ({ src, dst, protocol, port }))),
      ),
  );
  const { answers, problems } = answerProbes(cluster, questions);
  assert.deepEqual(problems, []);
  const probes = Array.from(answers, ({ src, dst, protocol, port, allowed, ingress, egress }) =>
    [rename(src), rename(dst), port, protocol, allowed, ingress, egress].join(' '),
  );
  return { open: open.sort(), probes: probes.sort() };
}
