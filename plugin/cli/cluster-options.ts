import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseAddress } from '../../rules/address-block.ts';
import { WORLD } from '../../rules/outside-places.ts';

/** Of commands that ask about a whole cluster, of manifests as well as of stacks. */
export interface ClusterOptions {
  readonly ipblockWorkloads: 'on' | 'off';
  readonly external?: ReadonlyMap<string, string>;
}

function external(
  value: string,
  before: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> {
  const at = value.lastIndexOf('=');
  const [name, address] = [value.slice(0, at), value.slice(at + 1)];
  if (at < 1 || !parseAddress(address)) throw new InvalidArgumentError('Write it as NAME=IP.');
  if (name === WORLD || before?.has(name)) throw new InvalidArgumentError(`${name} is already a place.`);
  return new Map([...(before ?? []), [name, address]]);
}

export function withClusterOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--external <name=ip>', 'a place outside, by a name; may be repeated').argParser(external),
    )
    .addOption(
      new Option('--ipblock-workloads <on|off>', "whether an ipBlock means a pod's own address too")
        .choices(['on', 'off'])
        .default('on'),
    );
}
