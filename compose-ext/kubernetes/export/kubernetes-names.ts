/** Names that Kubernetes takes, given to names that it may not take. */
export interface NameForm {
  /** What the name becomes; nothing left of it: ''. */
  readonly fit: (name: string) => string;
  readonly max: number;
  /** When nothing is left. */
  readonly otherwise: string;
}

const trimmed = (text: string): string => text.replace(/^[.-]+|[.-]+$/gu, '');

/** A DNS label: namespaces, workloads. */
export const labelForm = (otherwise: string): NameForm => ({
  fit: (name) => trimmed(name.toLowerCase().replace(/[^a-z0-9-]/gu, '-')),
  max: 63,
  otherwise,
});

/** A DNS label that starts with a letter: Services, in all but the newest versions. */
export const SERVICE_FORM: NameForm = {
  ...labelForm('service'),
  fit: (name) =>
    labelForm('')
      .fit(name)
      .replace(/^(?=\d)/u, 's-'),
};

/** A DNS subdomain: policies. */
export const SUBDOMAIN_FORM: NameForm = {
  fit: (name) =>
    name
      .toLowerCase()
      .replace(/[^a-z0-9.-]/gu, '-')
      .split('.')
      .map(trimmed)
      .filter((part) => part !== '')
      .join('.'),
  max: 253,
  otherwise: 'policy',
};

/** Each name its own: a good one stays as it is, the others get a number where they meet. */
export function assignNames(names: Iterable<string>, form: NameForm): ReadonlyMap<string, string> {
  const all = [...new Set(names)];
  const taken = new Set<string>();
  const assigned = new Map<string, string>();
  const good = all.filter((name) => name !== '' && name.length <= form.max && form.fit(name) === name);
  for (const name of good) {
    taken.add(name);
    assigned.set(name, name);
  }
  for (const name of all) {
    if (assigned.has(name)) continue;
    const base = trimmed(form.fit(name).slice(0, form.max)) || form.otherwise;
    const given = firstFree(base, form.max, taken);
    taken.add(given);
    assigned.set(name, given);
  }
  return assigned;
}

/** `base`, else `base-2`, `base-3`, … */
export function firstFree(base: string, max: number, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${trimmed(base.slice(0, max - suffix.length))}${suffix}`;
    if (!taken.has(name)) return name;
  }
}
