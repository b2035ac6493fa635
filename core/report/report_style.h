// The style sheet of report.html.
#pragma once

namespace miafr {

inline constexpr const char* kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1c2024; --soft: #5b636b; --line: #dfe2e5; --grid: #e3e6e9; --mark: #eef3f8;
  --warn-page: #fff6e0; --warn-line: #d99a00; --link: #0b62a8;
  --c1: #0072b2; --c2: #d55e00; --c3: #009e73; --c4: #b8578f; --c5: #3a9fd6; --c6: #b97f00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #a3abb3; --line: #343a40; --grid: #2e343a; --mark: #232b33;
    --warn-page: #2e2611; --warn-line: #c99a2e; --link: #7cc0f5;
    --c1: #4da8e0; --c2: #ff8a3d; --c3: #2fc79a; --c4: #e6a0cb; --c5: #8cd0f7; --c6: #ffc04d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35em; }
h2 { font-size: 1.25rem; margin: 2.2em 0 .5em; padding-top: .6em; border-top: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 1.6em 0 .5em; }
p { max-width: 78ch; margin: .5em 0; }
.soft, figcaption, .note, footer { color: var(--soft); }
nav { margin: .8em 0 0; display: flex; flex-wrap: wrap; gap: .2em 1.1em; font-size: .93rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.warnings { background: var(--warn-page); border-left: 4px solid var(--warn-line); border-radius: 4px;
  padding: .6em 1em; margin: 1.2em 0; }
.warnings ul { margin: .2em 0; padding-left: 1.2em; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin: .8em 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
.note { font-size: .87rem; line-height: 1.4; margin: -.3em 0 1.2em; padding: 0 .2em; }
th, td { padding: .42em .65em; text-align: right; white-space: nowrap; vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--line); vertical-align: bottom; }
tbody tr + tr { border-top: 1px solid var(--grid); }
tbody th { font-weight: 600; }
th.text, td.text { text-align: left; }
td.wrap { white-space: normal; min-width: 14em; }
.headline th, .headline td { white-space: normal; overflow-wrap: anywhere; min-width: 11em; }
tr.group th { font-weight: 400; padding-left: 1.9em; }
tr.real, tr.total { background: var(--mark); }
.big { font-size: 1.12rem; font-weight: 650; }
.sub { display: block; color: var(--soft); font-size: .82rem; font-weight: 400; }
.chip { display: inline-block; width: .75em; height: .75em; border-radius: 50%; margin-right: .5em; }
.tag { display: inline-block; border: 1px solid var(--warn-line); color: var(--warn-line); border-radius: 99px;
  padding: 0 .6em; font-size: .78rem; font-weight: 600; }
.plots { columns: 2 440px; column-gap: 16px; margin: 1em 0; }
.plots figure { break-inside: avoid; margin-bottom: 16px; }
figure { margin: 0; padding: 12px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 680px; height: auto; margin: 0 auto; }
figcaption { font-size: .86rem; line-height: 1.4; padding: .3em .3em 0; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 12px; }
.pairs img { width: 48%; aspect-ratio: 1; object-fit: cover; border-radius: 4px; }
.grid img { display: block; margin: 0 auto; width: 112px; max-width: none; border-radius: 4px; }
.grid td, .grid th { padding: 4px; text-align: center; vertical-align: middle; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25em 1.2em; font-size: .93rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
ol.rules { padding-left: 1.3em; max-width: 82ch; font-size: .94rem; }
ol.rules li { margin: .3em 0; }
details { margin: .6em 0; }
summary { cursor: pointer; color: var(--link); }
footer { padding: 2em 20px 3em; font-size: .87rem; }
@media (max-width: 600px) {
  body { font-size: 15px; }
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  h1 { font-size: 1.4rem; }
  th, td { padding: .4em .55em; }
  figure { padding: 8px 4px; }
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: .4em; }
  .scroll:not(.headline) th.text:first-child { position: sticky; left: 0; background: var(--card); min-width: 6.2em; max-width: 42vw;
    white-space: normal; overflow-wrap: break-word; }
  .scroll:not(.headline) tr.total th.text:first-child { background: var(--mark); }
  .headline thead { display: none; }
  .headline tr, .headline th { display: block; }
  .headline td { display: block; text-align: left; padding-left: 2em; }
  .headline td::before { content: attr(data-matcher) ": "; color: var(--soft); }
}
@media print {
  .scroll { overflow: visible; }
  figure, tr { break-inside: avoid; }
}
)css";

}  // namespace miafr
