// In this order, on one Swarm: the first begins without Swarmwall, the second breaks what encrypts.
import './swarm-as-used.ts';
import './verified-encryption.ts';
