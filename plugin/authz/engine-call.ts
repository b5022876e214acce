import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { Fault } from '../fault.ts';
import type { EngineAnswer } from './ports.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the engine sends to `AuthZReq` and `AuthZRes` (moby: `pkg/authorization/api.go`; empty fields are left out).
 * @throws Fault `peer-invalid`
 */
export function readEngineMessage(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('peer-invalid', 'the engine sent no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault('peer-invalid', 'the engine sent no object');
  return value as Fields;
}

export function toEngineCall(message: Fields): EngineCall {
  const body = message['RequestBody'];
  return {
    user: textOf(message, 'User'),
    authMethod: textOf(message, 'UserAuthNMethod'),
    method: textOf(message, 'RequestMethod'),
    uri: textOf(message, 'RequestUri'),
    headers: headersOf(message, 'RequestHeaders'),
    ...(typeof body === 'string' && body !== '' ? { body: Buffer.from(body, 'base64') } : {}),
  };
}

export function toEngineAnswer(message: Fields): EngineAnswer {
  const status = message['ResponseStatusCode'];
  const body = message['ResponseBody'];
  return {
    status: typeof status === 'number' ? status : 0,
    headers: headersOf(message, 'ResponseHeaders'),
    ...(typeof body === 'string' && body !== '' ? { body: Buffer.from(body, 'base64') } : {}),
  };
}

function textOf(message: Fields, key: string): string {
  const value = message[key] ?? '';
  if (typeof value !== 'string') throw new Fault('peer-invalid', `the engine sent a ${key} that is no text`);
  return value;
}

function headersOf(message: Fields, key: string): Readonly<Record<string, string | undefined>> {
  const value = message[key] ?? {};
  if (typeof value !== 'object' || value === null)
    throw new Fault('peer-invalid', `the engine sent ${key} that are no headers`);
  return Object.assign(Object.create(null) as object, value) as Record<string, string | undefined>;
}
