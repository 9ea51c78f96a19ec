//! The look of central's pages: the register's own colours as tokens, light, dark and high
//! contrast as the reader's machine asks for; big words, amounts at one edge; no script, no font
//! and no picture from anywhere.

/// The style sheet of every page.
pub(in crate::central) const STYLE: &str = r#"
:root{color-scheme:light dark;--paper:#f6f4ee;--card:#fff;--ink:#101b24;--quiet:#44525e;
--bar:#0b2e4f;--on-bar:#fff;--amber:#f2b134;--on-amber:#101b24;--action:#0b5cad;--on-action:#fff;
--good:#006b4f;--danger:#a8261c;--rule:#d9d6cc;--edge:#85837a;--soft:#eef2f6;--good-soft:#e2f3ec;
--amber-soft:#fdf1d6;--danger-soft:#fbe6e3}
@media (prefers-color-scheme:dark){:root{--paper:#0e151b;--card:#17212a;--ink:#eef2f5;
--quiet:#a9b7c2;--bar:#071d33;--action:#6ab0f3;--on-action:#07182a;--good:#5fd3ae;--danger:#ff9a8f;
--rule:#2b3945;--edge:#7c8b97;--soft:#1e2b36;--good-soft:#12312a;--amber-soft:#3a3016;
--danger-soft:#431d1a}}
@media (prefers-contrast:more){:root{--paper:#fff;--card:#fff;--ink:#000;--quiet:#1c1c1c;
--bar:#000;--action:#00408a;--good:#004d36;--danger:#8a0f06;--rule:#000;--edge:#000;--soft:#fff;
--good-soft:#fff;--amber-soft:#fff;--danger-soft:#fff}}
@media (prefers-contrast:more) and (prefers-color-scheme:dark){:root{--paper:#000;--card:#000;
--ink:#fff;--quiet:#e6e6e6;--action:#6cdfff;--on-action:#000;--good:#4df0a8;--danger:#ffa8a0;
--amber:#ffd400;--rule:#9a9a9a;--edge:#fff;--soft:#000;--good-soft:#000;--amber-soft:#000;
--danger-soft:#000}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
a{color:var(--action)}
:focus-visible{outline:3px solid var(--action);outline-offset:2px;border-radius:4px}
.bar{background:var(--bar);color:var(--on-bar)}
.bar>div{max-width:66rem;margin:0 auto;padding:.8rem 1rem;display:flex;gap:1rem;
align-items:center;justify-content:space-between;flex-wrap:wrap}
.bar b{font-size:1.15rem}.bar span{opacity:.86}
.bar form{margin:0;display:flex;gap:.7rem;align-items:center}
.bar button{background:transparent;color:var(--on-bar);border:1px solid var(--on-bar)}
main{max-width:66rem;margin:0 auto;padding:1.2rem 1rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .3rem}
h2{font-size:1.3rem;margin:2.2rem 0 .7rem}
h3{font-size:1.05rem;margin:1.2rem 0 .4rem}
p{margin:.4rem 0}
.quiet{color:var(--quiet)}
.steps{display:flex;gap:.6rem;list-style:none;margin:1rem 0 0;padding:0;flex-wrap:wrap}
.steps a{display:block;padding:.55rem 1rem;border-radius:2rem;background:var(--soft);
color:var(--ink);text-decoration:none;border:1px solid var(--rule)}
.steps a.done{background:var(--good-soft);border-color:var(--good)}
.steps a.now{background:var(--amber-soft);border-color:var(--amber);font-weight:600}
.card,.row,.fold{background:var(--card);border:1px solid var(--rule);border-radius:12px}
.card{padding:1rem 1.2rem}
.say{padding:.9rem 1.2rem;border-radius:12px;margin:1rem 0;font-size:1.05rem;
border:1px solid var(--rule);border-left-width:8px;background:var(--card)}
.say.good{border-left-color:var(--good);background:var(--good-soft)}
.say.wait{border-left-color:var(--amber);background:var(--amber-soft)}
.say.bad{border-left-color:var(--danger);background:var(--danger-soft)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card)}
th,td{padding:.55rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-size:.9rem;color:var(--quiet);font-weight:600}
tr:last-child td{border-bottom:0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.card.table{padding:.2rem .5rem}
.good-ink{color:var(--good);font-weight:600}.bad-ink{color:var(--danger);font-weight:600}
.row,.fold{margin:.55rem 0;overflow:hidden}
summary{cursor:pointer;list-style:none;padding:.8rem 1.1rem}
summary::-webkit-details-marker{display:none}
.row>summary{display:grid;grid-template-columns:10.5rem 1fr 6.5rem 9rem 1.2rem;gap:.9rem;
align-items:center}
.row>summary::after,.fold>summary::after{content:"▸";color:var(--quiet);text-align:right}
.row[open]>summary::after,.fold[open]>summary::after{content:"▾"}
.fold>summary{display:flex;gap:1rem;align-items:center}
.fold>summary .n{margin-left:auto}.fold>summary::after{width:1.2rem}
.row>summary:hover,.fold>summary:hover{background:var(--soft)}
.row[open]>summary{background:var(--soft)}
.what b{display:block;font-size:1.08rem}.what i{font-style:normal;color:var(--quiet)}
.money{font-size:1.12rem;font-weight:600}
.chip{display:inline-block;padding:.12rem .6rem;border-radius:1rem;font-size:.86rem;
font-weight:600;border:1px solid var(--edge);white-space:nowrap}
.chip.critical{background:var(--danger);color:var(--card);border-color:var(--danger)}
.chip.hold{background:var(--danger-soft);border-color:var(--danger);color:var(--danger)}
.chip.review{background:var(--amber);border-color:var(--amber);color:var(--on-amber)}
.inside{padding:.4rem 1.1rem 1.1rem;border-top:1px solid var(--rule)}
.inside .row>summary{grid-template-columns:1fr 6.5rem 9rem 1.2rem}
fieldset{border:0;padding:0;margin:.8rem 0 0;display:flex;gap:.5rem;flex-wrap:wrap}
legend{font-weight:600;padding:0;margin-bottom:.4rem}
.pick{display:inline-flex;gap:.5rem;align-items:center;border:1px solid var(--edge);
border-radius:10px;padding:.6rem .95rem;cursor:pointer;background:var(--card)}
.pick:has(:checked){background:var(--soft);border-color:var(--action);
box-shadow:inset 0 0 0 2px var(--action)}
.pick input{width:1.15rem;height:1.15rem;accent-color:var(--action);margin:0}
label.in{display:block;margin:.8rem 0 0;font-weight:600}
label.in input{display:block}
label.in span{display:block;font-weight:400;color:var(--quiet);font-size:.92rem}
input[type=text],input[type=password],select{font:inherit;width:100%;max-width:30rem;
padding:.6rem .75rem;
border:1px solid var(--edge);border-radius:8px;background:var(--card);color:var(--ink);
margin-top:.25rem}
.short input[type=text],.short input[type=password]{max-width:12rem}
button,.button{font:inherit;font-weight:600;padding:.65rem 1.3rem;border-radius:10px;
cursor:pointer;border:1px solid var(--action);background:var(--action);color:var(--on-action);
text-decoration:none;display:inline-block}
button:hover{filter:brightness(1.08)}
.button.plain{background:var(--card);color:var(--action)}
.go{margin-top:1rem;display:flex;gap:.8rem;flex-wrap:wrap;align-items:center}
.two{display:flex;gap:1rem;flex-wrap:wrap}
.second{border-left:6px solid var(--amber);padding:.1rem 0 .3rem .9rem;margin-top:1rem}
@supports selector(:has(*)){form label.more,form p.more{display:none}
form:has([value=correct]:checked) .more.correct,form:has([value=reassign]:checked) .more.reassign,
form:has([value=ask]:checked) .more.ask,form:has([value=count]:checked) .more.count,
form:has([value=again_as]:checked) .more.again_as,
form:has([value=by_hand]:checked) .more.by_hand{display:block}
form:has([value=ask]:checked) .second{display:none}}
.mono{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.85rem;
overflow-wrap:anywhere}
@media (max-width:720px){.row>summary{grid-template-columns:1fr auto 1.2rem;gap:.2rem .7rem}
.row>summary .chip{grid-column:1/-1;justify-self:start}
.row>summary .what{grid-column:1/-1}
.inside .row>summary{grid-template-columns:1fr auto 1.2rem}
h1{font-size:1.5rem}}
@media print{.bar,.steps,.no-print,form{display:none!important}body{background:#fff;color:#000;
font-size:10.5pt}main{max-width:none;padding:0}.card,.row,.fold{border:0}
table{break-inside:auto}tr{break-inside:avoid}th,td{padding:.25rem .4rem}h2{break-after:avoid}}
"#;
