import { byId, html, svg } from './dom.ts';

export interface Stage {
  /** Everything that moves with the map. */
  readonly canvas: SVGGElement;
  readonly root: SVGSVGElement;
  /** Shows all of a map of this size. */
  fit(width: number, height: number): void;
  /** Moves the least that shows it. */
  reveal(box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }): void;
}

const MARGIN = 24;
const [LEAST, MOST] = [0.1, 3];

/** The map's window: wheel and buttons zoom, dragging moves. */
export function createStage(onBackground: () => void): Stage {
  const canvas = svg('g');
  const root = svg('svg', { role: 'group', 'aria-label': 'Services and who talks to whom' }, canvas);
  let [x, y, scale] = [0, 0, 1];
  let size = { width: 1, height: 1 };
  const apply = (): void => {
    canvas.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
  };
  const zoom = (factor: number, at = { x: root.clientWidth / 2, y: root.clientHeight / 2 }): void => {
    const next = Math.min(MOST, Math.max(LEAST, scale * factor));
    x = at.x - ((at.x - x) * next) / scale;
    y = at.y - ((at.y - y) * next) / scale;
    scale = next;
    apply();
  };
  const fit = (width: number, height: number): void => {
    size = { width, height };
    const [wide, high] = [root.clientWidth - 2 * MARGIN, root.clientHeight - 2 * MARGIN];
    scale = Math.min(1.6, Math.max(LEAST, Math.min(wide / Math.max(1, width), high / Math.max(1, height))));
    x = (root.clientWidth - width * scale) / 2;
    y = (root.clientHeight - height * scale) / 2;
    apply();
  };
  root.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 500), { x: event.offsetX, y: event.offsetY });
    },
    { passive: false },
  );
  let dragged: { readonly x: number; readonly y: number; moved: boolean } | undefined;
  root.addEventListener('pointerdown', (event) => {
    if (event.button === 0) dragged = { x: event.clientX - x, y: event.clientY - y, moved: false };
  });
  root.addEventListener('pointermove', (event) => {
    if (dragged === undefined || event.buttons === 0) return;
    const next = { x: event.clientX - dragged.x, y: event.clientY - dragged.y };
    if (!dragged.moved && Math.hypot(next.x - x, next.y - y) < 4) return;
    dragged.moved = true;
    [x, y] = [next.x, next.y];
    apply();
  });
  root.addEventListener('click', (event) => {
    if (
      dragged?.moved !== true &&
      (event.target === root || (event.target as Element).matches('.stack rect'))
    )
      onBackground();
    dragged = undefined;
  });
  const button = (label: string, text: string, call: () => void): HTMLButtonElement => {
    const made = html('button', { type: 'button', 'aria-label': label, title: label }, text);
    made.addEventListener('click', call);
    return made;
  };
  byId('stage').append(
    root,
    html(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      button('Zoom in', '+', () => {
        zoom(1.3);
      }),
      button('Zoom out', '−', () => {
        zoom(1 / 1.3);
      }),
      button('Show everything', '⤢', () => {
        fit(size.width, size.height);
      }),
    ),
  );
  new ResizeObserver(() => {
    fit(size.width, size.height);
  }).observe(root);
  return {
    ...{ canvas, root, fit },
    reveal(box) {
      const [left, top] = [box.x * scale + x, box.y * scale + y];
      const [right, bottom] = [left + box.width * scale, top + box.height * scale];
      x += Math.max(0, MARGIN - left) - Math.max(0, right - root.clientWidth + MARGIN);
      y += Math.max(0, MARGIN - top) - Math.max(0, bottom - root.clientHeight + MARGIN);
      apply();
    },
  };
}
