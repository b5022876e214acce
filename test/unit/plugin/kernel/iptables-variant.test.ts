import assert from 'node:assert/strict';
import { detectEncryption } from '../../../../plugin/kernel/encryption.ts';
import { findDockerUser } from '../../../../plugin/kernel/iptables-variant.ts';
import { hostNamespace } from '../../../../plugin/kernel/namespace.ts';
import { FakeRun } from '../fake-run.ts';

describe('the variant of iptables that dockerd uses', () => {
  const find = (answers: Readonly<Record<string, string | { exitCode: number }>>) => {
    const fake = new FakeRun();
    for (const variant of ['nft', 'legacy']) fake.answers.set(`iptables-${variant}`, { exitCode: 1 });
    for (const [start, answer] of Object.entries(answers)) fake.answers.set(start, answer);
    return findDockerUser(hostNamespace(fake.run));
  };
  const forward = '-P FORWARD DROP\n-A FORWARD -j DOCKER-USER\n';

  it('is the one where FORWARD jumps to DOCKER-USER', async () => {
    const chain = '-N DOCKER-USER\n';
    assert.equal(
      await find({ 'iptables-nft -w 5 -S FORWARD': forward, 'iptables-nft -w 5 -S DOCKER-USER': chain }),
      'nft',
    );
    assert.equal(
      await find({
        'iptables-nft -w 5 -S FORWARD': '-P FORWARD ACCEPT\n',
        'iptables-nft -w 5 -S DOCKER-USER': chain,
        'iptables-legacy -w 5 -S FORWARD': forward,
        'iptables-legacy -w 5 -S DOCKER-USER': chain,
      }),
      'legacy',
    );
  });

  it('is none where no variant has the chain', async () => {
    assert.equal(await find({}), undefined);
  });
});

describe('what this kernel can encrypt', () => {
  const detect = (answers: Readonly<Record<string, string | { exitCode: number }>>) => {
    const fake = new FakeRun();
    for (const [start, answer] of Object.entries(answers)) fake.answers.set(start, answer);
    return detectEncryption(fake.run);
  };

  it('is asked in a namespace made for it', async () => {
    assert.equal(await detect({}), 'available');
    assert.equal(await detect({ 'unshare --net -- ip xfrm': { exitCode: 2 } }), 'unavailable');
    assert.equal(await detect({ 'unshare --net': { exitCode: 1 } }), 'unknown');
  });
});
