import { nearest } from '../../../compose-ext/index.ts';
import { knowsVerb, RESOURCES, VERBS, WORDS, type ResourceWord } from '../../../compose-ext/authz/words.ts';
import { CliFailure } from '../failure.ts';

/** @throws CliFailure `bad-usage`, with the nearest words */
export function checkWords(verb: string, resource: string): void {
  const unknown = [
    ...(VERBS.includes(verb) ? [] : [unknownWord('verb', verb, VERBS)]),
    ...(RESOURCES.includes(resource) ? [] : [unknownWord('resource', resource, RESOURCES)]),
  ];
  if (unknown.length > 0)
    throw new CliFailure('bad-usage', unknown.map(({ message }) => message).join('; '), {
      hint: unknown.map(({ hint }) => hint).join(' '),
    });
  if (knowsVerb(resource, verb)) return;
  throw new CliFailure('bad-usage', `"${verb}" is nothing that one can do to ${resource}`, {
    hint: `One can: ${WORDS[resource as ResourceWord].join(', ')}.`,
  });
}

function unknownWord(
  what: string,
  word: string,
  known: readonly string[],
): { message: string; hint: string } {
  const near = nearest(word, known);
  return {
    message: `"${word}" is not a ${what} of the Docker API`,
    hint: near ? `Did you mean ${near}?` : `Known ${what}s: ${known.join(', ')}.`,
  };
}
