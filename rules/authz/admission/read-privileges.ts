import { boolOf, field, textOf, type Asking, type Field } from './read-field.ts';

/** `ContainerSpec.Privileges`: what SecurityOpt is for containers. Returns whether new privileges are ruled out. */
export function readPrivileges(privileges: Field, asking: Asking): boolean {
  const selinux = field(privileges, 'SELinuxContext');
  const disable = field(selinux, 'Disable');
  if (boolOf(disable, asking)) asking.add(disable, { kind: 'selinux', option: 'disable' });
  for (const [name, option] of [
    ['User', 'user'],
    ['Role', 'role'],
    ['Type', 'type'],
    ['Level', 'level'],
  ] as const) {
    const at = field(selinux, name);
    const value = textOf(at, asking);
    if (value !== '') asking.add(at, { kind: 'selinux', option: `${option}:${value}` });
  }
  readProfile(field(privileges, 'Seccomp'), 'seccomp', asking);
  readProfile(field(privileges, 'AppArmor'), 'apparmor', asking);
  return boolOf(field(privileges, 'NoNewPrivileges'), asking);
}

/** moby takes a mode that it does not know for the default one; with a profile of its own it is none of ours to trust. */
function readProfile(of: Field, kind: 'seccomp' | 'apparmor', asking: Asking): void {
  const mode = field(of, 'Mode');
  const written = textOf(mode, asking);
  if (written !== '' && written !== 'default') asking.add(mode, { kind, profile: written });
  const profile = field(of, 'Profile');
  if (textOf(profile, asking) !== '') asking.add(profile, { kind, profile: 'of the request' });
}
