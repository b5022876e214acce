import assert from 'node:assert/strict';
import { buildModel, loadCompose, loadPolicies } from '../../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../../rules/cluster-from-model.ts';
import type { EvaluatorInput } from '../../../../rules/evaluator.ts';

/** A stack whose `db` is guarded by this label. */
export const shopText = (db: string, { mode = 'enforce', web = 'any' } = {}): string => `name: shop
x-swarmwall: { mode: ${mode} }
services:
  web: { image: "web:1", deploy: { labels: { swarmwall.egress: "${web}" } } }
  job: { image: "job:1" }
  db:
    image: pg:1
    deploy:
      labels:
        swarmwall.ingress: "${db}"
`;

export function clusterOf(text: string, policies = '', file = 'compose.yaml'): EvaluatorInput {
  const loaded = loadCompose(text, { file });
  assert.deepEqual(loaded.diagnostics, []);
  const { documents, diagnostics } = loadPolicies(
    policies === '' ? [] : [{ file: 'admin.yaml', text: policies }],
  );
  assert.deepEqual(diagnostics, []);
  const clusterPolicies = documents.flatMap((each) => (each.kind === 'policy' ? [each.policy] : []));
  return clusterFromModel({ ...buildModel([loaded.file]).model, clusterPolicies });
}
