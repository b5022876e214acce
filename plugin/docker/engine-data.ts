/** Docker's JSON, as far as it is read. Everything may be absent: engines 20.10 to 28.5 differ. */
export interface RawInfo {
  readonly Name?: string;
  readonly ServerVersion?: string;
  readonly DockerRootDir?: string;
  readonly FirewallBackend?: { readonly Driver?: string };
  readonly LiveRestoreEnabled?: boolean;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Swarm?: {
    readonly NodeID?: string;
    readonly NodeAddr?: string;
    readonly LocalNodeState?: string;
    readonly ControlAvailable?: boolean;
    readonly RemoteManagers?: readonly { readonly NodeID?: string; readonly Addr?: string }[] | null;
    readonly Cluster?: { readonly ID?: string; readonly DataPathPort?: number } | null;
  };
}

export interface RawPort {
  readonly Name?: string;
  readonly Protocol?: string;
  readonly TargetPort?: number;
  readonly PublishedPort?: number;
  readonly PublishMode?: string;
}

export interface RawService {
  readonly ID: string;
  readonly Spec?: {
    readonly Name?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly TaskTemplate?: { readonly ContainerSpec?: RawContainerSpec | null };
  };
  readonly Endpoint?: {
    readonly Spec?: { readonly Mode?: string; readonly Ports?: readonly RawPort[] | null };
    readonly Ports?: readonly RawPort[] | null;
    readonly VirtualIPs?: readonly { readonly NetworkID?: string; readonly Addr?: string }[] | null;
  };
}

export interface RawContainerSpec {
  readonly [other: string]: unknown;
  readonly DNSConfig?: { readonly Nameservers?: readonly string[] | null } | null;
}

export interface RawTask {
  readonly ID: string;
  readonly ServiceID?: string;
  readonly NodeID?: string;
  readonly DesiredState?: string;
  readonly Status?: { readonly State?: string; readonly Timestamp?: string };
  readonly NetworksAttachments?:
    | readonly {
        readonly Network?: { readonly ID?: string };
        readonly Addresses?: readonly string[] | null;
      }[]
    | null;
}

export interface RawNode {
  readonly ID: string;
  readonly Spec?: {
    readonly Role?: string;
    readonly Availability?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly Description?: {
    readonly Hostname?: string;
    readonly Engine?: { readonly EngineVersion?: string };
  };
  readonly Status?: { readonly State?: string; readonly Addr?: string };
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Addr?: string } | null;
}

export interface RawNetwork {
  readonly Id: string;
  readonly Name?: string;
  readonly Driver?: string;
  readonly Scope?: string;
  readonly Ingress?: boolean;
  readonly EnableIPv6?: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly IPAM?: {
    readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null;
  };
  /** Only in inspect: container id (or `lb-<network>`, `ingress-sbox`, `ep-<endpoint>`) → its endpoint here. */
  readonly Containers?: Readonly<
    Record<
      string,
      {
        readonly Name?: string;
        readonly EndpointID?: string;
        readonly MacAddress?: string;
        readonly IPv4Address?: string;
        readonly IPv6Address?: string;
      }
    >
  > | null;
}

export interface RawConfig {
  readonly ID: string;
  /** RFC 3339. */
  readonly CreatedAt?: string;
  readonly Spec?: {
    readonly Name?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    /** Base64. */
    readonly Data?: string;
  };
}

export interface RawContainer {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly ImageID?: string;
  /** Seconds since 1970. */
  readonly Created?: number;
  /** An entry for each address that a port is published at. */
  readonly Ports?:
    | readonly {
        readonly IP?: string;
        readonly PrivatePort?: number;
        readonly PublicPort?: number;
        readonly Type?: string;
      }[]
    | null;
  /** By name; before the first start without ids. */
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly NetworkID?: string } | null>> | null;
  };
  readonly State?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export interface RawImage {
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

export interface RawEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
  /** Nanoseconds since 1970. */
  readonly timeNano?: number;
}
