import type { FlowEnd } from '../flows/flow-record.ts';
import { parseAddress, parseBlock } from '../address-block.ts';
import { WORLD } from '../outside-places.ts';
import { placeId } from './map-data.ts';

const OTHERS = {
  container: 'other containers',
  node: 'nodes',
  balancer: 'load balancers',
  unknown: 'unknown addresses',
} as const satisfies Partial<Record<FlowEnd['kind'], string>>;

/** Addresses of the world that are looked up once. */
const KNOWN_ADDRESSES = 10_000;

/** Place of a flow's end: few, however many addresses there are. Of the named blocks the smallest that holds it. */
export function createFlowPlaces(blocks: Iterable<string>): (end: FlowEnd) => string {
  const parsed = [...blocks]
    .flatMap((name) => {
      const block = parseBlock(name);
      return block ? [{ name, block }] : [];
    })
    .sort((a, b) => b.block[1] - a.block[1] || (a.name < b.name ? -1 : 1));
  const known = new Map<string, string>();
  const outside = (text: string): string => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const address = parseAddress(text);
    const holder = parsed.find(
      ({ block }) =>
        address !== undefined && address.kind() === block[0].kind() && address.match(block[0], block[1]),
    );
    const place = placeId('outside', holder?.name ?? WORLD);
    if (known.size >= KNOWN_ADDRESSES) known.clear();
    known.set(text, place);
    return place;
  };
  return (end) => {
    const key = keyOf(end);
    if (key !== undefined) return placeId('service', key);
    if (end.kind === 'world') return outside(end.address);
    return placeId('outside', end.kind === 'service' ? OTHERS.unknown : OTHERS[end.kind]);
  };
}

/** `stack/service`, however the record spells it. */
function keyOf({ service, stack }: FlowEnd): string | undefined {
  if (service === undefined || service.includes('/') || stack === undefined) return service;
  return service.startsWith(`${stack}_`) ? `${stack}/${service.slice(stack.length + 1)}` : service;
}
