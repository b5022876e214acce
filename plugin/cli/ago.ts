const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const;

/** Milliseconds since 1970 as people say it: `3m ago`. */
export function ago(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  for (const [size, unit] of UNITS) if (passed >= size) return `${Math.floor(passed / size)}${unit} ago`;
  return 'just now';
}

/** Milliseconds as people say them, cut to the largest unit: `3m`. */
export function forDuration(milliseconds: number): string {
  for (const [size, unit] of UNITS)
    if (milliseconds >= size) return `${Math.floor(milliseconds / size)}${unit}`;
  return '0s';
}

/** `90s`, `15m`, `2h`, `1d` in milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)([smhd])$/u.exec(text);
  const size = UNITS.find(([, unit]) => unit === match?.[2])?.[0];
  return size === undefined ? undefined : Number(match?.[1]) * size;
}
