import assert from 'node:assert/strict';
import type { FlowEnd } from '../../../../rules/flows/flow-record.ts';
import { endFilter } from '../../../../rules/flows/match-flow.ts';
import { serviceEnd } from './a-flow.ts';

describe('an end of a flow, as people write it', () => {
  const db = serviceEnd('voting/db');
  const world: FlowEnd = { kind: 'world', address: '203.0.113.7' };
  const guest: FlowEnd = { kind: 'container', address: '10.0.1.77', container: 'guest' };
  const meant = (text: string) => [db, world, guest].filter(endFilter(text));

  it('is an address or a block', () => {
    assert.deepEqual(meant('10.0.1.5'), [db]);
    assert.deepEqual(meant('10.0.1.0/24'), [db, guest]);
    assert.deepEqual(meant('2001:db8::/32'), []);
  });

  it('is a service, by its whole name or its own', () => {
    for (const text of ['voting/db', 'voting_db', 'db', 'voting']) assert.deepEqual(meant(text), [db], text);
    for (const text of ['shop/db', 'shop_db', 'voting/d', 'voting/', ''])
      assert.deepEqual(meant(text), [], text);
  });

  it('is a container, or everything outside', () => {
    assert.deepEqual(meant('guest'), [guest]);
    assert.deepEqual(meant('world'), [world]);
    assert.deepEqual(meant('constructor'), []);
  });

  it('of a stack whose name has an underscore is told from others', () => {
    const end = serviceEnd('my_shop/web');
    assert.ok(endFilter('my_shop_web')(end));
    assert.ok(!endFilter('my')(end));
  });
});
