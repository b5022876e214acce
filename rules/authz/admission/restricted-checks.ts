import { EVERY_CAPABILITY } from './capability-name.ts';
import { quoted, refuse, type Check } from './check.ts';
import type { Workload } from './wish.ts';

/** A check of what a container or service keeps to. */
function require(
  hint: string,
  field: keyof Workload['fields'],
  message: string,
  keeps: (workload: Workload) => boolean,
): Check {
  return {
    hint,
    find: ({ workload }) =>
      workload === undefined || keeps(workload) ? [] : [{ message, path: workload.fields[field] }],
  };
}

/** What `restricted` asks for on top of baseline. */
export const RESTRICTED_CHECKS = {
  'run-as-root': refuse(
    'user',
    'Write a number other than 0: what a name, or none, stands for is said by the image.',
    ({ user }) =>
      user === '' ? 'leaves the user to the image, which may be root' : `may be root: ${quoted(user)}`,
    ({ user }) => {
      const [id = ''] = user.split(':');
      return /^[0-9]+$/.test(id) && Number(id) > 0;
    },
  ),
  'read-only-root': require('Write true, and use volumes or tmpfs for what is written.', 'readOnlyRoot', 'leaves the root file system writable', ({
    readOnlyRoot,
  }) => readOnlyRoot),
  'no-new-privileges': require('Write no-new-privileges; for services NoNewPrivileges, in a request of API 1.44 or later.', 'noNewPrivileges', 'lets processes gain privileges (setuid)', ({
    noNewPrivileges,
  }) => noNewPrivileges),
  'drop-capabilities': require('Drop ALL; for services in a request of API 1.41 or later.', 'drops', 'does not drop all capabilities', ({
    drops,
  }) => drops.has(EVERY_CAPABILITY)),
  'net-raw': require('Drop NET_RAW, or ALL: with it, addresses of others can be forged.', 'drops', 'keeps the capability NET_RAW', ({
    drops,
  }) => drops.has(EVERY_CAPABILITY) || drops.has('NET_RAW')),
  'added-capabilities': refuse(
    'capability',
    'Add NET_BIND_SERVICE only, or have it listed in allow.capabilities.',
    ({ name }) => `adds the capability ${quoted(name)}`,
    ({ name }, { allow }) => name === 'NET_BIND_SERVICE' || (allow?.capabilities ?? []).includes(name),
  ),
  oom: refuse('oom', 'Leave it out.', ({ what }) => `asks ${what} when memory runs out`),
  'dns-servers': refuse(
    'dns-server',
    'Leave it out: dockerd itself asks these servers, past every network policy.',
    ({ server }) => `names its own DNS server ${quoted(server)}`,
  ),
  build: refuse(
    'build',
    'Build elsewhere: the steps run as root, with no limits and no policy.',
    () => 'builds an image',
  ),
} satisfies Record<string, Check>;
