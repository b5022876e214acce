/** A file that a Compose file names: a path as it is to be opened, from where the first Compose file's own path starts. */
export interface WantedFile {
  readonly path: string;
  /** A usual `.env` need not be there. */
  readonly optional: boolean;
}

export type FoundFile =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unreadable'; readonly reason: string };

/** Asks for files as it comes to them: whoever runs it reads them, so this folder need not. */
export type Reading<T> = Generator<WantedFile, T, FoundFile>;

export function runReading<T>(reading: Reading<T>, readFile: (wanted: WantedFile) => FoundFile): T {
  let step = reading.next();
  while (!step.done) step = reading.next(readFile(step.value));
  return step.value;
}

export async function runReadingAsync<T>(
  reading: Reading<T>,
  readFile: (wanted: WantedFile) => Promise<FoundFile>,
): Promise<T> {
  let step = reading.next();
  while (!step.done) step = reading.next(await readFile(step.value));
  return step.value;
}
