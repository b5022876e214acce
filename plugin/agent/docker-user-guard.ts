import { dockerUserProgram, type DockerUserInput } from '../../rules/docker-user/docker-user.ts';
import type { GatewayTask } from '../../rules/docker-user/near.ts';
import { planDockerUser } from '../../rules/docker-user/plan.ts';
import type { DockerUserProgram } from '../../rules/docker-user/program.ts';
import type { EdgePolicy } from '../../rules/network-policy.ts';
import type { Step } from '../../rules/step.ts';
import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { SwarmRecord } from '../docker/swarm-mapper.ts';
import { observeDockerUser } from '../kernel/docker-user-table.ts';
import { openIpsetSession, type IpsetSession } from '../kernel/ipset-session.ts';
import { monitorDrift, type DriftMonitor } from '../kernel/drift-monitor.ts';
import { executeSteps } from '../kernel/execute.ts';
import { findDockerUser, type IptablesVariant } from '../kernel/iptables-variant.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Converse } from '../process/converse.ts';
import type { Follow } from '../process/follow.ts';
import { takeTurns } from '../process/take-turns.ts';
import type { ProgramHealth } from '../protocol.ts';
import type { Enforcer } from './enforcer.ts';
import type { KernelLosses } from './flows/kernel-losses.ts';
import { EDGE } from './flows/watched-tables.ts';
import { gatewayTasks } from './gateway-tasks.ts';
import type { BridgePolicy } from './bridges/bridge-policy.ts';
import { withBridges } from './bridges/with-bridges.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { LocalFacts } from './local-facts.ts';

export interface DockerUserGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
  /** Of the node's own networks. */
  readonly bridges: BridgePolicy;
  /** Takes what the program has counted of flows. */
  readonly losses: Pick<KernelLosses, 'count'>;
}

/**
 * The node's own program, in DOCKER-USER: the world's side of the policy. Its `apply` may be called again meanwhile: the calls
 * take turns, each with the facts that were told last.
 */
export interface DockerUserGuard extends Enforcer {
  setEngine(swarm: SwarmRecord): void;
  /** The kernel has this task's address, as far as the last `apply` could see. */
  holds(task: GatewayTask): boolean;
  /** What the program in the kernel is made of; undefined: there is none. */
  readonly held: DockerUserInput | undefined;
}

const NAME = 'DOCKER-USER';

