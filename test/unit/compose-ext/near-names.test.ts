import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { brief, lint } from './fixture.ts';
import { load, places } from './project-text.ts';

const withLabel = (key: string): string => `services:
  web:
    image: i:1
    deploy:
      labels:
        ${key}: none
`;
/** Each mistake with its hint. */
const told = (text: string): string[] => lint(text).map((each) => `${brief(each)} ${each.hint}`);

describe('names that are almost ours', () => {
  it('are mistakes in labels, in either form', () => {
    for (const key of [
      ...[
        'swarwmall.ingress',
        'swarmwal.ingress',
        'swarmwall-ingress',
        'swarmwall_ingress',
        'swarmwall/ingress',
      ],
      ...['" swarmwall.ingress"', 'Swarm-Wall.ingress', 'swarwall.INGRESS', '"swarmwall:ingress"'],
    ]) {
      const expected = ['unknown-label 6 9 Did you mean "swarmwall.ingress"?'];
      assert.deepEqual(told(withLabel(key)), expected, key);
    }
    const list = 'services:\n  web:\n    image: i:1\n    labels: [a=b, "swarmwall-mode=audit"]\n';
    assert.deepEqual(told(list), ['unknown-label 4 19 Did you mean "swarmwall.mode"?']);
    const network =
      'services: { web: { image: i:1 } }\nnetworks: { n: { labels: { swarmwal.ingress: web } } }\n';
    assert.deepEqual(lint(network).map(brief), ['unknown-label 2 28']);
  });

  it('are not the labels of others', () => {
    for (const key of [
      ...['swarmpit.mode', 'swarm.mode', 'com.docker.swarm.mode', 'firewall.ingress', 'traefik.ingress'],
      ...[
        'swarmwall-demo.name',
        'swarmwal.colour',
        'mode',
        '.mode',
        'x'.repeat(1000),
        'com.swarmwall.ingress',
      ],
    ])
      assert.deepEqual(told(withLabel(key)), [], key);
  });

  it('are mistakes as keys at the top and in services', () => {
    for (const key of [
      'x-swarmwal',
      'X-Swarmwall',
      'x-swarwmall',
      'x-swarm-wall',
      'x_swarmwall',
      'swarmwall',
    ]) {
      const hint = 'Did you mean "x-swarmwall"?';
      const top = `services: { web: { image: i:1 } }\n${key}: { mode: audit }\n`;
      assert.deepEqual(told(top), [`unknown-key 2 1 ${hint}`], key);
      const inService = `services:\n  web:\n    image: i:1\n    ${key}: { mode: audit }\n`;
      assert.deepEqual(told(inService), [`unknown-key 4 5 ${hint}`], key);
    }
    const foreign =
      'services: { web: { image: i:1, x-swarm: 1 } }\nx-swarmwall-common: &c {}\nx-firewall: 1\n';
    assert.deepEqual(told(foreign), []);
  });

  it('name the file that has them', () => {
    const files = {
      'compose.yaml':
        'include: [a.yaml]\nservices: { w: { image: w, extends: { file: b.yaml, service: b } } }\n',
      'a.yaml': 'services: { a: { image: a } }\nx-swarmwal: { mode: audit }\n',
      'b.yaml': 'services:\n  b: { X-Swarmwall: { mode: audit } }\n',
    };
    assert.deepEqual(places(load(files, ['compose.yaml'], { target: 'compose' })), [
      'unknown-key a.yaml:2:1',
      'unknown-key b.yaml:2:8',
    ]);
  });
});

describe('x-swarmwall where nothing reads it', () => {
  it('is a mistake, with where it belongs', () => {
    const cases = [
      ['services:\n  web: { image: i:1, deploy: { x-swarmwall: { mode: audit } } }\n', '2 32'],
      ['services: { web: { image: i:1 } }\nnetworks: { n: { X-Swarmwall: {} } }\n', '2 18'],
      ['services: { web: { image: i:1 } }\nvolumes: { v: { x-swarmwall: {} } }\n', '2 17'],
      ['services: { web: { image: i:1 } }\nnetworks: { x-swarmwall: {} }\n', '2 13'],
      ['services:\n  web: { image: i:1 }\n  x-swarmwall: { mode: audit }\n', '3 3'],
      ['services:\n  web: { image: i:1 }\n  x-swarmwal: { mode: audit }\n', '3 3'],
    ] as const;
    for (const [text, at] of cases)
      assert.deepEqual(
        told(text),
        [`misplaced-key ${at} x-swarmwall belongs at the top of the file, or directly in a service.`],
        text,
      );
  });

  it('is not a service, a network or an option called swarmwall', () => {
    const text = `services:
  swarmwall: { image: i:1, networks: [swarmwall], deploy: { swarmwall: 1 } }
networks: { swarmwall: {} }
volumes: { swarmwall: {} }
`;
    assert.deepEqual(told(text), []);
  });

  it('is told once for a shared part', () => {
    const text = `x-common: &common { x-swarmwall: { mode: audit } }
services:
  web: { image: i:1, deploy: *common }
  api: { image: i:1, deploy: { <<: *common, replicas: 2 } }
`;
    assert.deepEqual(
      lint(text).map(({ message, line }) => `${line} ${message}`),
      ['1 nothing reads "services.web.deploy.x-swarmwall"'],
    );
  });
});
