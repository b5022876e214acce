/** Every name of ours that the kernel sees for egress by DNS name. */
export const DNS_TABLE = 'swarmwall_dns';

export const DNS_SETS = {
  /** Tasks that may reach names: their queries go to the resolver, and their packets are looked up. */
  tasks: 'tasks',
  /** (task, address, protocol, ports), for as long as a name has the address. */
  leases: 'leases',
  /** (task, address), where a rule has every protocol. */
  leasesWhole: 'leases_whole',
  /** Connections that a lease let begin: these go on when it ends. */
  flows: 'flows',
} as const;

/** "A name lets it pass", for the rest of the packet's way through the forward hook. Far from Docker's and Kubernetes' bits. */
export const DNS_MARK = 0x2000_0000;
