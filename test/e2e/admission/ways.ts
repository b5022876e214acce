import { CONTAINER_WAYS } from './container-ways.ts';
import { DECODING_WAYS, OTHER_WAYS, PROTECTION_WAYS } from './other-ways.ts';
import { RESTRICTED_WAYS, SERVICE_WAYS, SETTING_WAYS } from './service-ways.ts';
import type { Way } from './way.ts';

export const WAYS: readonly Way[] = [
  ...CONTAINER_WAYS,
  ...SERVICE_WAYS,
  ...RESTRICTED_WAYS,
  ...SETTING_WAYS,
  ...OTHER_WAYS,
  ...PROTECTION_WAYS,
  ...DECODING_WAYS,
];
