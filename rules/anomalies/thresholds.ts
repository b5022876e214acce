/** When something is out of the ordinary. docs/anomalies.md tells people; times are milliseconds. */
export interface Thresholds {
  /** Short windows: of scans, bursts and floods. */
  readonly window: number;
  /** The long one, for scans that take their time. */
  readonly slowWindow: number;
  /** Destinations that refused one source, or that it never reached before. */
  readonly horizontal: number;
  readonly horizontalSlow: number;
  /** Ports of one destination, likewise. */
  readonly vertical: number;
  readonly verticalSlow: number;
  /** TCP ports of one destination, whatever the verdict. */
  readonly verticalAny: number;
  /** Refusals of one source. */
  readonly denies: number;
  /** Connections from one source to one destination: this many, and this many times what is usual. */
  readonly flood: number;
  readonly floodFactor: number;
  /** A service's peers and ports are learnt this long, from its first flow on. */
  readonly learning: number;
  readonly silence: number;
  /** The same is told again after this. */
  readonly quiet: number;
}

export const THRESHOLDS: Thresholds = {
  window: 10_000,
  slowWindow: 600_000,
  horizontal: 5,
  horizontalSlow: 15,
  vertical: 10,
  verticalSlow: 30,
  verticalAny: 100,
  denies: 100,
  flood: 5_000,
  floodFactor: 10,
  learning: 3_600_000,
  silence: 30_000,
  quiet: 600_000,
};

/** How much is remembered: what is used least is forgotten first, and counted. */
export const MEMORY = {
  sources: 2_048,
  pairs: 4_096,
  /** Of one service, and of one peer of it; with more, all ports of that peer are known. */
  peers: 256,
  ports: 32,
  /** Peers and ports of all services together: 60 MB, 110 MB where all names are as long as may be. */
  habits: 200_000,
  told: 4_096,
  nodes: 2_048,
  samples: 8,
  addresses: 4,
} as const;
