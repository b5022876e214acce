import { parse, stringify } from 'yaml';

/** Of the stand-in image, reached by its tasks' own addresses: not every kernel has virtual ones. */
export interface StackService {
  /** `tcp/80` unless told. */
  readonly listens?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** As in Compose. */
  readonly ports?: readonly object[];
  /** As in Compose; a task on every node unless told. */
  readonly deploy?: object;
}

/** Compose text of these services, all on one network, `net`. */
export function stackText(
  services: Readonly<Record<string, StackService>>,
  net: object = { driver: 'overlay' },
): string {
  const written = Object.entries(services).map(
    ([name, { listens = ['tcp/80'], labels, ports, deploy = { mode: 'global' } }]) => [
      name,
      {
        image: 'swarmwall/demo:1',
        command: listens,
        networks: ['net'],
        ports,
        deploy: { ...deploy, endpoint_mode: 'dnsrr', labels },
      },
    ],
  );
  const stack = { version: '3.8', services: Object.fromEntries(written) as object, networks: { net } };
  return stringify(stack, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** As the Swarm names the services of a stack with this Compose text. */
export function serviceNames(stack: string, text: string): readonly string[] {
  const { services } = parse(text) as { readonly services: object };
  return Object.keys(services).map((name) => `${stack}_${name}`);
}
