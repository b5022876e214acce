import type { Allow, EndpointOwner, NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import type { Bridge } from './bridges.ts';

const PORT = 5000;

/** `entries` allows between services, and an endpoint for every tenth, on the bridge's network; the client may reach the server. */
export function overlayOf(bridge: Bridge, entries: number): Overlay {
  const services = Math.ceil(Math.sqrt(entries));
  const endpoints: Record<string, EndpointOwner> = {
    [bridge.client]: { kind: 'service', service: 's/client' },
    [bridge.server]: { kind: 'service', service: 's/server' },
  };
  const net = bridge.client.split('.').slice(0, 2).join('.');
  for (let index = 0; index < entries / 10; index++)
    endpoints[`${net}.${Math.floor(index / 250)}.${(index % 250) + 1}`] = {
      kind: 'service',
      service: `s/${index % services}`,
    };
  const allows: Record<string, Allow> = {
    tcp: { from: 's/client', to: 's/server', protocol: 'tcp', port: PORT },
    udp: { from: 's/client', to: 's/server', protocol: 'udp', port: PORT },
  };
  for (let index = 0; index < entries; index++) {
    const [from, to] = [`s/${Math.floor(index / services)}`, `s/${index % services}`];
    allows[`a${index}`] = { from, to, protocol: 'tcp', port: 8080 };
  }
  const names = ['s/client', 's/server', ...Array.from({ length: services }, (_, index) => `s/${index}`)];
  const policy: NetworkPolicy = {
    network: {
      id: bridge.name,
      name: bridge.name,
      subnets: [`${net}.0.0/16`],
      encrypted: false,
      ingress: false,
    },
    endpoints,
    services: Object.fromEntries(names.map((name) => [name, { ingress: 'isolated', egress: 'isolated' }])),
    allows,
  };
  return createOverlay({ policy, numbering: createNumbering(), guard: bridge.ports });
}

/** What peers write: one rule a pair and port, the one that matches last. Replies are accepted first, to be fair to it. */
export function linearIptables(bridge: Bridge, rules: number): string {
  const net = bridge.client.split('.').slice(0, 2).join('.');
  const others = Array.from({ length: rules - 2 }, (_, index) => {
    const source = `${net}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
    return `-A FORWARD -s ${source}/32 -d ${bridge.server}/32 -p tcp -m tcp --dport 8080 -j ACCEPT`;
  });
  return [
    '*filter',
    ':FORWARD DROP [0:0]',
    '-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    ...others,
    `-A FORWARD -s ${bridge.client}/32 -d ${bridge.server}/32 -p tcp -m tcp --dport ${PORT} -j ACCEPT`,
    `-A FORWARD -s ${bridge.client}/32 -d ${bridge.server}/32 -p udp -m udp --dport ${PORT} -j ACCEPT`,
    'COMMIT',
    '',
  ].join('\n');
}
