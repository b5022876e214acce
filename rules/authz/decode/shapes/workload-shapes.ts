import { list, STRING, struct, TEXT_MAP, TEXTS, word } from './shape-words.ts';
import type { Shape } from './shape.ts';

/** What containers and services share. Source of this folder: moby's Go types, as in `operation-table.ts`. */
export const EMPTY = struct({});

/** A driver with its options, as volumes, logs, secrets and templates have one. */
export const DRIVER = struct({ string: 'Name', textMap: 'Options' });

const mount = (type: Shape, propagation: Shape): Shape =>
  struct(
    { string: 'Source Target Consistency', bool: 'ReadOnly' },
    {
      Type: type,
      BindOptions: struct(
        { bool: 'NonRecursive CreateMountpoint ReadOnlyNonRecursive ReadOnlyForceRecursive' },
        { Propagation: propagation },
      ),
      VolumeOptions: struct(
        { bool: 'NoCopy', textMap: 'Labels', string: 'Subpath' },
        { DriverConfig: DRIVER },
      ),
      TmpfsOptions: struct({ int: 'SizeBytes', uint32: 'Mode' }, { Options: list(TEXTS) }),
      ImageOptions: struct({ string: 'Subpath' }),
      ClusterOptions: EMPTY,
    },
  );

export const CONTAINER_MOUNT = mount(STRING, STRING);

/** In a service a mount of no type is a bind mount. */
export const SERVICE_MOUNT = mount(
  word('bind volume tmpfs npipe cluster image', 'bind'),
  word('rprivate private rshared shared rslave slave'),
);

export const HEALTHCHECK = struct({
  texts: 'Test',
  int: 'Interval Timeout Retries StartPeriod StartInterval',
});

export const ULIMITS = list(struct({ string: 'Name', int: 'Hard Soft' }));

export const ENDPOINT = struct(
  {
    string: 'NetworkID EndpointID Gateway IPAddress IPv6Gateway GlobalIPv6Address MacAddress',
    texts: 'Links Aliases DNSNames',
    int: 'IPPrefixLen GlobalIPv6PrefixLen GwPriority',
  },
  {
    IPAMConfig: struct({ string: 'IPv4Address IPv6Address', texts: 'LinkLocalIPs' }),
    DriverOpts: TEXT_MAP,
  },
);
