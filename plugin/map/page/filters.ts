import { stackKey } from '../../../rules/map/layout.ts';
import { ARROW_STATES, type ArrowState, type ServiceMap } from '../../../rules/map/map-data.ts';
import { byId, html, shownText } from './dom.ts';
import type { View } from './view.ts';
import { RANGE_WORDS, STATE_WORDS } from './words.ts';

/** The form at the top. Returns what shows a map's stacks and counts in it. */
export function createFilters(first: View, change: (part: Partial<View>) => void): (map: ServiceMap) => void {
  const form = byId('filters');
  const search = html('input', {
    id: 'search',
    type: 'search',
    placeholder: 'Search services  ( / )',
    'aria-label': 'Search services',
  });
  const stacks = html(
    'select',
    { id: 'stack', 'aria-label': 'Stack' },
    html('option', { value: '' }, 'All stacks'),
  );
  const range = html(
    'select',
    { id: 'range', 'aria-label': 'Time' },
    ...RANGE_WORDS.map(([minutes, words]) =>
      html('option', { value: minutes, selected: minutes === first.minutes }, words),
    ),
  );
  const states = new Set(first.states);
  const counts = new Map<ArrowState, HTMLElement>();
  const chips = ARROW_STATES.map((state) => {
    const count = html('span', { class: 'count' }, '0');
    counts.set(state, count);
    const chip = html(
      'button',
      { type: 'button', class: `chip ${state}`, 'aria-pressed': 'true' },
      html('span', { class: 'sample', 'aria-hidden': 'true' }),
      `${STATE_WORDS[state]} `,
      count,
    );
    chip.addEventListener('click', () => {
      const on = !states.delete(state);
      if (on) states.add(state);
      chip.setAttribute('aria-pressed', String(on));
      change({ states: new Set(states) });
    });
    return chip;
  });
  form.append(
    search,
    stacks,
    range,
    html('div', { class: 'chips', role: 'group', 'aria-label': 'Verdicts' }, ...chips),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
  });
  search.addEventListener('input', () => {
    change({ search: search.value });
  });
  stacks.addEventListener('change', () => {
    const { value } = stacks;
    change({ stack: value === '' ? undefined : value } as Partial<View>);
  });
  range.addEventListener('change', () => {
    change({ minutes: Number(range.value) });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    search.focus();
  });
  let listed = '';
  return (map) => {
    for (const [state, count] of counts)
      count.textContent = String(map.arrows.filter((arrow) => arrow.state === state).length);
    const names = [
      ...new Set(map.places.filter(({ kind }) => kind === 'service').map(({ stack }) => stack)),
    ].sort();
    if (listed === JSON.stringify(names)) return;
    listed = JSON.stringify(names);
    const chosen = stacks.value;
    stacks.replaceChildren(
      html('option', { value: '' }, 'All stacks'),
      ...names.map((name) =>
        html('option', { value: stackKey('service', name) }, shownText(name).slice(0, 60) || '(no stack)'),
      ),
    );
    stacks.value = chosen;
  };
}
