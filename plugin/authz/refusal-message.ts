import type { Objection } from '../../rules/authz/decision.ts';

const MOST_SHOWN = 5;
const LONGEST = 400;

/** What the engine tells whoever asked, after `authorization denied by plugin …:`. */
export function refusalMessage(id: string, objections: readonly Objection[]): string {
  const denying = objections.filter(({ mode }) => mode === 'enforce');
  const lines = denying.slice(0, MOST_SHOWN).map(({ code, message, hint }) => {
    const text = `${message} [${code}]${hint === undefined ? '' : ` ${hint}`}`;
    return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
  });
  const more = denying.length - lines.length;
  return [
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
    `(request ${id}; "swarmwall auth explain" says which rules decide)`,
  ].join('\n');
}
