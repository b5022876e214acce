export { decodeRequest, requesterOf } from './decode-request.ts';
export type { Decoded, EngineCall } from './decode-request.ts';
export { OPERATIONS, operationAt } from './operations.ts';
export type { BodyKind, OperationShape } from './operations.ts';
export { shown } from './refusal.ts';
