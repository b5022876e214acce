import { asFault } from '../fault.ts';

/** Failures by their code, of which there are few. */
export interface ErrorCounts {
  count(error: unknown): void;
  readonly byCode: ReadonlyMap<string, number>;
}

export function countErrors(): ErrorCounts {
  const byCode = new Map<string, number>();
  return {
    byCode,
    count: (error) => {
      const { code } = asFault(error);
      byCode.set(code, (byCode.get(code) ?? 0) + 1);
    },
  };
}
