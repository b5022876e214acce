import { boolOf, entriesOf, field, isGiven, itemsOf, textOf, type Asking, type Field } from './read-field.ts';
import { volumeAsks } from './volume-options.ts';

/**
 * `HostConfig.Mounts` and `ContainerSpec.Mounts`. Swarm takes a type in any case, and none at all for a bind mount (its
 * enum's zero).
 */
export function readMounts(list: Field, asking: Asking): void {
  for (const mount of itemsOf(list, asking)) {
    const type = textOf(field(mount, 'Type'), asking).toUpperCase();
    const source = field(mount, 'Source');
    const name = textOf(source, asking);
    if (type === 'VOLUME') readVolumeMount(mount, source, name, asking);
    else if (type === 'IMAGE') asking.add(source, { kind: 'image', reference: name });
    else if (type === 'CLUSTER') asking.add(source, { kind: 'volume-driver', driver: 'csi', detail: name });
    else if (type !== 'TMPFS') asking.add(source, { kind: 'host-path', source: name });
    readPropagation(field(mount, 'BindOptions'), asking);
  }
}

function readVolumeMount(mount: Field, source: Field, name: string, asking: Asking): void {
  const config = field(mount, 'VolumeOptions', 'DriverConfig');
  if (isGiven(config)) readDriver(config, name, asking);
  if (name !== '') asking.add(source, { kind: 'volume', name });
}

/** A volume's driver with its options: `{Name, Options}`. */
function readDriver(config: Field, volume: string, asking: Asking): void {
  const driver = textOf(field(config, 'Name'), asking);
  const options = readOptions(field(config, 'Options'), asking);
  for (const asked of volumeAsks(driver, options, volume)) asking.add(config, asked);
}

export function readOptions(map: Field, asking: Asking): Map<string, string> {
  return new Map(entriesOf(map, asking).map(([key, value]) => [key, textOf(value, asking)]));
}

function readPropagation(options: Field, asking: Asking): void {
  const at = field(options, 'Propagation');
  readMode(textOf(at, asking), at, asking);
  boolOf(field(options, 'NonRecursive'), asking);
}

function readMode(mode: string, at: Field, asking: Asking): void {
  const shared = mode.toLowerCase();
  if (['shared', 'rshared', 'slave', 'rslave'].includes(shared))
    asking.add(at, { kind: 'propagation', mode: shared });
}

/** As moby tells a name from a path: whatever is no name is taken for the host's. */
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** `HostConfig.Binds`: `source:target[:options]`, or a target alone. */
export function readBinds(list: Field, driver: string, asking: Asking): void {
  for (const item of itemsOf(list, asking)) {
    const [source = '', target, options = ''] = textOf(item, asking).split(':');
    // One part is the place of a volume without a name.
    if (target === undefined) continue;
    for (const mode of options.split(',')) readMode(mode, item, asking);
    if (!VOLUME_NAME.test(source)) asking.add(item, { kind: 'host-path', source });
    else {
      asking.add(item, { kind: 'volume', name: source });
      if (driver !== '' && driver !== 'local') asking.add(item, { kind: 'volume-driver', driver });
    }
  }
}
