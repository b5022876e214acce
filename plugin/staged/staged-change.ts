import type { Labels, PolicyDocument } from '../../compose-ext/index.ts';

/** A policy that is looked at beside the one in force. */
export type StagedChange = StagedStack | StagedCluster;

interface StagedTerms {
  /** Who, as the client said. */
  readonly by: string;
  /** Milliseconds in which nothing may be seen that it would break, before it is promoted by itself; absent: somebody has to. */
  readonly promoteAfter?: number;
}

export interface StagedStack extends StagedTerms {
  readonly kind: 'stack';
  readonly stack: string;
  /** The first Compose file, as it was called. */
  readonly file: string;
  readonly services: readonly StagedService[];
}

/** Of one service its swarmwall labels: all that promotion changes. */
export interface StagedService {
  /** Without its stack. */
  readonly name: string;
  readonly labels: Labels;
  /** As they were when it was staged; absent: there was no such service. */
  readonly was?: Labels;
}

export interface StagedCluster extends StagedTerms {
  readonly kind: 'cluster';
  readonly documents: readonly PolicyDocument[];
  /** Names of documents to take out of force. */
  readonly removed: readonly string[];
  /** Of each name that is changed or removed, the version in force when it was staged; 0: none. */
  readonly base: readonly (readonly [name: string, version: number])[];
}

/** There is one staged change of each at most: staging again takes its place. */
export type StagedSubject = { readonly kind: 'stack'; readonly stack: string } | { readonly kind: 'cluster' };

export function sameSubject(a: StagedSubject, b: StagedSubject): boolean {
  return a.kind === 'stack' ? b.kind === 'stack' && a.stack === b.stack : b.kind === 'cluster';
}

/** For people. */
export function subjectName(subject: StagedSubject): string {
  return subject.kind === 'stack' ? `stack ${subject.stack}` : 'cluster policies';
}
