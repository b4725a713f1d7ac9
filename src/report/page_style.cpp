// SPDX-License-Identifier: Apache-2.0
#include "report/page_style.h"

namespace godwit::report {

// Each --on-… is the colour of text on the colour of that name; the tests measure the contrast of both themes.
std::string_view page_style() {
  return R"css(
:root { color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f8fa; --ink: #1b2430; --muted: #56616f; --line: #d8dee6; --accent: #1d5fa6;
  --perfect: #1b7a4b; --good: #2b6cb0; --decision: #945600; --failed: #b3261e; --waiting: #66717f; --running: #6b4fbb;
  --stopped: #7a5c48; --on-fill: #ffffff; --by-line: #0f7c86; --by-limits: #a8428a; --area: #1d5fa622; }
@media screen and (prefers-color-scheme: dark) { :root {
  --paper: #11161d; --panel: #19212b; --ink: #e4e9ef; --muted: #9fabb9; --line: #303b48; --accent: #79b0ec;
  --perfect: #63c994; --good: #7db2ee; --decision: #e8b04f; --failed: #ff9186; --waiting: #98a4b2; --running: #b7a2f5;
  --stopped: #cfab93; --on-fill: #10151c; --by-line: #5cc4ce; --by-limits: #e58fcb; --area: #79b0ec2b; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", "Liberation Sans", Arial, sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 40px; }
h1 { font-size: 34px; line-height: 1.2; margin: 6px 0 10px; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 21px; margin: 44px 0 14px; padding-top: 14px; border-top: 1px solid var(--line); font-weight: 650; }
h3 { font-size: 16px; margin: 0; font-weight: 650; }
p { margin: 6px 0; max-width: 95ch; }
a { color: var(--accent); }
.eyebrow, .meta, .muted, caption, figcaption, dt { color: var(--muted); }
.eyebrow { margin: 0; }
.lead { font-size: 17px; }
.meta, .small { font-size: 13px; }
.figures-row { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 24px 0 8px; }
.figures-row div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.figures-row dt { font-size: 13px; }
.figures-row dd { margin: 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures-row .more { display: block; font-size: 13px; font-weight: 400; color: var(--muted); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 8px 0 16px; }
caption { text-align: left; font-size: 13px; padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { font-size: 13px; color: var(--muted); white-space: nowrap; overflow-wrap: normal; }
tr > :last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; overflow-wrap: normal; }
td .small, th .small { display: block; color: var(--muted); font-weight: 400; }
tbody th { font-weight: 500; }
tbody tr:last-child > * { border-bottom: none; }
.people { table-layout: fixed; min-width: 900px; }
.people th:nth-child(1) { width: 20%; } .people th:nth-child(2), .people th:nth-child(3) { width: 7.5%; }
.people th:nth-child(4), .people th:nth-child(5), .people th:nth-child(6) { width: 8.5%; }
.people th:nth-child(7) { width: 13%; }
.errors th:first-child { width: 22%; }
.examples { table-layout: fixed; min-width: 800px; }
.examples th:nth-child(1) { width: 22%; } .examples th:nth-child(2) { width: 18%; } .examples th:nth-child(3) { width: 24%; }
.examples th:nth-child(4) { width: 9%; }
.people td.remarks { font-size: 13px; color: var(--muted); }
.people .number .small { white-space: normal; font-size: 12px; }
.pairs th { width: 260px; font-weight: 500; }
.wide { overflow-x: auto; }
.badge { display: inline-block; border-radius: 4px; padding: 0 8px; font-size: 13px; line-height: 20px; font-weight: 600;
  white-space: nowrap; color: var(--on-fill); }
.badge.plain { color: var(--muted); border: 1px solid var(--line); line-height: 18px; font-weight: 500; }
.badge.is-perfect { background: var(--perfect); } .badge.is-good { background: var(--good); }
.badge.is-done { background: var(--perfect); } .badge.is-decision { background: var(--decision); }
.badge.is-failed { background: var(--failed); } .badge.is-waiting { background: var(--waiting); }
.badge.is-running { background: var(--running); } .badge.is-stopped { background: var(--stopped); }
article { border: 1px solid var(--line); border-left: 4px solid var(--waiting); border-radius: 8px; padding: 14px 18px; margin: 12px 0; }
article.is-decision { border-left-color: var(--decision); } article.is-failed { border-left-color: var(--failed); }
article table { margin-bottom: 0; }
article .title { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
details { margin: 8px 0; }
summary { cursor: pointer; padding: 6px 0; font-weight: 600; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
q { quotes: "\201c" "\201d"; color: var(--muted); }
figure { margin: 12px 0; min-width: 0; }
figcaption { font-size: 14px; font-weight: 600; color: var(--ink); margin-bottom: 6px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 8px 28px; }
.figures .across { grid-column: 1 / -1; }
.chart { display: block; width: 100%; height: auto; }
.chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  fill: var(--muted); font-variant-numeric: tabular-nums; }
.chart .end { text-anchor: end; } .chart .middle, .chart .inside { text-anchor: middle; }
.chart .inside { fill: var(--on-fill); font-weight: 600; }
.chart .total, .chart .strong { fill: var(--ink); font-weight: 600; }
.chart path { fill: none; stroke: var(--line); }
.chart .axis { stroke: var(--muted); }
.chart .curve { stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.chart .area { stroke: none; fill: var(--area); }
.chart .likely { stroke: var(--ink); stroke-width: 1.5; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0 0; padding: 0; font-size: 13px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; vertical-align: -1px; }
rect.is-perfect, rect.is-done { fill: var(--perfect); } i.is-perfect, i.is-done { background: var(--perfect); }
rect.is-good, rect.by-source { fill: var(--good); } i.is-good, i.by-source { background: var(--good); }
rect.is-decision, rect.by-target { fill: var(--decision); } i.is-decision, i.by-target { background: var(--decision); }
rect.is-failed { fill: var(--failed); } i.is-failed { background: var(--failed); }
rect.is-waiting, rect.by-unknown { fill: var(--waiting); } i.is-waiting, i.by-unknown { background: var(--waiting); }
rect.is-running, rect.by-godwit { fill: var(--running); } i.is-running, i.by-godwit { background: var(--running); }
rect.is-stopped { fill: var(--stopped); } i.is-stopped { background: var(--stopped); }
rect.by-line { fill: var(--by-line); } i.by-line { background: var(--by-line); }
rect.by-limits { fill: var(--by-limits); } i.by-limits { background: var(--by-limits); }
rect.expected { fill: var(--line); stroke: var(--muted); } i.expected { background: var(--line); border: 1px solid var(--muted); }
rect.actual { fill: var(--accent); } i.actual { background: var(--accent); }
footer { padding-top: 20px; padding-bottom: 48px; }
@media print {
  @page { margin: 14mm 12mm; }
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 9.5pt; }
  main, header, footer { max-width: none; padding: 0; }
  header { padding-top: 0; }
  h1 { font-size: 20pt; } h2 { font-size: 13pt; margin-top: 20pt; break-after: avoid; }
  .title, .title + p, summary, caption, figcaption { break-after: avoid; }
  summary { list-style: none; } summary::-webkit-details-marker { display: none; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures-row { grid-template-columns: repeat(4, 1fr); }
  .figures-row dd { font-size: 13pt; }
  th, td { padding: 2.5pt 8pt 2.5pt 0; } .lead { font-size: 11pt; }
  .people, .examples { min-width: 0; font-size: 8pt; } .people td.remarks, .small, .people .number .small,
  .badge { font-size: 7.5pt; } .badge { line-height: 1.4; }
  .wide { overflow: visible; }
  tr, figure, .figures-row, .together { break-inside: avoid; }
  thead { display: table-header-group; }
  .new-page { break-before: page; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
)css";
}

}  // namespace godwit::report
