import { Option, type Command } from 'commander';
import { checkBindings, hasErrors, type AuthzPolicy } from '../../../compose-ext/index.ts';
import { authzFolders } from '../../authz/authz-folders.ts';
import { policyPath, readPolicyFile } from '../../authz/policy-file.ts';
import { authzInForce, authzOf, readStoredPolicies } from '../../policy-store/stored-policies.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import { readSoundPolicies } from '../policy/read-policies.ts';
import { withProgress } from '../progress.ts';
import { collect, type JsonOption, type Session } from '../session.ts';

export interface AuthOptions extends JsonOption {
  readonly as?: string;
  readonly policies?: readonly string[];
}

export interface AskedPolicy {
  readonly policy: AuthzPolicy;
  /** Where it was read, for people. */
  readonly from: string;
  readonly offline: boolean;
}

export function withPolicies(command: Command): Command {
  return command
    .addOption(new Option('--as <cn>', 'somebody else: the CN of a certificate, or @socket'))
    .addOption(
      new Option(
        '--policies <file>',
        'offline: what these files say, and nothing else; a file or a directory, may be repeated',
      ).argParser(collect),
    );
}

/** The files, else what is stored in the Swarm, else, on a worker, what its agent keeps. */
export async function readAuthz(session: Session, { policies }: AuthOptions): Promise<AskedPolicy> {
  if (policies !== undefined) return { ...(await fromFiles(session, policies)), offline: true };
  return {
    ...(await withProgress(session.io, 'asking the swarm', () => fromCluster(session))),
    offline: false,
  };
}

async function fromFiles({ io }: Session, paths: readonly string[]): Promise<Omit<AskedPolicy, 'offline'>> {
  const { documents, sources } = await readSoundPolicies(io, paths);
  const unknown = checkBindings(documents, documents);
  if (hasErrors(unknown)) throw new BadFiles(unknown, sources, 'policies');
  return { policy: authzOf(documents), from: paths.join(', ') };
}

async function fromCluster({ world, config }: Session): Promise<Omit<AskedPolicy, 'offline'>> {
  const swarm = await world.connectSwarm();
  const info = await swarm.info();
  if (info.Swarm?.ControlAvailable === true)
    return { policy: authzInForce(readStoredPolicies(await swarm.policyConfigs())), from: 'the swarm' };
  for (const folder of await authzFolders(config, info.DockerRootDir)) {
    const kept = await readPolicyFile(folder);
    if (kept !== undefined) return { policy: kept.policy, from: policyPath(folder) };
  }
  throw new CliFailure(
    'not-a-manager',
    'this node is no manager of a swarm, and no agent has kept a policy on it',
    {
      hint: 'Run it on a manager, or with --policies FILE.',
    },
  );
}
