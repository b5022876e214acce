import type { World } from './world/world.ts';

export type Outcome = 'through' | 'stopped';

export const AREAS = [
  'identity',
  'link',
  'fragments',
  'protocols',
  'conntrack',
  'underlay',
  'published',
  'ingress',
  'egress',
  'names',
  'lifecycle',
  'impostors',
  'balancer',
] as const;
export type Area = (typeof AREAS)[number];

/** One way around the policy, of its own technique or path. */
export interface Attack {
  readonly name: string;
  readonly area: Area;
  /** Who sends: a task, a plain container, the outside host. */
  readonly from: string;
  /** Beyond a container's default capabilities. */
  readonly capabilities?: readonly string[];
  /** vm: the kernel must have IPVS and ESP, so it runs in the virtual machine. Absent: on any lab. */
  readonly needs?: 'vm';
  /** For people: what it sends or does, and why that fails. */
  readonly does: string;
  readonly stoppedBy: string;
  /** It gets through: why, and what would stop it. The runner fails when it is stopped, so that this goes with it. */
  readonly hole?: string;
  /** 'through' is what arrived, or was answered, where it may not. @throws when the honest way beside it is broken */
  attempt(world: World): Promise<Outcome>;
}
