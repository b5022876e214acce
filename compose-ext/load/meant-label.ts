import { isWithin } from '../nearest.ts';

const NAME = 'swarmwall';
const WORDS = new Set(['ingress', 'egress', 'limit', 'mode', 'compiled', 'segment']);

/**
 * A label of ours, or one that was meant to be: `swarwmall.ingress`, `swarmwall/egress`. Only known words count
 * after a misspelt name, so that no other tool's label is taken for one.
 */
export function isMeantAsOurs(key: string): boolean {
  const label = key.trim().toLowerCase();
  if (/^swarmwall(\.|$)/.test(label)) return true;
  const cut = label.search(/[._/:-][^._/:-]*$/);
  return cut >= 0 && WORDS.has(label.slice(cut + 1)) && isWithin(2, label.slice(0, cut), NAME);
}
