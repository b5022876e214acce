import type { MapArrow, MapPlace } from '../../../rules/map/map-data.ts';
import type { ServiceDetails } from '../../../rules/map/service-details.ts';
import { html } from './dom.ts';
import { arrowButton, type Ask, back, type Context, facts, lineText, segmentButton } from './panel-parts.ts';
import { placeName } from './view.ts';

export function placeContent(
  place: MapPlace,
  arrows: readonly MapArrow[],
  context: Context,
  ask: Ask,
): Node[] {
  const details = html('div');
  if (place.kind === 'service' && !place.gone) {
    details.setAttribute('aria-busy', 'true');
    const key = place.stack === '' ? place.id.slice('service '.length) : `${place.stack}/${place.name}`;
    void ask<ServiceDetails & { readonly nodes: readonly string[] }>('/api/service', { key }).then(
      (found) => {
        details.removeAttribute('aria-busy');
        if (found) details.replaceChildren(...serviceContent(found));
      },
    );
  }
  const list = (title: string, own: readonly MapArrow[]): Node[] => [
    html('h3', {}, title),
    own.length === 0
      ? html('p', {}, 'none')
      : html('ul', { class: 'list' }, ...own.map((arrow) => arrowButton(arrow, context))),
  ];
  const segments = context.map.segments.filter(({ members }) => members.includes(place.id));
  return [
    back(context),
    html('h2', {}, html('bdi', {}, placeName(place))),
    ...(place.gone
      ? [html('p', { class: 'note' }, 'Flows name it; the cluster has no such service now.')]
      : []),
    ...(place.kind === 'service'
      ? [
          facts([
            ['Incoming', place.ingress ? 'only what is allowed' : 'open'],
            ['Outgoing', place.egress ? 'only what is allowed' : 'open'],
            ['Mode', place.mode === 'audit' ? 'audit: nothing of its own policies is dropped' : 'enforce'],
          ]),
        ]
      : []),
    details,
    ...list(
      'Arrows in',
      arrows.filter(({ to }) => to === place.id),
    ),
    ...list(
      'Arrows out',
      arrows.filter(({ from }) => from === place.id),
    ),
    ...(segments.length > 0
      ? [
          html('h3', {}, 'Segments'),
          html(
            'ul',
            { class: 'list' },
            ...segments.map((segment) => html('li', {}, segmentButton(segment, context.select))),
          ),
        ]
      : []),
  ];
}

function serviceContent({
  rules,
  ports,
  nodes,
  limit,
}: ServiceDetails & { readonly nodes: readonly string[] }): Node[] {
  const published = ports.map(
    ({ target, protocol, published: at }) =>
      `${target}/${protocol}${at === undefined ? '' : `, published ${at}`}`,
  );
  return [
    facts([
      ['Nodes', nodes.join(', ') || 'no task runs now'],
      ...(published.length > 0 ? [['Ports', published.join('; ')] as const] : []),
      ...(limit?.connections === undefined
        ? []
        : [['Limit', `${limit.connections} connections of each ${limit.per}`] as const]),
    ]),
    html('h3', {}, 'Rules'),
    ...(rules.length === 0
      ? [html('p', {}, 'none of its own: its stack’s default, and cluster policies')]
      : []),
    html(
      'ul',
      {},
      ...rules.map(({ direction, policy, text, ...place }) =>
        html(
          'li',
          {},
          `${direction} `,
          html('code', {}, text),
          ' ',
          html('span', { class: 'ports' }, `${policy} ${lineText(place)}`),
        ),
      ),
    ),
  ];
}
