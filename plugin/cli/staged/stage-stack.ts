import { deployedLabels } from '../../../compose-ext/index.ts';
import { readSwarm } from '../../deploy/deploy.ts';
import { liveStacks } from '../../deploy/live-stacks.ts';
import type { Swarm } from '../../deploy/swarm.ts';
import { toServiceRecord } from '../../docker/service-mapper.ts';
import type { StagedService, StagedStack } from '../../staged/staged-change.ts';
import { ownLabels } from '../../staged/staged-cluster.ts';
import { compileStack } from '../compile-stack.ts';
import { CliFailure } from '../failure.ts';
import { type FileOptions, stackFiles } from '../file-options.ts';
import type { CliIo } from '../io.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { printWarnings } from '../print-diagnostics.ts';

type StagedFiles = Pick<StagedStack, 'stack' | 'file' | 'services'>;

/** What `deploy` would make of the files: the labels of each service, beside those that run. @throws BadFiles, CliFailure */
export async function stageStack(
  io: CliIo,
  swarm: Swarm,
  files: readonly string[],
  options: FileOptions,
  json: boolean,
): Promise<StagedFiles> {
  const loaded = await loadSoundStacks(io, stackFiles(files, { ...options, target: 'stack' }));
  const live = await readSwarm(swarm);
  if (live === undefined)
    throw new CliFailure(
      'not-a-manager',
      'this node is no manager of a swarm, and only managers know its services',
      {
        hint: 'Run it on a manager (docker node ls). DOCKER_HOST or --context lead to another.',
      },
    );
  const { file, compiled } = compileStack(loaded, {}, liveStacks(live.services, live.networks));
  if (!json) printWarnings(io, compiled.diagnostics, loaded.sources);
  const environment = { ...loaded.fromFiles, ...io.env };
  const labels = deployedLabels(compiled.text, {
    file: file.file,
    stack: file.stack,
    environment,
    target: 'stack',
  });
  const running = new Map(
    live.services
      .map(toServiceRecord)
      .flatMap((each) => (each.stack === file.stack ? [[each.name, each] as const] : [])),
  );
  if (![...labels.keys()].some((name) => running.has(name)))
    throw new CliFailure(
      'unknown-name',
      `no service of the stack ${file.stack} runs: there is nothing to compare with`,
      {
        hint: 'Say which stack it is with --stack, or deploy it: swarmwall deploy.',
      },
    );
  const services = [...labels].map(([name, staged]): StagedService => {
    const was = running.get(name);
    return { name, labels: staged, ...(was && { was: ownLabels(was.labels) }) };
  });
  return { stack: file.stack, file: file.file, services };
}
