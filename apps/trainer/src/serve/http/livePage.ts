/** The page's policy: its own script and style, pictures as data, requests to this service only. */
export const LIVE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const LIVE_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pyramid-Mamba station</title>
<link rel="stylesheet" href="live.css">
<script src="live.js" defer></script>
<h1>Station <small id="state" role="status">…</small></h1>
<form id="token" hidden><label>Token <input type="password" autocomplete="off" required></label> <button>Show</button></form>
<ul id="warnings" aria-label="Warnings"></ul>
<section aria-label="Counts"><table id="counts"></table></section>
<section id="trend" aria-label="Trend"></section>
<section id="pictures" aria-label="Last pictures"></section>
<p><a href="docs">interface</a></p>
</html>
`;

export const LIVE_CSS = `:root{color-scheme:light dark;font:16px/1.4 system-ui,sans-serif;--ok:#15803d;--review:#a16207;--ng:#b91c1c;--unknown:#7e22ce}
@media(prefers-color-scheme:dark){:root{--ok:#4ade80;--review:#facc15;--ng:#f87171;--unknown:#c084fc}}
body{margin:1rem auto;max-width:70rem;padding:0 1rem}
h1 small{font-size:1rem;font-weight:400}h2{font-size:1.1rem;margin:1.2rem 0 .3rem}h2 small{font-weight:400}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #8886;font-variant-numeric:tabular-nums}
td:first-child,th:first-child{text-align:left;padding-left:0;overflow-wrap:anywhere}
#warnings{padding:0;list-style:none}#warnings li{background:#854d0e;color:#fff;padding:.5rem .8rem;margin:.3rem 0}
#pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.8rem;margin:1rem 0}
figure{margin:0;overflow-wrap:anywhere}figure img,figure div{display:block;width:100%;height:8rem;object-fit:contain;background:#8882}figure small{display:block}
.OK{color:var(--ok)}.REVIEW{color:var(--review)}.NG{color:var(--ng)}.UNKNOWN{color:var(--unknown)}b{margin-right:.4rem}
svg{display:block;width:100%;height:8rem;background:#8881}svg path{stroke:currentColor;vector-effect:non-scaling-stroke;stroke-width:6;stroke-linecap:round}
svg .limit{stroke-width:1.5;stroke-dasharray:6;stroke-linecap:butt}
`;

/** Text goes into the page as text only. */
export const LIVE_JS = `const at = (id) => document.getElementById(id);
const make = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
const SVG = 'http://www.w3.org/2000/svg';
const draw = (name, attributes) => {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
};
let token = sessionStorage.getItem('token');
const form = at('token');
form.addEventListener('submit', (event) => {
  event.preventDefault();
  token = form.querySelector('input').value;
  sessionStorage.setItem('token', token);
  show();
});
function trendOf({ product, points }) {
  const chart = draw('svg', { viewBox: '0 0 200 50', preserveAspectRatio: 'none', role: 'img', 'aria-label': product + ': scores of the last pictures, as multiples of the limit' });
  const most = Math.max(1.5, ...points.map((one) => Math.min(one.scoreOfLimit, 5)));
  const y = (value) => 47 - (44 * Math.min(value, most)) / most;
  chart.append(draw('path', { d: 'M0 ' + y(1) + 'H200', class: 'limit' }));
  // a line of no length with round ends: a dot that no stretching makes oval
  points.forEach((one, i) => chart.append(draw('path', { d: 'M' + (199 - points.length + i) + ' ' + y(one.scoreOfLimit) + 'h0', class: one.verdict || '' })));
  const section = make('div', '');
  const title = make('h2', (product || 'pictures') + ' ');
  title.append(make('small', (points.length === 1 ? 'score of the last picture' : 'scores of the last ' + points.length + ' pictures') + '; dashed: the limit'));
  section.append(title, chart);
  return section;
}
function pictureOf({ result, thumbnail }) {
  const figure = make('figure', '');
  figure.append(thumbnail ? make('img', '', { src: thumbnail, alt: '' }) : make('div', ''));
  const verdict = result.error === null ? result.verdict || 'no verdict' : 'error';
  const multiple = result.scoreOfLimit === null ? '' : result.scoreOfLimit.toFixed(2) + ' × limit ';
  figure.append(make('b', verdict, { className: verdict }), make('span', multiple + (result.class || '')), make('small', result.file.split(/[\\\\/]/).at(-1)), make('small', result.error || result.doubts.join('; ')));
  return figure;
}
/** A row for each product, a column for each verdict that there was. */
function countsOf(counts) {
  const unique = (key) => [...new Set(counts.map((one) => one[key]))];
  const verdicts = unique('verdict');
  const head = make('tr', '');
  head.append(make('th', 'pictures'), ...verdicts.map((one) => make('th', one, { className: one })));
  const rows = unique('product').map((product) => {
    const row = make('tr', '');
    const of = (verdict) => counts.find((one) => one.product === product && one.verdict === verdict);
    row.append(make('td', product || 'unknown product'), ...verdicts.map((one) => make('td', String(of(one)?.pictures ?? 0))));
    return row;
  });
  return rows.length > 0 ? [head, ...rows] : [];
}
async function show() {
  const state = at('state');
  try {
    const answer = await fetch('v1/recent', { headers: token ? { Authorization: 'Bearer ' + token } : {} });
    form.hidden = answer.status !== 401;
    if (!answer.ok) {
      state.textContent = (await answer.json()).error;
      return;
    }
    const found = await answer.json();
    state.textContent = (found.ready ? 'ready' : 'not ready') + ', since ' + new Date(found.since).toLocaleString();
    const failing = found.outputs.filter((one) => one.failure !== null).map((one) => one.name + ': ' + one.failure);
    at('warnings').replaceChildren(...found.warnings.map((one) => make('li', one.message)), ...failing.map((one) => make('li', one)));
    at('counts').replaceChildren(...countsOf(found.counts));
    at('trend').replaceChildren(...found.trend.map(trendOf));
    at('pictures').replaceChildren(...found.pictures.map(pictureOf));
  } catch {
    state.textContent = 'the station does not answer';
  }
}
show();
setInterval(show, 2000);
`;
