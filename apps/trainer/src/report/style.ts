/** The report's style sheet: light and dark on a screen, always light on paper. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #c2410c; --good: #15803d; }
@media screen and (prefers-color-scheme: dark) { :root { --bad: #fb923c; --good: #4ade80; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 1240px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 34px 0 8px; }
.lead { font-size: 17px; margin: 0; max-width: 46em; }
.summary { opacity: .75; margin: 4px 0 18px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th[scope=row], thead th:first-child { text-align: left; }
th[scope=colgroup] { text-align: center; }
tbody th { font-weight: 500; }
tr.mean th, tr.mean td { font-weight: 650; }
small { display: block; font-weight: 400; opacity: .85; font-size: 12px; }
.less, .wrong { color: var(--bad); }
.more { color: var(--good); }
.wrong { font-weight: 700; }
.wide { overflow-x: auto; }
.charts { display: flex; flex-wrap: wrap; gap: 12px; }
.charts svg { max-width: 100%; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 14px; }
.gallery.small { grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--soft); }
figure img { display: block; width: 100%; height: auto; }
figcaption { padding: 6px 10px; font-size: 13px; overflow-wrap: anywhere; }
figure.miss, figure.false-reject { border-color: var(--bad); }
figcaption strong { color: var(--bad); }
.facts td, .facts th { text-align: left; }
code, pre { font: 12px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 12px; background: var(--soft); }
.foot { opacity: .7; margin-top: 30px; }
@media screen and (prefers-color-scheme: dark) { body { background: #14171c; color: #e6e8eb; } }
@page { size: A4; margin: 16mm 14mm; }
@media print {
  :root { color-scheme: light; }
  body { background: #fff; color: #000; font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 18pt; }
  h2 { font-size: 13pt; margin-top: 18pt; break-after: avoid; }
  h2.pictures { break-before: page; }
  .lead { font-size: 11.5pt; max-width: none; }
  th, td { padding: 2pt 5pt; }
  tr, figure, .charts svg { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  .charts { display: block; }
  .charts svg { display: inline-block; max-width: 49%; height: auto; }
  .gallery { grid-template-columns: 1fr 1fr; gap: 8pt; }
  .gallery.small { grid-template-columns: repeat(4, 1fr); }
  figure { background: none; }
  figcaption { font-size: 8.5pt; }
  code { white-space: normal; }
  details { display: none; }
}
`;
