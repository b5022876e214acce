import { entriesOf, field, itemsOf, textOf, type Asking, type Field } from './read-field.ts';

/** Of an endpoint on a network. A sysctl hides there since engine 28, several in one: `net.ipv6.conf.IFNAME.x=1,…`. */
const SYSCTLS = 'com.docker.network.endpoint.sysctls';

export function readEndpoint(endpoint: Field, asking: Asking): void {
  readEndpointOptions(field(endpoint, 'DriverOpts'), asking);
  // Addresses that no manager knows of, and no policy.
  const extra = field(endpoint, 'IPAMConfig', 'LinkLocalIPs');
  if (itemsOf(extra, asking).length > 0)
    asking.add(extra, { kind: 'network-option', option: 'link-local addresses' });
}

export function readEndpointOptions(map: Field, asking: Asking): void {
  for (const [option, value] of entriesOf(map, asking)) {
    const text = textOf(value, asking);
    if (option !== SYSCTLS) asking.add(value, { kind: 'network-option', option });
    else
      for (const one of text.split(','))
        asking.add(value, { kind: 'sysctl', name: one.split('=')[0]?.trim() ?? '' });
  }
}

/** `NetworkingConfig.EndpointsConfig`: each key is a network. */
export function readEndpoints(body: Field, asking: Asking): void {
  for (const [network, endpoint] of entriesOf(field(body, 'NetworkingConfig', 'EndpointsConfig'), asking)) {
    if (network === 'host') asking.add(endpoint, { kind: 'host-namespace', space: 'network' });
    else if (network !== 'default' && network !== 'none')
      asking.add(endpoint, { kind: 'network', reference: network });
    readEndpoint(endpoint, asking);
  }
}
