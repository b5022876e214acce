import type { ServiceMap } from '../../../rules/map/map-data.ts';
import { byId } from './dom.ts';
import { createMapDrawing } from './draw-map.ts';
import { createFilters } from './filters.ts';
import { followMap } from './live.ts';
import { createPanel } from './panel.ts';
import { createStage } from './stage.ts';
import { createTheme } from './theme.ts';
import { FIRST_VIEW, type Selection, type View } from './view.ts';

let view: View = FIRST_VIEW;
let map: ServiceMap = { places: [], arrows: [], segments: [], forgotten: 0 };
let unfollow: () => void = () => undefined;

function show(): void {
  showFilters(map);
  drawing.draw(map, view);
  showPanel(map, view);
}

function select(selection: Selection | undefined): void {
  const { selection: before, ...rest } = view;
  view = selection === undefined ? rest : { ...rest, selection };
  show();
  // Who leaves a detail by keyboard goes on where it was opened.
  if (selection === undefined && before?.kind === 'place') drawing.focusPlace(before.id);
}

function follow(): void {
  unfollow();
  unfollow = followMap(view.minutes, {
    onMap: (now) => {
      map = now;
      show();
    },
    onState: (text) => {
      byId('live').textContent = text;
    },
  });
}

createTheme();
const stage = createStage(() => {
  if (view.selection) select(undefined);
});
const drawing = createMapDrawing(stage, select);
const showPanel = createPanel(select);
const showFilters = createFilters(view, (part) => {
  const { minutes } = view;
  view = { ...view, ...part };
  if (view.minutes === minutes) show();
  else follow();
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && view.selection) select(undefined);
});
follow();
