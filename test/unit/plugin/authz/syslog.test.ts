import assert from 'node:assert/strict';
import { createSocket as createUdp } from 'node:dgram';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syslogMessage, syslogOver } from '../../../../plugin/authz/syslog-network.ts';
import { localSyslog, loggerArguments, parseSyslog } from '../../../../plugin/authz/syslog.ts';
import { FakeClock } from '../fake-clock.ts';
import { ownFolder } from './own-folder.ts';

describe('syslog', () => {
  const folder = ownFolder();

  it('is a socket, or a host', () => {
    assert.deepEqual(parseSyslog('/dev/log'), { kind: 'socket', path: '/dev/log' });
    assert.deepEqual(parseSyslog('udp://logs.example.com'), {
      kind: 'udp',
      host: 'logs.example.com',
      port: 514,
    });
    assert.deepEqual(parseSyslog('tcp://[2001:db8::1]:601'), { kind: 'tcp', host: '2001:db8::1', port: 601 });
    for (const wrong of ['', 'logs:514', 'udp://', 'udp://-x', 'tcp://h:99999', 'udp://a b', 'http://h'])
      assert.equal(parseSyslog(wrong), undefined, wrong);
    assert.ok(loggerArguments('/dev/log', 'tag').includes('/dev/log'));
  });

  it('gets each line, also after its process has ended', async () => {
    const script = join(folder.path, 'logger');
    await writeFile(script, `#!/bin/sh\nread line\necho "$line" >> ${folder.path}/got\n`);
    await chmod(script, 0o755);
    const to = localSyslog('/dev/log', 'tag', script);
    const got = () => readFile(join(folder.path, 'got'), 'utf8').catch(() => '');
    await to.write('one\n');
    while ((await got()) !== 'one\n') await new Promise((resolve) => setTimeout(resolve, 5));
    while (
      (await to.write('two\n').then(
        () => true,
        () => false,
      )) === false
    )
      continue;
    while (!(await got()).endsWith('two\n')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (!(await got()).includes('two')) await to.write('two\n').catch(() => undefined);
    }
    to.close();
  });

  it('goes to a server: a datagram each, or framed by its length over TCP', async () => {
    const clock = new FakeClock();
    const udp = createUdp('udp4');
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const heard: string[] = [];
    const two = new Promise<void>((resolve) =>
      udp.on('message', (text) => {
        if (heard.push(text.toString()) === 2) resolve();
      }),
    );
    const over = syslogOver(
      { kind: 'udp', host: '127.0.0.1', port: udp.address().port },
      'swarmwall-audit',
      clock,
    );
    await over.write('{"a":1}\n{"b":2}\n');
    await two;
    over.close();
    udp.close();
    assert.match(heard[0] ?? '', /^<85>1 2020-09-13T12:43:20\.000Z \S+ swarmwall-audit - - - \{"a":1\}$/u);

    let got = '';
    const tcp = createTcp((socket) => socket.on('data', (text) => (got += text.toString())));
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const { port } = tcp.address() as AddressInfo;
    const framed = syslogOver({ kind: 'tcp', host: '127.0.0.1', port }, 'swarmwall-audit', clock);
    await framed.write('{"a":1}\n{"b":2}\n');
    while (!got.includes('{"b":2}')) await new Promise((resolve) => setTimeout(resolve, 5));
    framed.close();
    const [, length = ''] = /^(\d+) <85>1/u.exec(got) ?? [];
    const first = got.slice(length.length + 1, length.length + 1 + Number(length));
    assert.ok(first.endsWith('{"a":1}'), first);
    tcp.close();
    const nobody = syslogOver({ kind: 'tcp', host: '127.0.0.1', port }, 'swarmwall-audit', clock);
    await assert.rejects(nobody.write('x\n'), { code: 'peer-lost' });
  });

  it('cuts what would not fit into a message', () => {
    assert.equal(syslogMessage('x'.repeat(100_000), 'h', 'tag', 0).length, 32 * 1024);
  });

  it('says when the program is not there', async () => {
    await assert.rejects(localSyslog('/x', 'tag', join(folder.path, 'none')).write('x\n'), {
      code: 'process-missing',
    });
  });
});
