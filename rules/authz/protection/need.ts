import type { Question } from '../roles/find-grant.ts';

/** Something that a request would do to what the network policy rests on. */
export interface Need {
  /** After `protection/`. */
  readonly code: 'label' | 'segment' | 'runtime' | 'own' | 'plugin';
  /** What it would do, and by which field. */
  readonly message: string;
  /** What a role must grant; absent: nobody may. */
  readonly question?: Question;
}
