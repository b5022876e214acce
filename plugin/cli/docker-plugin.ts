/**
 * Docker runs `docker-swarmwall` with its own arguments whole: `docker --context c swarmwall lint f` gives
 * `--context c swarmwall lint f`. Docker's global flags come first and become the variables that they stand for.
 */
export interface Invocation {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the person typed, for usage texts. */
  readonly name: string;
}

const VALUE_FLAGS: Readonly<Record<string, string>> = {
  '-H': 'DOCKER_HOST',
  '--host': 'DOCKER_HOST',
  '-c': 'DOCKER_CONTEXT',
  '--context': 'DOCKER_CONTEXT',
  '--config': 'DOCKER_CONFIG',
  '-l': '',
  '--log-level': '',
  '--tlscacert': '',
  '--tlscert': '',
  '--tlskey': '',
};
const SWITCHES: Readonly<Record<string, string>> = {
  '-D': 'SWARMWALL_DEBUG',
  '--debug': 'SWARMWALL_DEBUG',
  '--tls': '',
  '--tlsverify': 'DOCKER_TLS_VERIFY',
};

export const METADATA_COMMAND = 'docker-cli-plugin-metadata';

export function pluginMetadata(version: string): string {
  const metadata = {
    SchemaVersion: '0.1.0',
    Vendor: 'Swarmwall',
    Version: `v${version}`,
    ShortDescription: 'NetworkPolicy for Docker Swarm and Compose',
  };
  return `${JSON.stringify(metadata, null, 2)}\n`;
}

/** Undoes what docker adds. Arguments that did not come through docker are left as they are. */
export function readInvocation(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  const variables: Record<string, string> = {};
  let at = 0;
  for (; at < argv.length; at++) {
    const [flag = '', joined] = (argv[at] ?? '').split(/=(.*)/su);
    const variable = VALUE_FLAGS[flag];
    if (variable !== undefined) {
      const value = joined ?? argv[++at] ?? '';
      if (variable) variables[variable] = value;
    } else if (SWITCHES[flag] !== undefined) {
      if (SWITCHES[flag] && joined !== 'false') variables[SWITCHES[flag]] = '1';
    } else break;
  }
  const rest = argv.slice(at);
  const merged = { ...env, ...variables };
  // A host given by flag wins over a context in the environment, as in docker itself.
  if (variables['DOCKER_HOST'] !== undefined) delete (merged as Record<string, unknown>)['DOCKER_CONTEXT'];
  if (rest[0] === 'swarmwall') return { argv: rest.slice(1), env: merged, name: 'docker swarmwall' };
  // `docker help swarmwall lint`, and `docker __complete swarmwall …` from docker's own completion.
  if (rest[0] === 'help' && rest[1] === 'swarmwall')
    return { argv: [...rest.slice(2), '--help'], env: merged, name: 'docker swarmwall' };
  if (rest[0] === '__complete' && rest[1] === 'swarmwall')
    return { argv: ['__complete', ...rest.slice(2)], env: merged, name: 'docker swarmwall' };
  return { argv, env, name: 'swarmwall' };
}
