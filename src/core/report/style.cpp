// Colours have a contrast of at least 4.5 to 1 for text and 3 to 1 for marks, in the light and in
// the dark scheme.
#include "core/report/sections.hpp"

namespace pt::report {

std::string_view style() {
  return R"css(:root {
  color-scheme: light dark;
  --ink: #1a1f26; --quiet: #525b66; --page: #ffffff; --card: #f4f6f8; --rule: #c9d0d8; --grid: #e3e7ec;
  --link: #0a53a8; --before: #5d6773; --after: #0a5fb4; --good: #0f6b2f; --good-card: #e8f5ec;
  --bad: #a8201a; --bad-card: #fdeeed; --doubt: #7a4a00; --doubt-card: #fdf4e3; --limit: #a8201a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8ebef; --quiet: #a9b3be; --page: #14181d; --card: #1e242b; --rule: #465160; --grid: #2a323b;
    --link: #86bdf7; --before: #aeb7c2; --after: #62aaf2; --good: #6fd08c; --good-card: #13291b;
    --bad: #ff9189; --bad-card: #351817; --doubt: #f0bd68; --doubt-card: #302410; --limit: #ff9189;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 0 1rem 3rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -60rem; } .skip:focus { position: static; display: inline-block; padding: .5rem; }
header { padding-top: 1rem; }
h1 { font-size: 1rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet);
  margin: 1.2rem 0 .3rem; line-height: 1.3; }
h1 .subject { font-size: 1.9rem; letter-spacing: 0; text-transform: none; color: var(--ink); }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 3rem 0 .6rem; padding-top: .6rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .3rem; }
p, ul, dl { max-width: 42rem; margin: .5rem 0 .8rem; }
.banner { display: inline-block; margin: 0; padding: .15rem .6rem; border: 1px solid var(--rule); border-radius: 1rem;
  font-size: .85rem; color: var(--quiet); }
.banner.internal { border-color: var(--doubt); color: var(--doubt); background: var(--doubt-card); font-weight: 600; }
.facts, .note { color: var(--quiet); font-size: .92rem; }
nav ul { list-style: none; margin: 1rem 0 0; padding: .7rem 0 0; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem;
  border-top: 1px solid var(--rule); max-width: none; font-size: .92rem; }
.verdict { padding: 1rem 1.2rem; border-left: .5rem solid; border-radius: .3rem; margin: 1rem 0; }
.verdict p { margin: .3rem 0; } .verdict .head { font-size: 1.3rem; font-weight: 700; line-height: 1.35; }
.holds { border-color: var(--good); background: var(--good-card); } .holds .head { color: var(--good); }
.fails { border-color: var(--bad); background: var(--bad-card); } .fails .head { color: var(--bad); }
.reservations { border-color: var(--doubt); background: var(--doubt-card); } .reservations .head { color: var(--doubt); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.2rem 0;
  padding: 0; max-width: none; }
.tiles div { background: var(--card); border-radius: .4rem; padding: .7rem .9rem; display: flex; flex-direction: column-reverse;
  justify-content: flex-end; }
.tiles dt { font-weight: 400; margin: 0; font-size: .85rem; color: var(--quiet); line-height: 1.35; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 700; line-height: 1.25; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 2rem; align-items: start; }
figure { margin: 1.2rem 0 .6rem; max-width: 36rem; } figcaption { font-weight: 600; margin-bottom: .4rem; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--ink); stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; paint-order: stroke; } svg .end { text-anchor: end; } svg .tick { fill: var(--quiet); text-anchor: middle; font-size: 11px; }
svg .tick.start { text-anchor: start; } svg .tick.end { text-anchor: end; }
svg .grid { stroke: var(--grid); } svg .track { stroke: var(--rule); } svg .across { stroke-width: 1.5; stroke-dasharray: 5 3; }
svg .interval { stroke-width: 2; } svg .fill.before, svg .fill.after { stroke: none; }
svg .before { stroke: var(--before); } svg .fill.before { fill: var(--before); }
svg .after { stroke: var(--after); } svg .fill.after { fill: var(--after); }
svg .good { stroke: var(--good); } svg .fill.good { fill: var(--good); }
svg .bad { stroke: var(--bad); } svg .fill.bad { fill: var(--bad); }
svg .limit { stroke: var(--limit); } svg .target { stroke: var(--good); } svg .one { stroke: var(--ink); }
svg .ring { fill: none; stroke-width: 2; }
details { margin: .4rem 0 1rem; } summary { cursor: pointer; color: var(--link); width: fit-content; }
.scroll { overflow-x: auto; margin: .6rem 0 1rem; max-width: 100%; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.4; min-width: 18rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--grid); overflow-wrap: break-word;
  max-width: 26rem; }
thead th { border-bottom: 2px solid var(--rule); color: var(--quiet); font-weight: 600; } tbody th { font-weight: 500; }
tbody td:not(.n) { min-width: 8rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead .n { white-space: normal; }
td.good { color: var(--good); font-weight: 600; } td.bad { color: var(--bad); font-weight: 600; } td.doubtful { color: var(--doubt); }
code, pre { font: .88em/1.5 ui-monospace, "SF Mono", Consolas, "Liberation Mono", monospace; }
pre { background: var(--card); padding: .7rem .9rem; border-radius: .3rem; white-space: pre-wrap; max-width: none; margin: .5rem 0 1rem; }
dt { font-weight: 600; margin-top: .7rem; } dd { margin: 0; }
.lines { max-width: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 2.2rem 2rem; margin-top: 1.5rem; }
.lines p { border-top: 1px solid var(--ink); margin: 2.4rem 0 0; padding-top: .3rem; font-size: .9rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .9rem; }
@media print {
  :root { color-scheme: light; --ink: #000; --quiet: #444; --page: #fff; --card: #f4f4f4; --rule: #999; --grid: #ddd; --link: #000;
    --before: #5d6773; --after: #0a5fb4; --good: #0f6b2f; --good-card: #fff; --bad: #a8201a; --bad-card: #fff; --doubt: #7a4a00;
    --doubt-card: #fff; --limit: #a8201a; }
  @page { margin: 18mm 15mm; }
  body { font-size: 10pt; max-width: none; padding: 0; } nav, .skip { display: none; }
  h2, h3, figcaption, caption { break-after: avoid; } figure, .verdict, .tiles, tr, .lines { break-inside: avoid; }
  figure { max-width: 120mm; } .scroll { overflow: visible; } a { text-decoration: none; }
  svg text { stroke: none; } table { font-size: 8.5pt; } summary { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
)css";
}

}  // namespace pt::report
