/** Names come from users: a series per name, so they are bounded in number and length. */
export const OTHER = 'other';
const LONGEST = 128;

/** Gives label values as they are while there is room for them; then they all are `other`. */
export interface LabelValues {
  values(...labels: readonly string[]): readonly string[];
}

export function boundLabels(most: number, onOther: () => void): LabelValues {
  const known = new Set<string>();
  return {
    values: (...labels) => {
      const shown = labels.map(labelText);
      const key = JSON.stringify(shown);
      if (known.has(key)) return shown;
      if (known.size < most) {
        known.add(key);
        return shown;
      }
      onOther();
      return labels.map(() => OTHER);
    },
  };
}

/** Without control characters, and not endless; prom-client escapes the rest. */
export function labelText(text: string): string {
  return text.slice(0, LONGEST).replace(/\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
