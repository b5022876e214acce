import type { LintRule } from './lint-rule.ts';
import { anyPeer } from './checks/any-peer.ts';
import { borrowedNetwork } from './checks/borrowed-network.ts';
import { dockerSocket } from './checks/docker-socket.ts';
import { entryForm } from './checks/entry-form.ts';
import { FOUND_BY_READING } from './checks/found-by-reading.ts';
import { hostMode } from './checks/host-mode.ts';
import { oneSidedRule } from './checks/one-sided-rule.ts';
import { plainSecret } from './checks/plain-secret.ts';
import { privileged } from './checks/privileged.ts';
import { redundantRule } from './checks/redundant-rule.ts';
import { selectsNothing } from './checks/selects-nothing.ts';
import { shadowedByTier } from './checks/shadowed-by-tier.ts';
import { undeclaredPort } from './checks/undeclared-port.ts';
import { unguardedPort } from './checks/unguarded-port.ts';
import { unpublishedPort } from './checks/unpublished-port.ts';
import { untaggedImage } from './checks/untagged-image.ts';

/** Every rule of `swarmwall lint`; docs/lint.md has a section for each (a test compares the two). */
export const LINT_RULES: readonly LintRule[] = [
  redundantRule,
  oneSidedRule,
  shadowedByTier,
  unpublishedPort,
  undeclaredPort,
  selectsNothing,
  unguardedPort,
  anyPeer,
  entryForm,
  plainSecret,
  untaggedImage,
  privileged,
  hostMode,
  borrowedNetwork,
  dockerSocket,
  ...FOUND_BY_READING,
];
