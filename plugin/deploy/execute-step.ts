import { Fault } from '../fault.ts';
import type { Run } from '../process/run.ts';
import { attachments } from './plan-deploy.ts';
import type { DeployStep } from './plan-deploy.ts';
import type { NetworkAttachment, ServiceSpec, Swarm } from './swarm.ts';

/** Pulling image digests for a large stack takes minutes. */
const STACK_DEPLOY_WITHIN = 15 * 60_000;
const UPDATE_TRIES = 5;

export interface StepTools {
  readonly swarm: Swarm;
  readonly run: Run;
  /** The compiled Compose text. */
  readonly text: string;
  /** Of the first Compose file: paths of secrets, configs and env files start there. */
  readonly folder?: string;
  /** Of its variables, those that docker would not find: `docker stack deploy` reads no `.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Returns what Docker said, if anything. */
export async function executeStep(step: DeployStep, tools: StepTools): Promise<string> {
  switch (step.kind) {
    case 'create-network':
      await tools.swarm.createNetwork(step.network);
      return '';
    case 'deploy-stack': {
      const { stdout, stderr } = await tools.run('docker', step.args, {
        input: tools.text,
        timeout: STACK_DEPLOY_WITHIN,
        ...(tools.folder === undefined ? {} : { cwd: tools.folder }),
        ...(tools.environment ? { env: tools.environment } : {}),
      });
      return `${stdout}${stderr}`;
    }
    case 'attach-peer':
      await attachPeer(step, tools.swarm);
      return '';
  }
}

/** The spec with one more network; everything else stays as it was. */
export function withNetwork(
  spec: ServiceSpec,
  before: readonly NetworkAttachment[],
  added: NetworkAttachment,
): ServiceSpec {
  const changed: Record<string, unknown> = {
    ...spec,
    TaskTemplate: { ...spec.TaskTemplate, Networks: [...before, added] },
  };
  // The old place for the same; Swarm takes one of the two.
  delete changed['Networks'];
  return changed;
}

async function attachPeer(step: Extract<DeployStep, { kind: 'attach-peer' }>, swarm: Swarm): Promise<void> {
  const network = (await swarm.networks()).find(({ Name }) => Name === step.network);
  if (!network) throw new Fault('docker-failed', `network ${step.network} is gone`);
  for (let left = UPDATE_TRIES; ; left--) {
    const service = await swarm.service(step.id);
    const before = attachments(service);
    if (before.some(({ Target }) => Target === network.Id || Target === step.network)) return;
    const spec = withNetwork(service.Spec ?? {}, before, { Target: network.Id, Aliases: [step.alias] });
    try {
      await swarm.updateService(step.id, service.Version?.Index ?? 0, spec);
      return;
    } catch (error) {
      // Somebody updated it between the read and the write: read again.
      const stale = error instanceof Fault && /out of sequence/u.test(error.message);
      if (!stale || left <= 1) throw error;
    }
  }
}
