import type { Attack } from './attack.ts';
import { BALANCER } from './balancer.ts';
import { ARP } from './arp.ts';
import { CONNTRACK } from './conntrack.ts';
import { FRAGMENTS } from './fragments.ts';
import { IDENTITY } from './identity.ts';
import { IMPOSTORS } from './impostors.ts';
import { IPV6 } from './ipv6.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { LINK } from './link.ts';
import { EGRESS, GATEWAY } from './gateway.ts';
import { METADATA_ATTACKS } from './metadata.ts';
import { NAMES } from './names.ts';
import { PROTOCOLS } from './protocols.ts';
import { PUBLISHED } from './published.ts';
import { UNDERLAY } from './underlay.ts';

export const ATTACKS: readonly Attack[] = [
  ...IDENTITY,
  ...ARP,
  ...LINK,
  ...IPV6,
  ...FRAGMENTS,
  ...PROTOCOLS,
  ...CONNTRACK,
  ...UNDERLAY,
  ...PUBLISHED,
  ...EGRESS,
  ...GATEWAY,
  ...METADATA_ATTACKS,
  ...NAMES,
  ...BALANCER,
  ...LIFECYCLE,
  ...IMPOSTORS,
];
