import assert from 'node:assert/strict';
import { lookAfterEvents } from '../../../../plugin/agent/event-looks.ts';
import { TIMES } from '../../../../plugin/config.ts';
import { FakeClock } from '../fake-clock.ts';

const setUp = (inUse: boolean) => {
  const clock = new FakeClock();
  let looks = 0;
  let files: readonly string[] | undefined = ['1-net', 'lb_net'];
  const events = lookAfterEvents({
    clock,
    netns: () => (files ? Promise.resolve(files) : Promise.reject(new Error('no folder'))),
    starts: { inUse: () => inUse },
    look: () => (looks += 1),
  });
  return {
    ...{ clock, events },
    looks: () => looks,
    see: async (names: readonly string[] | undefined) => {
      files = names;
      events.filesChanged();
      await clock.pass(0);
    },
  };
};

describe('a look after an event', () => {
  it('is taken at once, and for each, without the guard runtime', async () => {
    const { events, looks, see } = setUp(false);
    events.changed();
    events.started();
    await see(['c0ffeec0ffee']);
    assert.equal(looks(), 3);
  });

  it('waits for a pause while starts are held, but not for long', async () => {
    const { clock, events, looks } = setUp(true);
    events.changed();
    await clock.pass(TIMES.lookQuiet - 1);
    events.changed();
    await clock.pass(TIMES.lookQuiet - 1);
    assert.equal(looks(), 0);
    await clock.pass(1);
    assert.equal(looks(), 1);
    for (let spent = 0; spent < TIMES.lookMost; spent += 100) {
      events.changed();
      await clock.pass(100);
    }
    assert.equal(looks(), 2);
  });

  it('is taken at once when an overlay appears or goes, or something has started', async () => {
    const { clock, events, looks, see } = setUp(true);
    await see(['1-net', 'lb_net']);
    assert.equal(looks(), 1);
    await see(['1-net', 'lb_net', 'c0ffeec0ffee']);
    assert.equal(looks(), 1);
    await see(['1-net', '2-other', 'lb_net', 'c0ffeec0ffee']);
    assert.equal(looks(), 2);
    await clock.pass(TIMES.lookMost);
    assert.equal(looks(), 2, 'what was to come is in it');
    events.started();
    assert.equal(looks(), 3);
    await see(undefined);
    assert.equal(looks(), 4);
  });
});
