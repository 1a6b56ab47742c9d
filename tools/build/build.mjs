// usage: node tools/build/build.mjs: builds the packages, the command line and the page (`turbo run build`), and shows what is being built
// and for how long. What the tools print is shown only when they fail.
import { spawn } from 'node:child_process';

const REDRAW_MS = 500;
const LINE_MS = 5_000;
const [out, isTTY] = [process.stderr, process.stderr.isTTY === true];

/** Runs turbo; `onText` gets what it prints. Resolves to its exit code. */
function turbo(args, onText) {
  const child = spawn('turbo', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // turbo is a .cmd file there
    shell: process.platform === 'win32',
  });
  child.stdout.setEncoding('utf8').on('data', onText);
  child.stderr.setEncoding('utf8').on('data', onText);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}

/** `1:05`. */
const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

const started = Date.now();
let width = 0;
let drawn = 0;
let state = 'looking for what is to be built; the first time this takes a minute or two';

function draw(always) {
  if (!isTTY && !always && Date.now() - drawn < LINE_MS) return;
  drawn = Date.now();
  const text = `build: ${state} (${clock(Date.now() - started)})`;
  if (!isTTY) {
    out.write(`${text}\n`);
    return;
  }
  const shown = text.slice(0, Math.max(20, (out.columns || 80) - 1));
  out.write(`\r${shown.padEnd(width)}`);
  width = shown.length;
}

function clear() {
  if (width > 0) out.write(`\r${' '.repeat(width)}\r`);
  width = 0;
}

/** How many tasks are not in the cache; undefined where turbo does not say. */
async function missing() {
  let text = '';
  await turbo(['run', 'build', '--dry=json'], (part) => (text += part));
  try {
    const { tasks } = JSON.parse(text.slice(text.indexOf('{')));
    return tasks.filter(({ cache, command }) => cache.status === 'MISS' && command !== '<NONEXISTENT>')
      .length;
  } catch {
    return undefined;
  }
}

draw(true);
const timer = setInterval(() => draw(false), REDRAW_MS);
const total = await missing();
let printed = '';
let begun = 0;
let rest = '';
const code = await turbo(['run', 'build', '--output-logs=new-only', '--ui=stream'], (text) => {
  printed += text;
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    // a task begins: `@pyramid-mamba/viewer:build: cache miss, executing 0123…`
    const name = /(\S+):(?:build|kernels): cache (?:miss|bypass)/.exec(line)?.[1];
    if (name === undefined) continue;
    begun++;
    state = `${begun}${total === undefined ? '' : ` of ${total}`}, ${name}`;
    if (isTTY) draw(true);
  }
});
clearInterval(timer);
clear();
if (code !== 0) out.write(printed);
else if (begun > 0) out.write(`built in ${clock(Date.now() - started)}\n`);
process.exit(code);
