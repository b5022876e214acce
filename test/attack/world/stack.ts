import { OUTSIDE_ADDRESSES } from '../../lab/fabric.ts';
import { FULL_KERNEL } from '../../lab/full-kernel.ts';

/** The outside host's two addresses: the one that policies name, and any other. */
export const [CLIENT, STRANGER] = OUTSIDE_ADDRESSES;

export const NETWORK = 'field_net';
export const IMAGE_OF_GUESTS = 'swarmwall/demo:1';
export const SERVICES = [
  'field_victim',
  'field_friend',
  'field_attacker',
  'field_edge',
  'field_caged',
  'field_named',
  'field_turncoat',
  'field_leaver',
  ...(FULL_KERNEL ? (['field_balanced', 'field_meshed', 'field_landed'] as const) : []),
] as const;

export const PORT = {
  /** Of the victim: the first three are the friend's. */
  victim: { allowed: 5432, ftp: 21, udp: 5353, denied: 9000, deniedUdp: 9053 },
  /** Of the edge: published in host mode for the client, and one that is not published. */
  edge: { target: 80, published: 8081, udpTarget: 53, udpPublished: 8053, unpublished: 81 },
  /** Of the one behind a virtual IP: the first is the friend's. */
  balanced: { allowed: 5432, denied: 9000 },
  /** Of the one behind the routing mesh: published for the client, and one that is not published. */
  meshed: { target: 80, published: 8085, unpublishedUdp: 82 },
  /** Of the outside host: the caged service may use the first. */
  outside: { allowed: 7000, denied: 7001 },
} as const;

/** What the victim takes; the turncoat's is taken away and given back. */
export const VICTIM_INGRESS_LEAST = 'friend:5432 friend:21 friend:5353/udp leaver:5432 leaver:5353/udp';
export const VICTIM_INGRESS = `${VICTIM_INGRESS_LEAST} turncoat:5432`;

/**
 * A victim, whom only a friend may reach; an attacker without labels; an edge with ports for the client outside; a caged
 * one that may leave to one port of the client; and one that may leave by names. Each on every node. `dnsrr`, as not every kernel has virtual IPs.
 */
const FIELD = `version: '3.8'
x-task: &task
  image: swarmwall/demo:1
  networks: [net]
services:
  victim:
    <<: *task
    command: [tcp/5432, tcp/21, udp/5353, tcp/9000, udp/9053]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: '${VICTIM_INGRESS}', swarmwall.egress: none } }
  friend:
    <<: *task
    command: [tcp/80, udp/80]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: none, swarmwall.egress: 'victim:5432 victim:21 victim:5353/udp${FULL_KERNEL ? ' balanced:5432' : ''}' } }
  turncoat:
    <<: *task
    command: [tcp/80]
    deploy: { mode: global, endpoint_mode: dnsrr }
  leaver:
    <<: *task
    command: [tcp/80]
    deploy: { replicas: 1, endpoint_mode: dnsrr, placement: { constraints: [node.hostname==node1] } }
  attacker:
    <<: *task
    command: [tcp/80, udp/80]
    deploy: { mode: global, endpoint_mode: dnsrr }
  edge:
    <<: *task
    command: [tcp/80, tcp/81, udp/53]
    ports:
      - { target: 80, published: 8081, mode: host }
      - { target: 53, published: 8053, protocol: udp, mode: host }
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: '${CLIENT}/32:80,53/udp', swarmwall.egress: none } }
  caged:
    <<: *task
    command: [tcp/80]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: none, swarmwall.egress: '${CLIENT}/32:7000' } }
  named:
    <<: *task
    command: [tcp/80]
    dns: ['${CLIENT}']
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: none, swarmwall.egress: 'api.example.com:7000 *.example.org:7000 *.example.org:8081' } }
`;

/** One behind a virtual IP, one behind the routing mesh, and an attacker who is on the ingress network, too. */
const BALANCED = `
  balanced:
    <<: *task
    command: [tcp/5432, tcp/9000]
    deploy: { mode: global, labels: { swarmwall.ingress: 'friend:5432', swarmwall.egress: none } }
  meshed:
    <<: *task
    command: [tcp/80, udp/82]
    ports: ['8085:80']
    deploy: { mode: global, labels: { swarmwall.ingress: '${CLIENT}/32:80', swarmwall.egress: none } }
  landed:
    <<: *task
    command: [tcp/80]
    ports: ['8086:80']
    deploy: { mode: global }
`;

export const STACK = `${FIELD}${FULL_KERNEL ? BALANCED : ''}
networks:
  net: { driver: overlay, attachable: true }
`;
