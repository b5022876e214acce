import assert from 'node:assert/strict';
import { endpointOwner } from '../../../../plugin/agent/endpoint-owner.ts';
import type { LocalFacts, LocalOverlay } from '../../../../plugin/agent/local-facts.ts';

const PORT = { port: 'veth1', mac: '02:42:0a:00:00:02', addresses: ['10.0.0.2', 'fd26::2'] };
const STRAY = { port: 'veth2', mac: '02:42:0a:00:00:09', addresses: ['10.0.0.9', 'fd26::9'] };

describe('Whose an address on an overlay is', () => {
  const overlay: Pick<LocalOverlay, 'network' | 'ports' | 'names'> = {
    network: { id: 'a', name: 'net', subnets: [], encrypted: false, ingress: false },
    ports: [PORT, STRAY],
    names: new Map([
      ['10.0.0.2', 'shop_web.1.x'],
      ['10.0.0.9', 'stray'],
    ]),
  };
  const facts = { overlays: [overlay] } as unknown as LocalFacts;
  const policy = {
    owner: (network: string, address: string) =>
      network === 'a' && address === '10.0.0.2' ? 'shop/web' : undefined,
  };
  const ownerOf = (address: string, network = 'a') => endpointOwner(policy, facts, network, address);

  it('is who the managers say; of IPv6 that they do not know, whose port has it', () => {
    assert.equal(ownerOf('10.0.0.2'), 'shop/web');
    assert.equal(ownerOf('fd26::2'), 'shop/web');
  });

  it('is a container that joined by itself, by its name', () => {
    assert.equal(ownerOf('10.0.0.9'), 'container stray');
    assert.equal(ownerOf('fd26::9'), 'container stray');
  });

  it('is nobody’s that no container here has', () => {
    assert.equal(ownerOf('10.0.0.77'), undefined);
    assert.equal(ownerOf('10.0.0.9', 'b'), undefined);
    assert.equal(endpointOwner(policy, undefined, 'a', '10.0.0.9'), undefined);
  });
});
