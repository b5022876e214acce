/** Labels by which a network policy speaks of a service, or of a Compose project's container. */
export const POLICY_LABELS = ['swarmwall.ingress', 'swarmwall.egress', 'swarmwall.compiled'] as const;
