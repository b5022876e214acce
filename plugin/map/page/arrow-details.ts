import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import type { MapArrow } from '../../../rules/map/map-data.ts';
import type { PairDetails } from '../../../rules/map/pair-details.ts';
import { html } from './dom.ts';
import {
  type Ask,
  back,
  type Context,
  facts,
  lineText,
  nameOf,
  placeButton,
  policyItem,
} from './panel-parts.ts';
import { bytesText, plural, STATE_WORDS, timeText } from './words.ts';

export function arrowContent(arrow: MapArrow, context: Context, ask: Ask): Node[] {
  const { from, to, state, ports, unusedPorts, connections, packets, bytes, last } = arrow;
  const details = html('div', { 'aria-busy': 'true' }, html('p', {}, 'asking …'));
  void ask<{ readonly policy?: PairDetails; readonly flows: readonly FlowRecord[] }>('/api/arrow', {
    from,
    to,
  }).then((found) => {
    details.removeAttribute('aria-busy');
    if (found)
      details.replaceChildren(
        ...pairContent(found.policy),
        ...flowsContent(found.flows.filter(({ verdict }) => state === 'unused' || verdict === state)),
      );
  });
  return [
    back(context),
    html('h2', {}, html('bdi', {}, nameOf(context, from)), ' → ', html('bdi', {}, nameOf(context, to))),
    html('p', {}, html('span', { class: `badge ${state}` }, STATE_WORDS[state])),
    facts([
      ['Ports', ports.join(', ')],
      ...(unusedPorts ? [['Allowed, unused', unusedPorts.join(', ')] as const] : []),
      ...(last === undefined
        ? [['Seen', 'not in this time'] as const]
        : [
            [
              'Seen',
              `${plural(connections, 'connection', 'connections')}, ${plural(packets, 'packet', 'packets')}, ${bytesText(bytes)}`,
            ] as const,
            ['Last', timeText(last)] as const,
          ]),
    ]),
    html('p', { class: 'pair' }, placeButton(from, context), ' ', placeButton(to, context)),
    details,
  ];
}

function pairContent(policy: PairDetails | undefined): Node[] {
  if (!policy) return [];
  return [
    html('h3', {}, 'What allows it'),
    ...(policy.allowed.length === 0 ? [html('p', {}, 'No policy allows anything here.')] : []),
    ...policy.allowed.flatMap(({ ports, lines }) => [
      html('p', {}, html('strong', {}, ports), ...(lines.length === 0 ? [': nothing restricts it'] : [])),
      html('ul', {}, ...lines.map(policyItem)),
    ]),
    ...(policy.closedBy.length > 0
      ? [html('h3', {}, 'What denies all else'), html('ul', {}, ...policy.closedBy.map(policyItem))]
      : []),
  ];
}

function flowsContent(flows: readonly FlowRecord[]): Node[] {
  if (flows.length === 0) return [];
  const item = ({
    last,
    source,
    destination,
    protocol,
    port,
    verdict,
    node,
    reason,
  }: FlowRecord): HTMLElement => {
    const ports = port === undefined ? protocol : `${port}/${protocol}`;
    return html(
      'li',
      { class: 'flow' },
      html('span', { class: `badge ${verdict}` }, STATE_WORDS[verdict]),
      ` ${timeText(last)} on ${node}`,
      html('code', {}, `${source.address} → ${destination.address} ${ports}`),
      ...(reason ? [html('span', { class: 'ports' }, `${reason.text} ${lineText(reason)}`)] : []),
    );
  };
  return [html('h3', {}, 'Last flows'), html('ul', { class: 'list' }, ...flows.map(item))];
}
