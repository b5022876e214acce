import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { loadCompose, loadPolicies } from '../../../compose-ext/index.ts';
import { lint } from './fixture.ts';

const fileOf = (service: string): string =>
  'services: { web: { image: w }, web.local: { image: w }, _odd-1: { image: w } }\n' +
  `x-swarmwall: { policies: [{ name: p, ingress: [{ from: [{ service: ${JSON.stringify(service)} }] }] }] }\n`;

describe('service: of a peer in x-swarmwall', () => {
  for (const [service, stack, name] of [
    ['web', 's', 'web'],
    ['mon/prom', 'mon', 'prom'],
    ['Mon_2-a/Prom_1', 'Mon_2-a', 'Prom_1'],
    ['web.local', 's', 'web.local'],
    ['mon/prom.local', 'mon', 'prom.local'],
    ['_odd-1', 's', '_odd-1'],
  ] as const)
    it(`names a service: ${service}`, () => {
      assert.deepEqual(lint(fileOf(service)), []);
      const { file } = loadCompose(fileOf(service), { file: 'compose.yaml', stack: 's' });
      assert.deepEqual(file.policies[0]?.ingress[0]?.peers, [{ kind: 'service', stack, service: name }]);
    });

  for (const [service, hint] of [
    ['shop/web:5432', /ports/u],
    ['web:http', /ports/u],
    ['shop/{role=back}', /serviceSelector/u],
    ['{role=back}', /serviceSelector/u],
    ['shop/*', /stackSelector/u],
    ['stack:mon', /stackSelector/u],
    ['group:office', /\{ group: /u],
    ['10.0.0.0/8', /\{ ipBlock: \{ cidr: "10\.0\.0\.0\/8" \} \}/u],
    ['2001:db8::/32', /ipBlock/u],
    ['a.b/web', /stack\/service/u],
    ['-a/web', /stack\/service/u],
    ['a/b/c', /stack\/service/u],
    ['a//b', /stack\/service/u],
    ['/web', /stack\/service/u],
    ['shop/', /stack\/service/u],
    ['web db', /stack\/service/u],
    ['*', /stack\/service/u],
    ['wéb', /stack\/service/u],
    ['shop/web\n', /stack\/service/u],
  ] as const)
    it(`refuses what is no name: ${JSON.stringify(service)}`, () => {
      const found = lint(fileOf(service));
      assert.deepEqual(
        found.map(({ code, line }) => [code, line]),
        [['invalid-peer-name', 2]],
      );
      assert.match(found[0]?.hint ?? '', hint);
    });

  it('is the same in a cluster policy', () => {
    const text =
      'kind: ClusterPolicy\nname: p\ntier: Admin\npriority: 1\nsubject: { serviceSelector: {} }\n' +
      'ingress: [{ action: Deny, from: [{ service: "shop/web:80" }] }]\n';
    const codes = loadPolicies([{ file: 'p', text }]).diagnostics.map(({ code }) => code);
    assert.deepEqual(codes, ['invalid-peer-name']);
  });
});
