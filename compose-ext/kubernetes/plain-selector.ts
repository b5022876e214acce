import type { Plain } from '../emit/node-building.ts';
import type { Selector } from '../policy-model.ts';

/** As NetworkPolicy and x-swarmwall both spell it; `Exists` and `DoesNotExist` take no values. */
export function plainSelector({ matchLabels, matchExpressions }: Selector): Plain {
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && {
      matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values.length > 0 && { values }),
      })),
    }),
  };
}
