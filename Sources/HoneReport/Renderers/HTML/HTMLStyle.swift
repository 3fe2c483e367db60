// HTMLStyle.swift: how the page looks: on a desk, on a phone, in the dark, on paper.

enum HTMLStyle {
  static let sheet = """
    :root{\(Palette.light.properties)}
    @media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}
    *{box-sizing:border-box}
    body{margin:0 auto;padding:1rem;max-width:88rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
    h1{font-size:1.5rem;margin:.5rem 0 1rem;overflow-wrap:anywhere}
    h2{font-size:1.2rem;margin:2rem 0 .75rem;border-bottom:1px solid var(--line);padding-bottom:.25rem;overflow-wrap:anywhere}
    p{max-width:50rem;color:var(--soft);margin:.5rem 0}
    a{color:var(--link)}
    nav ul{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;list-style:none;margin:0;padding:.5rem .75rem;background:var(--panel);border-radius:6px}
    nav a{display:inline-block;padding:.25rem 0}
    .skip{position:absolute;left:-100rem}
    .skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem;z-index:9}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px}
    .scroll{overflow-x:auto;max-width:100%;margin:.75rem 0;border:1px solid var(--line);border-radius:6px}
    figure .scroll{border:0;margin:0}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13.5px;width:100%}
    th,td{padding:.3rem .6rem;text-align:left;white-space:nowrap;font-weight:400;border-bottom:1px solid var(--panel)}
    thead th,thead td{background:var(--panel);font-weight:600;border-bottom:1px solid var(--line)}
    th.g{text-align:center;border-left:1px solid var(--line)}
    .r{text-align:right}
    .better{color:var(--better);font-weight:600}
    .worse{color:var(--worse);font-weight:600}
    th button{all:unset;cursor:pointer;font:inherit;color:inherit;padding:.15rem 0}
    th button:focus-visible{outline:3px solid var(--link)}
    th[aria-sort=ascending] button::after{content:" ▲"}
    th[aria-sort=descending] button::after{content:" ▼"}
    tbody th:first-child{position:sticky;left:0;background:var(--paper);max-width:16rem;overflow:hidden;text-overflow:ellipsis}
    tbody tr:hover>*{background:var(--panel)}
    figure{margin:1rem 0;padding:.75rem;background:var(--paper);border:1px solid var(--line);border-radius:6px;min-width:0}
    figcaption{font-weight:600;margin-bottom:.5rem}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(34rem,100%),1fr));gap:1rem;align-items:start}
    .figures .wide{grid-column:1/-1}
    .figures figure{margin:0}
    svg{display:block;max-width:none;height:auto}
    svg.fit{width:100%;min-width:32rem}
    svg.lines{min-width:42rem;max-width:65rem}
    svg text{fill:var(--ink);font:12px system-ui,"DejaVu Sans",sans-serif}
    svg .soft{fill:var(--soft)}
    svg .axis{stroke:var(--line);stroke-width:1}
    svg .grid{stroke:var(--panel);stroke-width:1}
    svg .roof{stroke:var(--ink);stroke-width:2;fill:none}
    svg .ideal{stroke:var(--line);stroke-width:1.5;stroke-dasharray:6 4;fill:none}
    svg .curve{stroke-width:2;fill:none}
    svg .b{fill:var(--better);stroke:var(--better)}
    svg .w{fill:var(--worse);stroke:var(--worse)}
    svg .t{fill:var(--soft);stroke:var(--soft)}
    svg .sep{stroke:var(--paper);stroke-width:1}
    @media (max-width:40rem){body{padding:.6rem;font-size:14px}th,td{padding:.25rem .4rem}h1{font-size:1.25rem}tbody th:first-child{max-width:9.5rem}}
    @media print{:root{\(Palette.light.properties)}body{max-width:none;font-size:10px}nav,.skip{display:none}.scroll{overflow:visible;border:0}table{font-size:8px}th,td{padding:.1rem .25rem}figure{break-inside:avoid;border:0;padding:0}tr{break-inside:avoid}thead{display:table-header-group}svg,svg.fit,svg.lines{max-width:100%;min-width:0}tbody th:first-child{position:static}}

    """
}