export function guardDockerUser(options: DockerUserGuardOptions): DockerUserGuard {
  const { host, clock, log, losses } = options;
  let nftablesBackend = false;
  let inSwarm = true;
  let variant: IptablesVariant | undefined;
  let monitor: DriftMonitor | undefined;
  let session: IpsetSession | undefined;
  let input = '';
  let suspect = true;
  let written = false;
  /** Looked for, and nothing of ours was there. */
  let absent = false;
  let stopped = false;
  let placed: DockerUserInput | undefined;
  /** What the kernel held when it was read the last time, with the desired program in it. */
  let last: Awaited<ReturnType<typeof observeDockerUser>> | undefined;
  let health: ProgramHealth | undefined;
  let told: LocalFacts | undefined;
  const inTurn = takeTurns();

  function distrust(): void {
    suspect = true;
  }

  /** ipsets, and all of iptables-legacy, change without a word: they are looked at now and then. */
  function poll(): void {
    const wait = variant === 'legacy' ? TIMES.driftPoll : TIMES.ipsetPoll;
    clock.after(wait, () => {
      if (stopped) return;
      if (written) {
        distrust();
        options.onDirty();
      }
      poll();
    });
  }

  async function choose(): Promise<IptablesVariant> {
    if (nftablesBackend)
      throw new Fault(
        'no-docker-user',
        "this engine's firewall backend is nftables, which has no DOCKER-USER: published ports and egress to the " +
          'world are not filtered here',
      );
    variant ??= await findDockerUser(host);
    if (variant === undefined)
      throw new Fault('no-docker-user', 'neither iptables-nft nor iptables-legacy has a DOCKER-USER chain');
    session ??= openIpsetSession({ namespace: host, converse: options.converse, clock });
    if (variant === 'nft')
      monitor ??= monitorDrift({
        namespace: host,
        follow: options.follow,
        clock,
        concerns: (line) =>
          /\b(DOCKER-USER|SWARMWALL|filter INPUT)\b/.test(line) || line.includes('flush ruleset'),
        onDrift: () => {
          distrust();
          options.onDirty();
        },
      });
    return variant;
  }

  /** Of an earlier agent, when there is nothing to guard now. */
  async function isThere(): Promise<boolean> {
    const found = nftablesBackend ? undefined : await findDockerUser(host);
    return found !== undefined && (await observeDockerUser(host, found)).observed.chains.length > 0;
  }

  /** True: the sets hold it now, which they are read for only at the next poll. */
  async function fill(steps: readonly Step[]): Promise<boolean> {
    const [step, ...others] = steps;
    return step?.kind === 'ipset' && others.length === 0 && (await session?.restore(step.lines)) === true;
  }

  async function perform(steps: readonly Step[], through: IptablesVariant): Promise<void> {
    for (const step of steps) {
      if (step.kind !== 'ipset') monitor?.expect();
      await executeSteps([step], {
        ...{ namespace: host, variant: through },
        onUnlogged: () => {
          log.warn(
            { program: NAME },
            'this kernel has no nfnetlink_log or no xt_hashlimit: its flows are not recorded',
          );
        },
      });
    }
  }

  /** `trusted`: the kernel still holds what was read back the last time, as nobody was seen to change it. */
  async function reconcile(desired: DockerUserProgram, changed: boolean, trusted: boolean): Promise<void> {
    const through = await choose();
    const before = (trusted ? last : undefined) ?? (await observeDockerUser(host, through));
    const { observed, counters } = before;
    if (!trusted) losses.count(EDGE, NAME, counters.told);
    last = undefined;
    health = {
      name: NAME,
      state: 'applied',
      entries: [...desired.sets.values()].reduce((sum, { entries }) => sum + entries.size, 0),
      denied: counters.verdicts['in-denied'] + counters.verdicts['out-denied'],
      wouldDeny: counters.verdicts['in-would-deny'] + counters.verdicts['out-would-deny'],
    };
    if (!observed.hasDockerUser) {
      // dockerd makes it again, or uses the other variant now.
      variant = undefined;
      throw new Fault('no-docker-user', 'the DOCKER-USER chain is gone');
    }
    const steps = planDockerUser(desired, observed);
    if (steps.length === 0) {
      last = before;
      return;
    }
    if (changed && trusted && (await fill(steps))) {
      last = { observed: { ...observed, sets: desired.sets }, counters };
      return;
    }
    await perform(steps, through);
    const kinds = [...new Set(steps.map(({ kind }) => kind))].join(', ');
    if (changed) log.info({ variant: through, steps: kinds }, `${NAME} written`);
    else options.onDrift(`${NAME}: ${kinds} put back`);
    const after = await observeDockerUser(host, through);
    if (planDockerUser(desired, after.observed).length > 0)
      throw new Fault('kernel-mismatch', `${NAME}: the kernel does not hold what was written`);
    losses.count(EDGE, NAME, after.counters.told);
    last = after;
  }

  async function applyNow(policy: HeldPolicy): Promise<void> {
    // Nothing is known yet: what an earlier agent wrote stays.
    if (told === undefined || (inSwarm && !policy.known)) return;
    const wanted = withBridges(inputOf(policy, told), options.bridges);
    const text = JSON.stringify(wanted);
    const changed = text !== input;
    if (!changed && !suspect) return;
    // Before the first look: what is changed during it is looked at again.
    const trusted = !suspect;
    suspect = false;
    const idle = !written && !Object.values(wanted.edges).some(isGuarded);
    try {
      absent = idle && ((trusted && absent) || !(await isThere()));
      if (!absent) {
        await reconcile(dockerUserProgram(wanted), changed, trusted);
        written = true;
      }
      input = text;
      placed = wanted;
    } catch (error) {
      suspect = true;
      health = { name: NAME, entries: 0, denied: 0, wouldDeny: 0, ...health, state: 'failed' };
      throw error;
    }
  }

  poll();
  return {
    setEngine: (swarm) => {
      nftablesBackend = swarm.nftablesBackend;
      inSwarm = swarm.state !== 'inactive';
    },
    holds: ({ address, service }) =>
      placed?.tasks.some((task) => task.address === address && task.service === service) === true,
    get held() {
      return absent ? undefined : placed;
    },
    distrust,
    apply: (policy, facts) => {
      told = facts;
      return inTurn(() => applyNow(policy));
    },
    health: () => (health === undefined ? [] : [health]),
    stop: () => {
      stopped = true;
      monitor?.stop();
      session?.stop();
    },
  };
}

function isGuarded({ stance, pair }: EdgePolicy): boolean {
  return [stance, pair].some(({ ingress, egress }) => ingress !== 'open' || egress !== 'open');
}

/** Swarm's side of it: who is here, and what each may exchange with the world. */
export function inputOf(policy: HeldPolicy, facts: LocalFacts): DockerUserInput {
  const sandbox = facts.gateway?.ingressSandbox;
  return {
    tasks: gatewayTasks(facts, policy),
    ...(sandbox === undefined ? {} : { sandbox }),
    edges: Object.fromEntries([...policy.edges].sort(([a], [b]) => (a < b ? -1 : 1))),
    gatewaySubnets: facts.gateway?.subnets ?? [],
    nodeAddresses: policy.nodeAddresses,
  };
}
