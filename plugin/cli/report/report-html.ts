import { createHash } from 'node:crypto';
import {
  type NetworkReport,
  type Report,
  SEVERITIES,
  type SideReport,
  type StackReport,
} from '../../../rules/report/report.ts';
import { type Markup, markup } from './markup.ts';
import { REPORT_STYLE } from './report-style.ts';

/** One file that needs nothing else: no script, and a policy that lets nothing be loaded. */
export function reportHtml(report: Report): string {
  const { summary, at, version } = report;
  const hash = createHash('sha256').update(REPORT_STYLE).digest('base64');
  const style: Markup = { html: `<style>${REPORT_STYLE}</style>` };
  const csp: Markup = {
    html: `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">`,
  };
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${csp}
<title>Network policy report, ${at.slice(0, 10)}</title>
${style}
</head>
<body>
<header>
<h1>Network policy report</h1>
<p class="soft">Made by Swarmwall ${version} at ${at}, from what the controller and the nodes' kernels told at that moment.</p>
</header>
<main>
<ul class="cards">
${[
  card(`${summary.ingressDenied} of ${summary.services}`, 'services deny by default what comes in'),
  card(`${summary.egressDenied} of ${summary.services}`, 'services deny by default what goes out'),
  card(`${summary.nodesEnforced} of ${summary.nodes}`, 'nodes enforce the policy of now'),
  card(
    String(report.networks.filter(({ encryption }) => encryption === 'verified').length),
    `of ${report.networks.filter(({ encryption }) => encryption !== 'plain').length} encrypted networks verified`,
  ),
]}</ul>
<nav aria-label="Sections"><p>${SECTIONS.map(([id, title], index) => markup`${index > 0 ? ' · ' : ''}<a href="#${id}">${title}</a>`)}</p></nav>
${[findings(report), coverage(report), encryption(report), nodes(report), admission(report), logs(report)]}
</main>
</body>
</html>
`;
  return page.html;
}

const SECTIONS = [
  ['findings', 'Findings'],
  ['coverage', 'Default deny and coverage'],
  ['encryption', 'Encryption'],
  ['nodes', 'Nodes and host firewalls'],
  ['admission', 'Admission'],
  ['logs', 'Logs and settings'],
] as const;

function card(number: string, text: string): Markup {
  return markup`<li><strong>${number}</strong> ${text}</li>\n`;
}

function section(id: (typeof SECTIONS)[number][0], ...content: readonly Markup[]): Markup {
  const title = SECTIONS.find(([each]) => each === id)?.[1] ?? '';
  return markup`<section class="${id}" aria-labelledby="${id}">\n<h2 id="${id}">${title}</h2>\n${content}</section>\n`;
}

type Cell = string | Markup;

/** The first cell of a row is its heading. */
function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  if (rows.length === 0) return markup`<p>${caption}: none.</p>\n`;
  const row = ([first = '', ...rest]: readonly Cell[]): Markup =>
    markup`<tr><th scope="row">${first}</th>${rest.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`;
  return markup`<table><caption>${caption}</caption>
<thead><tr>${head.map((text) => markup`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody></table>\n`;
}

function findings({ findings: found, summary }: Report): Markup {
  const counts = SEVERITIES.map((severity) => `${summary.findings[severity]} ${severity}`).join(', ');
  return section(
    'findings',
    markup`<p>${found.length === 0 ? 'Nothing was found.' : counts}</p>\n`,
    table(
      'Findings, the worst first',
      ['Severity', 'About', 'What', 'Remedy'],
      found.map(({ severity, subject, message, remedy, code }) => [
        // The word is one of four.
        markup`<span class="severity ${severity}">${severity}</span>`,
        subject,
        markup`${message} <span class="soft">(${code})</span>`,
        remedy,
      ]),
    ),
  );
}

const STANCES = { deny: 'denied by default', audit: 'audit only', open: 'open' } as const;

function sideCell({ stance, by, allows }: SideReport): Markup {
  const tone = stance === 'deny' ? 'good' : stance === 'audit' ? 'high' : 'medium';
  const said = stance === 'open' ? '' : `, ${allows} ${allows === 1 ? 'rule allows' : 'rules allow'}`;
  return markup`<span class="${tone}">${STANCES[stance]}</span>${said}${by.length > 0 ? markup` <span class="soft">(${by.join(', ')})</span>` : ''}`;
}

function coverage({ stacks, clusterPolicies }: Report): Markup {
  const ofStack = ({ name, annotated, mode, defaults, services }: StackReport): Markup =>
    markup`<h3>${name === '' ? 'no stack' : name}</h3>
<p>${annotated ? `Annotated, mode ${mode}; default: ingress ${defaults.ingress}, egress ${defaults.egress}.` : 'Not annotated: left alone, but for cluster policies.'}</p>
${table(
  `Services of ${name === '' ? 'no stack' : name}`,
  ['Service', 'Incoming', 'Outgoing', 'Published'],
  services.map(({ service, ingress, egress, published }) => [
    service,
    sideCell(ingress),
    sideCell(egress),
    published.join(', ') || '–',
  ]),
)}`;
  return section(
    'coverage',
    ...stacks.map(ofStack),
    table(
      'Cluster policies in force',
      ['Policy', 'Tier', 'Priority'],
      clusterPolicies.map(({ name, tier, priority }) => [name, tier, String(priority)]),
    ),
  );
}

const ENCRYPTION: Readonly<Record<NetworkReport['encryption'], string>> = {
  verified: "verified in the nodes' kernels",
  broken: 'meant to be encrypted, and is not',
  idle: 'set up; nothing crosses nodes now',
  untold: 'meant to be encrypted; no node tells',
  plain: 'not encrypted',
};

function encryption({ networks }: Report): Markup {
  return section(
    'encryption',
    table(
      'Overlay networks',
      ['Network', 'Encryption', 'Missing'],
      networks.map(({ name, encryption: state, missing }) => [
        name,
        ENCRYPTION[state],
        missing.join(', ') || '–',
      ]),
    ),
  );
}

function nodes({ nodes: all }: Report): Markup {
  return section(
    'nodes',
    table(
      'Nodes of the Swarm',
      ['Node', 'Role', 'State', 'Host firewall', 'Rules put back'],
      all.map(({ hostname, role, state, hostFirewall, driftRepaired }) => [
        ...[hostname, role, state],
        hostFirewall ? `${hostFirewall.state}: ${hostFirewall.policies.join(', ') || 'no policy'}` : 'none',
        String(driftRepaired),
      ]),
    ),
  );
}

function admission({ admission: policies }: Report): Markup {
  if (policies === null)
    return section('admission', markup`<p>Could not be read: run the report as root on a manager.</p>\n`);
  const matched = (match: Readonly<Record<string, readonly string[] | undefined>>): string =>
    Object.entries(match)
      .flatMap(([what, words]) => (words ? `${what} ${words.join(' ')}` : []))
      .join('; ') || 'everything';
  return section(
    'admission',
    table(
      'Admission policies in force',
      ['Policy', 'Level', 'Mode', 'For', 'Checks left out'],
      policies.map(({ name, level, mode, match, exempt }) => [
        name,
        level,
        mode,
        matched(match),
        exempt.join(', ') || '–',
      ]),
    ),
  );
}

function logs({ logs: kept, settings, nodes }: Report): Markup {
  const days =
    kept.auditDays === undefined
      ? 'not known'
      : `${kept.auditDays} days, at most ${String(kept.auditMegabytes)} MB`;
  return section(
    'logs',
    table(
      'Logs and cluster settings',
      ['What', 'Is'],
      [
        ['Audit log of the Docker API on the reporting manager', days],
        ['And sent to', kept.auditSyslog ?? 'nowhere else'],
        ...nodes.map(({ hostname, verdictLog }) => [
          `Verdict log of ${hostname}`,
          verdictLog === undefined
            ? 'not known'
            : `${verdictLog.days} days, at most ${verdictLog.megabytes} MB, sent to ${verdictLog.syslog ?? 'nowhere else'}`,
        ]),
        ['Nodes without an agent', settings.nodes],
        ['Encryption', settings.encryption],
      ],
    ),
  );
}
