import type { AdmissionPolicy } from '../../../../../compose-ext/authz/authz-model.ts';
import { judgeAdmission } from '../../../../../rules/authz/admission/index.ts';
import { apiRequest, type Asked } from '../api-request.ts';
import { fakeSurroundings, type Around } from '../fake-surroundings.ts';

export function admissionPolicy(edit: Partial<AdmissionPolicy> = {}): AdmissionPolicy {
  return {
    name: 'apps',
    match: {},
    level: 'baseline',
    mode: 'enforce',
    exempt: [],
    origin: { file: 'a.yaml', line: 1, column: 1 },
    ...edit,
  };
}

/** `check field` of each objection. */
export async function refusals(
  id: string,
  asked: Asked,
  policies: readonly Partial<AdmissionPolicy>[] = [{}],
  around: Around = {},
): Promise<string[]> {
  const admission = policies.map(admissionPolicy);
  const objections = await judgeAdmission(apiRequest(id, asked), { admission }, fakeSurroundings(around));
  return objections.map(
    ({ code, message }) => `${code.replace('admission/', '')} ${message.slice(0, message.indexOf(': '))}`,
  );
}
