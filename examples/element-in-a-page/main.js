// Every verdict becomes a line of the page's own log.
const element = document.querySelector('pyramid-mamba-inspector');
const log = document.querySelector('#log');

function add(text) {
  const line = document.createElement('li');
  line.textContent = text;
  log.append(line);
}

element.addEventListener('verdict', ({ detail }) => {
  add(`${detail.className}: ${detail.verdict ?? 'no verdict'}, score ${detail.score.toFixed(3)}`);
});
element.addEventListener('error', ({ detail }) => add(`failed: ${detail}`));
