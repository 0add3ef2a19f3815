/** The whole look: no other file, no font, no script. Colours have a contrast of at least 4.5 to 1 on their ground. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--panel:#fff;--ink:#16191d;--dim:#566070;--line:#dce1e7;--soft:#f1f3f6;
--link:#0b57b0;--good:#11662f;--goodbg:#e6f4ea;--bad:#a8131d;--badbg:#fdeaea;--open:#7a4a00;--openbg:#fdf3dc;
--busy:#0b57b0;--busybg:#e6f0fb;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media(prefers-color-scheme:dark){:root{--bg:#0e1116;--panel:#161a21;--ink:#e7ebf0;--dim:#9aa6b4;--line:#2b323c;
--soft:#1d222b;--link:#82b7ff;--good:#6fdc8c;--goodbg:#12291a;--bad:#ff9a94;--badbg:#3a1517;--open:#f0c15c;
--openbg:#30250e;--busy:#82b7ff;--busybg:#13243a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.alarm{background:var(--bad);color:var(--panel);font-weight:700;padding:.55rem 1rem;text-align:center}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--panel);padding:.5rem}
.top{background:var(--panel);border-bottom:1px solid var(--line)}
.top>div,main,footer{max-width:74rem;margin:0 auto;padding:0 1.25rem}
.top>div{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;align-items:center;min-height:3.5rem;padding-top:.5rem;padding-bottom:.5rem}
.brand{display:flex;gap:.5rem;align-items:center;font-weight:700;font-size:1.05rem;color:var(--ink);text-decoration:none}
.brand svg{width:1.35rem;height:1.35rem;color:var(--link)}
nav{display:flex;gap:1.1rem}nav a{color:var(--dim);text-decoration:none;padding:.2rem 0}
nav a[aria-current]{color:var(--ink);font-weight:600;box-shadow:0 2px 0 var(--link)}nav a:hover{color:var(--ink)}
.find{margin-left:auto;display:flex;gap:.4rem;flex:0 1 25rem}
.find input{flex:1;min-width:0}
input,select,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--dim);border-radius:.375rem;padding:.35rem .6rem}
button{background:var(--soft);cursor:pointer;font-weight:600}
main{padding-top:1.5rem;padding-bottom:2.5rem}
footer{color:var(--dim);font-size:.85rem;padding-bottom:2rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .35rem;letter-spacing:-.01em}
h2{font-size:1.08rem;margin:2rem 0 .6rem;letter-spacing:-.005em}
h3{font-size:.95rem;margin:0 0 .3rem}
p{margin:.3rem 0}
.dim,.lead{color:var(--dim)}.lead{margin:0 0 1rem}
.small{font-size:.85rem}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.15rem;margin:.75rem 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:.9rem;margin:.75rem 0}
.grid .panel{margin:0}.two{grid-template-columns:2fr 1fr}
.pill{display:inline-flex;gap:.35em;align-items:center;border-radius:99rem;padding:.08rem .6rem;font-weight:600;font-size:.85rem;white-space:nowrap;background:var(--soft);color:var(--dim)}
.pill.good{background:var(--goodbg);color:var(--good)}.pill.bad{background:var(--badbg);color:var(--bad)}
.pill.open{background:var(--openbg);color:var(--open)}.pill.busy{background:var(--busybg);color:var(--busy)}
.verdict{border-left:.4rem solid var(--dim)}
.verdict.good{border-left-color:var(--good);background:var(--goodbg)}.verdict.bad{border-left-color:var(--bad);background:var(--badbg)}
.verdict.open{border-left-color:var(--open);background:var(--openbg)}.verdict.busy{border-left-color:var(--busy);background:var(--busybg)}
.verdict strong.word{font-size:1.25rem;letter-spacing:.01em}
.verdict.good .word{color:var(--good)}.verdict.bad .word{color:var(--bad)}.verdict.open .word{color:var(--open)}.verdict.busy .word{color:var(--busy)}
.verdict .dim{color:var(--ink)}
.sides{display:grid;grid-template-columns:repeat(3,1fr);gap:0;padding:0;overflow:hidden}
.sides>div{padding:.9rem 1.1rem;border-left:1px solid var(--line)}.sides>div:first-child{border-left:0}
.sides .sign{float:right;font-weight:700}
code,.log{font-family:var(--mono);font-size:.84em}
code b{font-weight:700}
.sign.good{color:var(--good)}.sign.bad{color:var(--bad)}.sign.open{color:var(--open)}
.scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.5rem .8rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--dim);font-weight:600;font-size:.82rem;background:var(--soft)}
tbody th[scope=rowgroup]{background:var(--soft);font-weight:700}
tr.differs td{background:var(--badbg)}tr.missing td{background:var(--openbg)}
tr.differs td .dim,tr.missing td .dim{color:var(--ink)}
tr.whole td{color:var(--dim)}
.pair{padding:.1rem 0 .45rem}.pair+.pair,details .pair{border-top:1px solid var(--line);padding-top:.45rem}.pair p{margin:.1rem 0}
td.tight,th.tight{white-space:nowrap;width:1%}td.third,th.third{width:34%}
.number{text-align:right}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.1rem;margin:.25rem 0}
dt{color:var(--dim)}dd{margin:0;min-width:0}
ul{padding-left:1.15rem;margin:.3rem 0}li{margin:.2rem 0}
ol.time{list-style:none;padding:.35rem 1.15rem}ol.time li{display:grid;grid-template-columns:13rem 1fr;gap:1rem;padding:.3rem 0;border-top:1px solid var(--line);margin:0}
ol.time li:first-child{border-top:0}ol.time time{color:var(--dim)}
ol.time li.ahead{color:var(--dim);font-style:italic}
.bar{display:block;width:100%;height:.5rem;margin:.35rem 0;border:0;border-radius:99rem;overflow:hidden;background:var(--line);appearance:none}
.bar::-webkit-progress-bar{background:var(--line)}.bar::-webkit-progress-value{background:var(--busy)}.bar::-moz-progress-bar{background:var(--busy)}
.log{background:#11151b;color:#d9e0e8;border-radius:.5rem;padding:.75rem .9rem;margin:.5rem 0;overflow:auto;max-height:24rem;white-space:pre-wrap;line-height:1.45}
.log.tail{display:flex;flex-direction:column-reverse}.log.live{max-height:none;height:70vh}
.filters{display:flex;flex-wrap:wrap;gap:.8rem;align-items:end;margin:.75rem 0}.filters label{font-size:.85rem;color:var(--dim)}
.filters select,.filters input{display:block;margin-top:.15rem;color:var(--ink)}
.pages{display:flex;gap:1rem;align-items:center;margin:.75rem 0}
figure{margin:0}figcaption{font-weight:600;margin-bottom:.4rem}
svg.chart{display:block;width:100%;height:auto;max-height:13rem}
.chart text{fill:var(--dim);font-size:11px;font-family:inherit}.chart line{stroke:var(--line)}
.chart .verified{fill:var(--good)}.chart .mismatch{fill:var(--bad)}.chart .inconclusive{fill:var(--open)}.chart .built{fill:var(--busy)}
.key span{display:inline-flex;gap:.35rem;align-items:center;margin-right:1rem}.key i{width:.7rem;height:.7rem;border-radius:.15rem;display:inline-block}
.key .verified{background:var(--good)}.key .mismatch{background:var(--bad)}.key .inconclusive{background:var(--open)}
.fold{padding:.55rem 1.15rem;margin:.5rem 0}.fold>summary h2{display:inline;margin:0}.fold[open]>summary{margin-bottom:.6rem}
.fold ol.time.panel{border:0;padding:0;margin:0}
details summary{cursor:pointer;color:var(--link);padding:.2rem 0}
.wells{list-style:none;padding:0;margin:0}.wells li{display:flex;gap:.75rem;justify-content:space-between;padding:.28rem 0;border-top:1px solid var(--line);margin:0}
.wells li:first-child{border-top:0}.wells .dim{text-align:right}
@media(max-width:44rem){.two{grid-template-columns:1fr}
body{font-size:16px}.top>div,main,footer{padding-left:.9rem;padding-right:.9rem}
.find{flex-basis:100%}
.sides{grid-template-columns:1fr}.sides>div{border-left:0;border-top:1px solid var(--line)}.sides>div:first-child{border-top:0}
dl{display:block}dt{margin-top:.45rem;font-size:.85rem}
ol.time li{grid-template-columns:1fr;gap:0}
table.wide thead{position:absolute;left:-99rem}
table.wide tr{display:block;border-top:1px solid var(--line);padding:.45rem 0}table.wide tbody:first-of-type tr:first-child{border-top:0}
table.wide td,table.wide th{display:block;border:0;padding:.16rem .9rem;width:auto;white-space:normal}
table.wide td[data-label]:not(:empty)::before{content:attr(data-label);display:block;color:var(--dim);font-size:.78rem}
table.wide tr.differs td[data-label]::before,table.wide tr.missing td[data-label]::before{color:var(--ink)}
.number{text-align:left}
}
`;
