import type { Compiled } from '../../compose-ext/index.ts';
import { Fault } from '../fault.ts';
import { executeStep } from './execute-step.ts';
import { planDeploy } from './plan-deploy.ts';
import type { DeployPlan, DeployStep, WantedNetwork } from './plan-deploy.ts';
import type { StepTools } from './execute-step.ts';
import type { FullNetwork, FullService, Swarm } from './swarm.ts';

export interface LiveSwarm {
  readonly services: readonly FullService[];
  readonly networks: readonly FullNetwork[];
}

/** Undefined when this node is no manager: only managers know services. */
export async function readSwarm(swarm: Swarm): Promise<LiveSwarm | undefined> {
  const info = await swarm.info();
  if (info.Swarm?.ControlAvailable !== true) return undefined;
  const [services, networks] = await Promise.all([swarm.services(), swarm.networks()]);
  return { services, networks };
}

export interface DeployRequest {
  readonly stack: string;
  readonly compiled: Compiled;
  readonly attachPeers: boolean;
  readonly dockerOptions: readonly string[];
}

export function planFor({ stack, compiled, ...options }: DeployRequest, live: LiveSwarm): DeployPlan {
  const wanted: readonly WantedNetwork[] = [
    // Docker puts the stack's name before that of a network which the stack makes.
    ...compiled.segments.map((segment) => ({
      ...segment,
      name: `${stack}_${segment.name}`,
      external: false,
    })),
    ...compiled.external.map((segment) => ({ ...segment, external: true })),
  ];
  return planDeploy({ stack, wanted, ...live, ...options });
}

export interface Done {
  readonly step: DeployStep;
  /** What docker printed. */
  readonly output: string;
}

/** Does the steps in their order; what was done before a failure is in its data. */
export async function carryOut(
  steps: readonly DeployStep[],
  tools: StepTools,
  say: (step: DeployStep) => void,
): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const step of steps) {
    say(step);
    try {
      done.push({ step, output: await executeStep(step, tools) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault(error.code, error.message, { cause: error, data: { ...error.data, done } });
    }
  }
  return done;
}
