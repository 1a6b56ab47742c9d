// How another page uses inspector.js: the element and its events.
import type { PyramidMambaInspector, VerdictDetail } from './index.js';
import './index.js';

const element = document.querySelector<PyramidMambaInspector>('pyramid-mamba-inspector')!;
const asked = new URLSearchParams(location.search);
for (const name of ['src', 'model', 'product', 'backend']) {
  const value = asked.get(name);
  if (value !== null) element.setAttribute(name, value);
}

const picked = document.querySelector<HTMLInputElement>('#model')!;
picked.addEventListener('change', () => {
  element.modelFile = picked.files?.[0] ?? null;
});

const list = document.querySelector('#verdicts')!;
element.addEventListener('verdict', (event) => {
  const { name, verdict, score, milliseconds } = (event as CustomEvent<VerdictDetail>).detail;
  const item = document.createElement('li');
  item.textContent = `${name}: ${verdict ?? 'no thresholds'}, score ${score.toFixed(4)}, ${milliseconds.toFixed(0)} ms`;
  list.append(item);
});
