"""How the page looks: light and dark, on a phone and on a desk, with the fonts of the machine."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark;
  --ground: #f6f7f9; --card: #fff; --ink: #1b2430; --soft: #566272; --line: #d9dee5;
  --good: #0b6b3a; --good-ground: #e3f4ea; --bad: #a3161f; --bad-ground: #fde8e8;
  --warn: #7a4b00; --warn-ground: #fdf1d8; --blue: #1f5fa8;
  --endpoint: #7b8794; --stt: #2474b5; --think: #0f8a68; --tools: #d99a00; --tts: #cc5a14;
  --send: #b75f97; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #11161d; --card: #1a212b; --ink: #e7ecf2; --soft: #a3b0bf; --line: #313c4a;
  --good: #7fdca6; --good-ground: #11321f; --bad: #ff9a9a; --bad-ground: #401a1d;
  --warn: #f2c56b; --warn-ground: #372a0f; --blue: #79b4f2;
  --endpoint: #8d9aa9; --stt: #5aa5e6; --think: #35b893; --tools: #e8b53a; --tts: #e98149;
  --send: #d58bba; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .4rem 0; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
p { margin: .4rem 0 .8rem; } .soft { color: var(--soft); }
a { color: var(--blue); } code { overflow-wrap: anywhere; font-size: .9em; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem; margin: 1rem 0; }
.verdict { border-left: .45rem solid; border-radius: .4rem; padding: .7rem 1rem; margin: .8rem 0;
  font-weight: 600; overflow-wrap: anywhere; }
.verdict ul { margin: .3rem 0 0; padding-left: 1.2rem; font-weight: 400; }
.kept { background: var(--good-ground); color: var(--good); border-color: var(--good); }
.blown { background: var(--bad-ground); color: var(--bad); border-color: var(--bad); }
.note { background: var(--warn-ground); color: var(--warn); border-color: var(--warn); }
.tiles { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  margin: 1rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .6rem .8rem; }
.tiles b { display: block; font-size: 1.45rem; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; margin: .4rem 0; } .scroll > table { min-width: 34rem; }
.scroll:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; font-size: .85rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
.bad-text { color: var(--bad); font-weight: 600; } .good-text { color: var(--good); }
.unheard { color: var(--soft); text-decoration: line-through; }
.falls { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.multiples { display: grid; gap: .5rem 1rem;
  grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); }
figure { margin: 0; min-width: 0; } figcaption { font-size: .85rem; color: var(--soft); }
.wide { overflow-x: auto; } .wide > svg { min-width: 40rem; }
svg.chart { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; font-family: inherit; }
svg .strong { fill: var(--ink); font-weight: 600; } svg .axis { font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .sum { stroke: var(--soft); }
svg .bar { fill: var(--stt); } svg .mark { stroke: var(--ink); stroke-dasharray: 3 3; }
svg .up { fill: none; stroke: var(--blue); stroke-width: 2; }
svg .bad { stroke: var(--bad); stroke-width: 2; fill: none; }
svg .fault { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg g polyline { fill: none; stroke-width: 1.8; }
svg g.p95 polyline { stroke: var(--ink); stroke-dasharray: 4 3; }
svg g.p95 circle { fill: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; margin: .3rem 0 .6rem;
  list-style: none; font-size: .85rem; color: var(--soft); }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem;
  margin-right: .35rem; vertical-align: -.08rem; }
.legend i.dash { height: 0; border-top: 2px dashed var(--ink); vertical-align: .25rem;
  border-radius: 0; }
details { border-top: 1px solid var(--line); padding: .5rem 0; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
audio { width: 100%; margin: .5rem 0; }
footer { color: var(--soft); font-size: .85rem; padding: 0 0 2rem; overflow-wrap: anywhere; }
""" + "".join(
    f".s-{stage} {{ fill: var(--{stage}); background: var(--{stage}); }}\n"
    f"svg g.l-{stage} polyline {{ stroke: var(--{stage}); }}"
    f" svg g.l-{stage} circle {{ fill: var(--{stage}); }}\n"
    for stage in ("endpoint", "stt", "think", "tools", "tts", "send")
)
