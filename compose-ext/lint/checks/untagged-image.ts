import type { LintRule } from '../lint-rule.ts';

export const untaggedImage: LintRule = {
  id: 'untagged-image',
  severity: 'warning',
  scope: 'service',
  summary: 'an image has no tag, or latest: nodes may run different programs',
  *check({ services }) {
    for (const { runtime } of services) {
      const { image, built } = runtime;
      // What `build` makes here is called as one likes.
      if (image === undefined || !image.literal || built || image.value === '') continue;
      const tag = tagOf(image.value);
      if (tag !== undefined && tag !== 'latest') continue;
      const what = tag === undefined ? 'has no tag, which means latest' : 'is the latest, whatever that is';
      yield {
        at: image.origin,
        message: `the image "${image.value}" ${what}`,
        hint: 'Name a version, or a digest: postgres:17.2, postgres@sha256:….',
      };
    }
  },
};

/** A digest is better than any tag. A colon before the last slash is of a registry's port. */
function tagOf(image: string): string | undefined {
  const at = image.indexOf('@');
  if (at >= 0) return image.slice(at + 1);
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon < 0 ? undefined : name.slice(colon + 1);
}
