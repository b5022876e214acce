import type { SkippedObject } from '../../../compose-ext/index.ts';
import type { CliIo } from '../io.ts';
import { printable, styleFor } from '../style.ts';

/** Of each kind; a cluster's dump has thousands of some. */
const NAMED = 10;

/** Beside a command's own output: what was read past, so that nobody takes it for judged. */
export function printSkipped(io: CliIo, skipped: readonly SkippedObject[]): void {
  const names = new Map<string, string[]>();
  for (const { apiVersion, kind, name } of skipped) {
    const title = `${kind} (${apiVersion})`;
    const ofKind = names.get(title);
    if (ofKind) ofKind.push(name);
    else names.set(title, [name]);
  }
  const style = styleFor(io, io.stderr);
  for (const [title, found] of names) {
    const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : '';
    const listed = `${found.slice(0, NAMED).join(', ')}${more}`;
    io.stderr.write(`${style.dim('skipped:')} ${printable(`${title} ${listed}`)}\n`);
  }
}
