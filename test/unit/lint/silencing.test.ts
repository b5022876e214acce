import assert from 'node:assert/strict';
import { found, lintTexts } from './lint-texts.ts';

describe('lint: silencing', () => {
  it('holds for its line, and alone on a line for the next that is no comment', () => {
    const text = (above: string, beside: string) =>
      `services:\n  s:\n    image: i:1\n${above}    privileged: true${beside}\n    pid: host\n`;
    assert.deepEqual(found(text('', '')), ['privileged 4 17', 'host-mode 5 10']);
    assert.deepEqual(found(text('', ' # swarmwall-ignore privileged why')), ['host-mode 5 10']);
    assert.deepEqual(found(text('    # swarmwall-ignore privileged why\n    # more\n', '')), [
      'host-mode 7 10',
    ]);
    assert.deepEqual(found(text('    #swarmwall-ignore privileged,host-mode why\n', '')), [
      'unused-ignore 4 5',
      'host-mode 6 10',
    ]);
  });

  it('of an entry in a label of several lines stands above the label', () => {
    const text = (comment: string) => `services:
  web: { image: "i:1" }
  api:
    image: i:1
    deploy:
      labels:${comment}
        swarmwall.ingress: |
          web:80
          # swarmwall-ignore redundant-rule is no comment here
`;
    assert.deepEqual(
      found(text('')).filter((each) => /ignore|rule/u.test(each.split(' ')[0] ?? '')),
      [],
    );
    const twice = text('').replace(/# swarm.*/u, 'web:80');
    assert.deepEqual(found(twice), ['redundant-rule 9 11']);
    assert.deepEqual(
      found(twice.replace('labels:', 'labels:\n        # swarmwall-ignore redundant-rule both')),
      [],
    );
  });

  it('by x-swarmwall.lint is for the file, and makes errors too', () => {
    const text = (lint: string) =>
      `services: { s: { image: i, privileged: true } }\nx-swarmwall: { lint: ${lint} }\n`;
    assert.deepEqual(found(text('{ untagged-image: off, privileged: off }')), []);
    const [first, second] = lintTexts({
      'shop.yaml': text('{ untagged-image: error, privileged: warning }'),
    });
    assert.deepEqual([first?.severity, second?.severity], ['error', 'warning']);
    assert.deepEqual(found(text('{ untagged-image: of }')).at(-1), 'invalid-value 2 40');
  });

  it('says when a rule is unknown and when there is nothing to silence', () => {
    const text =
      'services:\n  s: { image: "i:1" } # swarmwall-ignore untaged-image x\nx-swarmwall: { lint: { nope: off } }\n';
    const all = lintTexts({ 'shop.yaml': text });
    assert.deepEqual(
      all.map(({ code, line }) => `${code} ${line}`),
      ['unknown-rule 2', 'unknown-rule 3'],
    );
    assert.equal(all[0]?.hint, 'Did you mean "untagged-image"?');
    assert.deepEqual(found(text.replace('untaged', 'untagged').replace('nope', 'privileged')), [
      'unused-ignore 2 23',
    ]);
    assert.deepEqual(found('services: { s: { image: "i:1" } } # swarmwall-ignore\n'), ['unknown-rule 1 35']);
  });

  it('is not called unused where the rule could not judge', () => {
    const text = `services:
  web:
    image: i:1
    # swarmwall-ignore one-sided-rule until mon is there
    deploy: { labels: { swarmwall.egress: "mon/x:80" } }
`;
    assert.deepEqual(found(text), []);
    assert.deepEqual(found(text.replace('mon/x:80', 'web:80')), ['unused-ignore 4 5']);
    assert.deepEqual(found(text.replace('mon/x:80', 'wbe:80')), ['unknown-service 5 44']);
  });

  it('never silences an error', () => {
    const text =
      'services:\n  web: { image: "i:1", deploy: { labels: { swarmwall.egress: "wbe" } } } # swarmwall-ignore unknown-service x\n';
    assert.deepEqual(found(text), ['unknown-service 2 63', 'unknown-rule 2 74']);
  });
});
