import { createHash } from 'node:crypto';

/** The whole look: no other file, no font, no picture. Colours have a contrast of at least 4.5 to 1. */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--box:#f6f8fa;--link:#0a53a8;
--good:#116329;--bad:#b3161f;--open:#7a4a00}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--dim:#9aa4af;--line:#30363d;--box:#161b22;
--link:#79b8ff;--good:#56d364;--bad:#ff7b72;--open:#e3b341}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:70rem;margin:auto;padding:.75rem 1rem}
header nav a{margin-right:1rem}
footer,.dim{color:var(--dim)}
a{color:var(--link)}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.15rem;margin:1.75rem 0 .5rem}
.alarm{background:var(--bad);color:var(--back);font-weight:700;padding:.6rem 1rem;text-align:center}
.card{border:1px solid var(--line);border-radius:.5rem;background:var(--box);padding:.75rem 1rem;margin:.75rem 0}
.card p{margin:.25rem 0}
.verified,.well{color:var(--good);font-weight:700}
.mismatch,.ill{color:var(--bad);font-weight:700}
.inconclusive,.none{color:var(--open);font-weight:700}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem .4rem 0;text-align:left;vertical-align:top}
th{color:var(--dim);font-weight:600}
code{font:.85em/1.4 ui-monospace,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0}
dt{color:var(--dim)}dd{margin:0}
progress{width:100%;max-width:20rem;accent-color:var(--link)}
form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end}
select,button,input{font:inherit;padding:.3rem .5rem}
ul{padding-left:1.25rem}
@media(max-width:40rem){dl{display:block}dt{margin-top:.5rem}.list thead{position:absolute;left:-999rem}
.list tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}.list td{display:block;border:0;padding:.1rem 0}}
`;

/** What the style sheet is allowed by. @see https://www.w3.org/TR/CSP3/#external-hash */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
