import { createOverlayLab, type OverlayLab } from './overlay-lab.ts';
import { listenEverywhere } from './overlay-world.ts';

/** To be called in a suite: a lab whose endpoints all listen, made before its tests, empty before each. */
export function overlaySuite(made: (lab: OverlayLab) => void): void {
  let lab: OverlayLab;

  before(async function () {
    this.timeout(120_000);
    lab = await createOverlayLab();
    await listenEverywhere(lab);
    made(lab);
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
  });
}
