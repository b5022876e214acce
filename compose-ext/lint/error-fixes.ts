import type { Diagnostic, Position } from '../diagnostic.ts';
import type { ComposeFile } from '../load/compose-file.ts';
import { SERVICE_LABELS } from '../load/read-annotations.ts';
import { nearestOnly } from '../nearest.ts';
import { offsetAt } from './label-words.ts';
import type { LintContext } from './lint-context.ts';
import type { Fix } from './lint-rule.ts';

/** A misspelt name where exactly one known name is nearest; the text at the place itself decides. */
export function repairOf(
  diagnostic: Diagnostic,
  file: ComposeFile | undefined,
  { sources, stacks }: LintContext,
): Fix | undefined {
  const text = sources.get(diagnostic.file);
  const offset = text === undefined ? undefined : offsetAt(text, diagnostic);
  if (file === undefined || text === undefined || offset === undefined) return undefined;
  const rest = text.slice(offset, offset + 1024);
  const name = diagnostic.code === 'unknown-label' ? labelKey(rest) : serviceName(rest);
  if (name === undefined || !KNOWN.has(diagnostic.code)) return undefined;
  const meant =
    diagnostic.code === 'unknown-label'
      ? nearestLabel(name.text, diagnostic, file)
      : nearestService(name, file.stack, stacks);
  if (meant === undefined) return undefined;
  const edit = { file: diagnostic.file, offset: offset + name.start, length: name.text.length, text: meant };
  return { title: `${name.text} → ${meant}`, edits: [edit] };
}

const KNOWN = new Set(['unknown-label', 'unknown-service']);
/** What a misspelt service may have been meant to be, too. */
const WORDS = ['world', 'any', 'none'];

interface Name {
  readonly text: string;
  /** Within the text that was looked at. */
  readonly start: number;
  readonly stack?: string;
}

function labelKey(text: string): Name | undefined {
  const [, quote = '', key] = /^(["']?)( *[\w./-]+)(?=["']?\s*[:=])/.exec(text) ?? [];
  return key === undefined ? undefined : { text: key, start: quote.length };
}

/** An entry of a label, or a peer of x-swarmwall that begins with `service:`. */
function serviceName(text: string): Name | undefined {
  const [, before = '', stack, name] =
    /^((?:\{?\s*service:\s*["']?)?(?:([\w-]+)\/)?)([a-zA-Z0-9_][\w-]*)(?=[\s"',:}]|$)/.exec(text) ?? [];
  if (name === undefined || name === 'service') return undefined;
  return { text: name, start: before.length, ...(stack === undefined ? {} : { stack }) };
}

/** Not where the service has that label already, nor on a network. */
function nearestLabel(name: string, at: Position, { services, networks }: ComposeFile): string | undefined {
  const isBefore = ({ origin }: { readonly origin: Position }) =>
    origin.file === at.file && origin.line <= at.line;
  const owner = [...services, ...networks]
    .filter(isBefore)
    .sort((a, b) => a.origin.line - b.origin.line)
    .at(-1);
  const found = nearestOnly(name, SERVICE_LABELS.slice(0, 2));
  const direction = (['ingress', 'egress'] as const).find((each) => found === `swarmwall.${each}`);
  if (owner === undefined || !('annotations' in owner) || direction === undefined) return undefined;
  return owner.annotations[direction] === undefined ? found : undefined;
}

/** Never a word that opens more than a service. */
function nearestService(
  { text, stack }: Name,
  ownStack: string,
  stacks: LintContext['stacks'],
): string | undefined {
  const services = stacks.get(stack ?? ownStack)?.services.map(({ name }) => name) ?? [];
  if (services.includes(text)) return undefined;
  const found = nearestOnly(text, stack === undefined ? [...services, ...WORDS] : services);
  return found !== undefined && services.includes(found) && !WORDS.includes(found) ? found : undefined;
}
