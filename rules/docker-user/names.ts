/** Every name of ours that the host's filter table and ipset see. */
export const HOOK = 'DOCKER-USER';
export const GATEWAY_BRIDGE = 'docker_gwbridge';
/**
 * Tasks' own traffic to the node itself, docker-proxy's ports among it, which FORWARD never sees. What a translation of
 * the node's own sends here, as that of tasks' DNS queries to the agent's resolver, is expected.
 */
export const INPUT = { chain: 'INPUT', match: `-i ${GATEWAY_BRIDGE} -m conntrack ! --ctstate DNAT` } as const;

export const CHAIN = 'SWARMWALL';
export const CHAIN_IN = 'SWARMWALL-IN';
export const CHAIN_OUT = 'SWARMWALL-OUT';
export const CHAIN_NEAR = 'SWARMWALL-NEAR';
export const CHAIN_HOST = 'SWARMWALL-HOST';
/** What nothing is said of, and Docker lets pass. */
export const CHAIN_OPEN = 'SWARMWALL-OPEN';
/** One a verdict, which they tell the log. */
export const CHAIN_ALLOWED = 'SWARMWALL-ALLOWED';
export const CHAIN_WOULD = 'SWARMWALL-WOULD';
export const CHAIN_DENIED = 'SWARMWALL-DENIED';
export const CHAINS = [
  ...([CHAIN, CHAIN_IN, CHAIN_OUT, CHAIN_NEAR, CHAIN_HOST] as const),
  ...([CHAIN_OPEN, CHAIN_ALLOWED, CHAIN_WOULD, CHAIN_DENIED] as const),
];

export const SET_PREFIX = 'sw-';

export const SETS = {
  /** Guarded addresses: of tasks whose ingress is isolated or in audit. */
  tasksIn: 'sw-tasks-in',
  /** Guarded (address, port) of ingress_sbox. */
  mesh: 'sw-mesh',
  /** Of both, those in audit. */
  tasksInAudit: 'sw-tasks-in-audit',
  meshAudit: 'sw-mesh-audit',
  /** (address, port, client). */
  in: 'sw-in',
  tasksOut: 'sw-tasks-out',
  tasksOutAudit: 'sw-tasks-out-audit',
  /** (task, port, server). */
  out: 'sw-out',
  /** docker_gwbridge's subnets: never outside. */
  gateway: 'sw-gateway',
  /** Between what is known on docker_gwbridge. (address, port, task) that passes, and that audit alone lets pass. */
  near: 'sw-near',
  nearWould: 'sw-near-would',
  /** Of the destinations: tasks, and (address, port) of ingress_sbox; of the sources: tasks. */
  nearIn: 'sw-near-in',
  nearMesh: 'sw-near-mesh',
  nearOut: 'sw-near-out',
  nearInAudit: 'sw-near-in-audit',
  nearMeshAudit: 'sw-near-mesh-audit',
  nearOutAudit: 'sw-near-out-audit',
  /** Tasks whose service is known; those, and ingress_sbox. */
  nearTasks: 'sw-near-tasks',
  nearKnown: 'sw-near-known',
  /** Every (address, port) that is published, of whichever service. */
  ways: 'sw-ways',
  /** (task, port of the node where docker-proxy listens for another) that passes, that audit alone lets pass, and not. */
  relay: 'sw-relay',
  relayWould: 'sw-relay-would',
  relayDenied: 'sw-relay-denied',
} as const;

/** The same for who is on docker_gwbridge and no service that is known; made only where something is published. */
export const STRANGER_SETS = {
  relayDenied: 'sw-relay-strangers',
  relayWould: 'sw-relay-strangers-would',
} as const;

/** Made only where tiers call for them. */
export const TIER_SETS = {
  /** (address, port) that docker_gwbridge's own may reach. */
  inFromGateway: 'sw-in-near',
  /** As `in` and `inFromGateway`, of what passes by audit alone. */
  inWould: 'sw-in-would',
  inFromGatewayWould: 'sw-in-near-would',
} as const;

/**
 * Egress of more than one port: ipset holds single ports, and not every kernel has a set of address pairs. So each
 * range and its blocks have two sets and a rule that names the range. Named by content: they never change, but for the
 * tasks in the first.
 */
export function spanSets(id: string): { readonly from: string; readonly to: string } {
  return { from: `${SET_PREFIX}from-${id}`, to: `${SET_PREFIX}to-${id}` };
}
