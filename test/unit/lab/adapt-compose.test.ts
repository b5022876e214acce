import assert from 'node:assert/strict';
import { parseDocument } from 'yaml';
import { adaptCompose, attachFlat, placeEverywhere } from '../../lab/adapt-compose.ts';

const SOURCE = `# kept
services:
  web:
    image: a
    ports: ['8080:80', { target: 53, published: 53, protocol: udp }]
    deploy: { replicas: 3, labels: { swarmwall.ingress: 'world:80' } }
  db:
    image: b # kept too
networks:
  back: { driver: overlay, driver_opts: { encrypted: 'true', mtu: '1400' } }
x-swarmwall: { encrypted: true, isolation: strict }
`;

describe('adaptCompose', () => {
  it('replaces what needs IPVS or ESP, says so, and keeps the rest', () => {
    const document = parseDocument(SOURCE);
    const changes = adaptCompose(document);
    assert.deepEqual(document.toJS(), {
      services: {
        web: {
          image: 'a',
          ports: [
            { target: 80, published: 8080, protocol: 'tcp', mode: 'host' },
            { target: 53, published: 53, protocol: 'udp', mode: 'host' },
          ],
          deploy: { replicas: 3, labels: { 'swarmwall.ingress': 'world:80' }, endpoint_mode: 'dnsrr' },
        },
        db: { image: 'b', deploy: { endpoint_mode: 'dnsrr' } },
      },
      networks: { back: { driver: 'overlay', driver_opts: { mtu: '1400' } } },
      'x-swarmwall': { encrypted: false, isolation: 'strict' },
    });
    assert.match(String(document), /# kept\n[^]*# kept too/);
    assert.equal(changes.length, 5);
  });

  it('places a task of every service on every node, on one network', () => {
    const document = parseDocument(SOURCE);
    placeEverywhere(document);
    attachFlat(document, 'flat');
    const { services, networks } = document.toJS() as Record<string, Record<string, unknown>>;
    assert.deepEqual(services?.['db'], { image: 'b', deploy: { mode: 'global' }, networks: ['flat'] });
    assert.deepEqual(networks, { flat: { external: true } });
  });
});
