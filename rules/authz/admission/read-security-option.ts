import { field, itemsOf, textOf, type Asking, type Field } from './read-field.ts';

/** What of `no-new-privileges` stands at the end of the list: the last one counts. */
export type NoNewPrivileges = 'on' | 'off' | 'unsaid';

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];

/** `HostConfig.SecurityOpt`, as moby's parseSecurityOpt takes it apart: at the first `=`, or else at the first `:`. */
export function readSecurityOptions(host: Field, asking: Asking): NoNewPrivileges {
  let noNewPrivileges: NoNewPrivileges = 'unsaid';
  for (const item of itemsOf(field(host, 'SecurityOpt'), asking)) {
    const option = textOf(item, asking);
    const { key, value } = takeApart(option);
    if (key === 'no-new-privileges') {
      noNewPrivileges = value === undefined || TRUE.includes(value) ? 'on' : 'off';
      if (noNewPrivileges === 'off') asking.add(item, { kind: 'new-privileges' });
    } else readOption(key, value, option, item, asking);
  }
  return noNewPrivileges;
}

function takeApart(option: string): { key: string; value?: string } {
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
  return at < 0 ? { key: option } : { key: option.slice(0, at), value: option.slice(at + 1) };
}

function readOption(
  key: string,
  value: string | undefined,
  option: string,
  item: Field,
  asking: Asking,
): void {
  if (key === 'disable' && value === undefined) asking.add(item, { kind: 'selinux', option: 'disable' });
  else if (key === 'seccomp' && value !== undefined) asking.add(item, { kind: 'seccomp', profile: value });
  else if (key === 'apparmor' && value !== undefined) asking.add(item, { kind: 'apparmor', profile: value });
  else if (key === 'label' && value !== undefined) asking.add(item, { kind: 'selinux', option: value });
  else asking.add(item, { kind: 'security-option', option });
}
