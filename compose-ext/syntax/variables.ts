export interface Interpolated {
  readonly text: string;
  /** Variables without a default: what they will be is known only when the file is deployed. */
  readonly unresolved: readonly string[];
}

const VARIABLE = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*))?\})/g;

/** Compose's `$$`, `$NAME`, `${NAME}` and `${NAME:-default}`, with no environment to look into. */
export function interpolate(text: string): Interpolated {
  const unresolved: string[] = [];
  const result = text.replace(
    VARIABLE,
    (whole, plain?: string, braced?: string, operator?: string, word?: string) => {
      if (whole === '$$') return '$';
      if (operator === ':-' || operator === '-') return word ?? '';
      unresolved.push(plain ?? braced ?? whole);
      return whole;
    },
  );
  return { text: result, unresolved };
}

/** The inverse for text that holds no variables. */
export function escapeVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}
