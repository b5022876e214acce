import assert from 'node:assert/strict';
import fc from 'fast-check';
import { looksLikeDnsName, meansDnsName, readDnsName } from '../../../compose-ext/dns-name.ts';

function hintOf(text: string): string {
  const read = readDnsName(text);
  assert.ok(typeof read === 'object', `${text} is taken`);
  assert.equal(read.code, 'invalid-dns-name');
  return read.hint;
}

describe('A DNS name', () => {
  it('is read in small letters, without the dot at its end', () => {
    assert.equal(readDnsName('API.Example.COM.'), 'api.example.com');
    assert.equal(readDnsName('_ldap._tcp.corp.example'), '_ldap._tcp.corp.example');
    assert.equal(readDnsName('*.S3.example.org'), '*.s3.example.org');
  });

  it('is none when its labels are not', () => {
    const long = 'a'.repeat(64);
    for (const text of ['a..b', '.a.b', '-a.b', 'a-.b', `${long}.b`, `${'a.'.repeat(130)}b`, 'a.b..', 'a.%'])
      assert.match(hintOf(text), /look like/, text);
  });

  it('has a wildcard at its start only, and never for a public registry', () => {
    for (const text of ['*', '*.']) assert.match(hintOf(text), /world/);
    for (const text of ['a.*.com', 'x*.example.com', '*.*.example.com']) assert.match(hintOf(text), /start/);
    for (const text of ['*.com', '*.co.uk', '*.COM.', '*.com.au']) assert.match(hintOf(text), /example\./);
    assert.equal(readDnsName('*.co.example.org'), '*.co.example.org');
  });

  it('in other letters is refused, with the form that DNS carries', () => {
    assert.match(hintOf('bücher.example'), /xn--bcher-kva\.example/);
    assert.match(hintOf('*.例え.テスト'), /xn--/);
  });

  it('is not an address, nor what Docker itself calls tasks', () => {
    assert.match(hintOf('10.0.0'), /address/);
    assert.match(hintOf('a.0x7f'), /address/);
    assert.match(hintOf('tasks.web'), /Write web/);
  });

  it('as a wildcard means what is below, any number of labels deep, and not the name itself', () => {
    const below = ['a.example.org', 'a.b.example.org', '_x.example.org'];
    for (const name of below) assert.ok(meansDnsName('*.example.org', name), name);
    for (const name of ['example.org', 'badexample.org', 'a.example.org.evil', '.example.org'])
      assert.ok(!meansDnsName('*.example.org', name), name);
    assert.ok(meansDnsName('a.example.org', 'a.example.org'));
    assert.ok(!meansDnsName('a.example.org', 'b.a.example.org'));
  });

  it('survives any text, and reads what it has read as the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z*.-]{0,12}$/)), (text) => {
        const read = readDnsName(text);
        if (typeof read !== 'string') return assert.ok(read.message !== '' && read.hint !== '');
        assert.equal(readDnsName(read), read);
        assert.ok(looksLikeDnsName(read));
      }),
    );
  });
});
