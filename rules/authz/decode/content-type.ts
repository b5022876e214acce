/** What clients send with each kind of body; moby's own sends text/plain where it has nothing to say. */
const PLAIN = /^(?:application\/(?:json|x-tar|octet-stream|tar|vnd\.docker\.raw-stream)|text\/plain)$/u;

export interface ContentType {
  readonly given: string | undefined;
  /** Nothing, or a media type in its plain form that no handler takes for a form. */
  readonly plain: boolean;
  readonly json: boolean;
}

/** Go's `mime.ParseMediaType`, as far as clients go: a type, and parameters of plain words. */
export function readContentType(given: string | undefined): ContentType {
  if (given === undefined || given === '') return { given, plain: true, json: false };
  const [, type = ''] =
    /^[ \t]*([A-Za-z0-9/.+-]+)[ \t]*(?:;[ \t]*[A-Za-z0-9-]+=(?:[A-Za-z0-9_-]+|"[A-Za-z0-9_-]*")[ \t]*)?$/u.exec(
      given,
    ) ?? [];
  const media = type.toLowerCase();
  return { given, plain: PLAIN.test(media), json: media === 'application/json' };
}
