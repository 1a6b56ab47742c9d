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
<section aria-label="Counts"><table><thead><tr><th>product<th>verdict<th>pictures</thead><tbody id="counts"></tbody></table></section>
<section id="trend" aria-label="Trend"></section>
<section id="pictures" aria-label="Last pictures"></section>
<p><a href="docs">interface</a></p>
</html>
`;

export const LIVE_CSS = `:root{color-scheme:light dark;font:16px/1.4 system-ui,sans-serif}
body{margin:1rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #8886}td:last-child{text-align:right;font-variant-numeric:tabular-nums}
#warnings{padding:0;list-style:none}#warnings li{background:#a16207;color:#fff;padding:.5rem .8rem;margin:.3rem 0}
#pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.8rem;margin:1rem 0}
figure{margin:0;overflow-wrap:anywhere}figure img,figure div{width:100%;height:8rem;object-fit:contain;background:#8882}
.OK{color:#15803d}.REVIEW{color:#a16207}.NG{color:#b91c1c}.UNKNOWN{color:#7e22ce}b{margin-right:.4rem}
svg{width:100%;height:8rem;background:#8881}svg line{stroke:#b91c1c;stroke-dasharray:4}svg circle{fill:currentColor}
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
  const y = (value) => 48 - (46 * Math.min(value, most)) / most;
  chart.append(draw('line', { x1: 0, x2: 200, y1: y(1), y2: y(1) }));
  points.forEach((one, i) => chart.append(draw('circle', { cx: 200 - points.length + i, cy: y(one.scoreOfLimit), r: 0.8, class: one.verdict || '' })));
  const section = make('div', '');
  section.append(make('h2', product || 'pictures'), chart);
  return section;
}
function pictureOf({ result, thumbnail }) {
  const figure = make('figure', '');
  figure.append(thumbnail ? make('img', '', { src: thumbnail, alt: '' }) : make('div', ''));
  const verdict = result.error === null ? result.verdict || 'no verdict' : 'error';
  const multiple = result.scoreOfLimit === null ? '' : result.scoreOfLimit.toFixed(2) + ' × limit ';
  figure.append(make('b', verdict, { className: verdict }), make('span', multiple + (result.class || '')), make('br', ''), make('small', result.file.split(/[\\\\/]/).at(-1)));
  figure.title = result.error || result.doubts.join('; ');
  return figure;
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
    at('counts').replaceChildren(
      ...found.counts.map((one) => {
        const row = make('tr', '');
        row.append(make('td', one.product || '–'), make('td', one.verdict, { className: one.verdict }), make('td', String(one.pictures)));
        return row;
      }),
    );
    at('trend').replaceChildren(...found.trend.map(trendOf));
    at('pictures').replaceChildren(...found.pictures.map(pictureOf));
  } catch {
    state.textContent = 'the station does not answer';
  }
}
show();
setInterval(show, 2000);
`;
