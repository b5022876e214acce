/** What a test asks of the process in a namespace, over Node's own channel. */
export type Request =
  /** On every address of both families. */
  | { readonly do: 'listen'; readonly protocol: 'tcp' | 'udp'; readonly port: number }
  /** Opens a connection (for UDP: a socket) under a name of the test's. */
  | {
      readonly do: 'open';
      readonly name: string;
      readonly protocol: 'tcp' | 'udp';
      readonly to: string;
      readonly port: number;
      readonly from?: string;
    }
  /** One message and its echo. */
  | { readonly do: 'exchange'; readonly name: string; readonly bytes?: number }
  /** As it is, with no answer waited for. */
  | { readonly do: 'say'; readonly name: string; readonly text: string }
  /** The listener sends unasked to all that are connected; the answer is how many. */
  | { readonly do: 'push'; readonly port: number }
  /** Messages received unasked so far. */
  | { readonly do: 'pushed'; readonly name: string }
  /** Exchanges all the time until `halt`; then how many had no echo within the patience. */
  | { readonly do: 'run'; readonly name: string }
  /** Sends all the time, heedless of answers, until `halt`; then how many echoes came. */
  | { readonly do: 'flood'; readonly name: string }
  | { readonly do: 'halt'; readonly name: string }
  | { readonly do: 'close'; readonly name: string };

/** Milliseconds without an answer after which a packet counts as dropped; on one machine answers take 1. */
export const PATIENCE = 250;

export interface Reply {
  readonly id: number;
  readonly value?: number | boolean;
  readonly error?: string;
}
