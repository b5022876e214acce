import { IMAGE, type Way } from './way.ts';

const LONGEST = 150;

/** A line of the table in docs/admission.md: the name, what is sent, what refuses it. */
export function wayRow(way: Way): string {
  const reasons = [way.refusedBy].flat().map((reason) => `\`${reason.replace(/\/$/, '')}\``);
  return `| ${way.name} | \`${sent(way)}\` | ${reasons.join(' or ')} |`;
}

function sent({ method = 'POST', uri, body = '', headers = {} }: Way): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const whole = [method, uri.replace(/^\/v1\.41/, ''), ...fields, text]
    .join(' ')
    .replaceAll(`"Image":"${IMAGE}",`, '')
    .replaceAll(',"Mode":{"Replicated":{"Replicas":0}}', '')
    .replaceAll('|', '\\|')
    .trimEnd();
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
}
