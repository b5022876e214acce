export const REPORT_STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1b2230; --soft: #525c6d; --line: #d3d8e2; --head: #f0f2f6;
  --critical: #a80f1f; --high: #b3420a; --medium: #8a5a00; --low: #3d5a80; --good: #0f6b45; }
@media (prefers-color-scheme: dark) { :root { --back: #11151d; --text: #e6eaf2; --soft: #a9b3c4; --line: #323b4b; --head: #1a202b;
  --critical: #ff7b85; --high: #ff9a5c; --medium: #f0b64a; --low: #8fb8ee; --good: #41c98b; } }
* { box-sizing: border-box; }
body { max-width: 1080px; margin: 0 auto; padding: 24px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; } h2 { margin: 36px 0 10px; padding-bottom: 4px; border-bottom: 2px solid var(--line); } h3 { margin: 22px 0 6px; }
.soft { color: var(--soft); }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0; padding: 0; list-style: none; }
.cards li { flex: 1 1 150px; padding: 12px 16px; border: 1px solid var(--line); border-radius: 8px; }
.cards strong { display: block; font-size: 26px; line-height: 1.2; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin: 8px 0 16px; font-size: 14px; }
caption { padding: 4px 0; text-align: left; font-weight: 600; }
th, td { padding: 6px 10px; border: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--head); }
tbody th { font-weight: 600; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); } .good { color: var(--good); }
.findings th:nth-child(1) { width: 90px; } .findings th:nth-child(2) { width: 22%; } .findings th:nth-child(4) { width: 34%; }
.severity { font-weight: 700; text-transform: capitalize; white-space: nowrap; }
a { color: inherit; }
@media print { :root { color-scheme: light; --back: #fff; --text: #000; --soft: #333; --line: #999; --head: #eee;
    --critical: #a80f1f; --high: #8a3208; --medium: #6b4600; --low: #2c4566; --good: #0b5536; }
  @page { margin: 15mm; } body { max-width: none; padding: 0; font-size: 10pt; } table { font-size: 9pt; }
  thead { display: table-header-group; } tr, .cards li { break-inside: avoid; } h2, h3, caption { break-after: avoid; } nav { display: none; } }
`;
