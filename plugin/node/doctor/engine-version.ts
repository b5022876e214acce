/** The first release with the fix of each branch, oldest first. Another branch has it if it is newer than all of these. */
export interface Advisory {
  readonly id: string;
  readonly what: string;
  readonly fixedIn: readonly string[];
}

/** From moby's advisories GHSA-v23v-6jw2-98fq and GHSA-x744-4wpc-v9h2. */
export const BYPASSES: readonly Advisory[] = [
  {
    id: 'CVE-2024-41110',
    what: 'a call that says that its body is empty is judged without the body',
    fixedIn: ['19.03.16', '20.10.28', '23.0.15', '24.0.10', '25.0.6', '26.0.3', '26.1.5', '27.0.4', '27.1.1'],
  },
  {
    id: 'CVE-2026-34040',
    what: 'a call with a very long body is judged without the body',
    fixedIn: ['29.3.1'],
  },
];

/** `28.5.2+dfsg4` → [28, 5, 2] */
function parse(version: string): readonly number[] | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?/u.exec(version);
  return found === null ? undefined : found.slice(1).map((part) => Number(part ?? 0));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) if (part !== b[index]) return part - (b[index] ?? 0);
  return 0;
}

/** Those that this version has by its number; a distribution may have mended it under an old number. */
export function bypassesOf(version: string): readonly Advisory[] {
  const own = parse(version);
  if (own === undefined) return [];
  return BYPASSES.filter(({ fixedIn }) => {
    const fixes = fixedIn.map((text) => parse(text) ?? []);
    const sameBranch = fixes.find(([major, minor]) => major === own[0] && minor === own[1]);
    const last = fixes.at(-1) ?? [];
    return compare(own, sameBranch ?? last) < 0;
  });
}
