export interface Task {
  readonly kind: 'connect' | 'udp' | 'throughput';
  readonly server: string;
  /** Repetitions; milliseconds of a throughput. */
  readonly count: number;
}

/** Microseconds each, or Mbit/s. */
export type Sample = readonly number[];
