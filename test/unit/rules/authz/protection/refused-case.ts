import type { Asked } from '../api-request.ts';
import type { May } from './shop.ts';

export const stack = (name: string) => ({ 'com.docker.stack.namespace': name });
export const policies = { verb: 'update', resource: 'policies' };
export const join = { verb: 'join', resource: 'segments' };
export const segments = { verb: 'update', resource: 'segments' };
export const breakGlass = { verb: 'use', resource: 'breakglass' };
export const inShop = { stack: 'shop' };

/** What is refused to whom no role lets; and the role with which it passes, and one that is not enough. */
export interface RefusedCase {
  readonly title: string;
  readonly id: string;
  readonly asked: Asked;
  readonly expected: readonly string[];
  readonly enough?: May;
  readonly tooLittle?: May;
}
