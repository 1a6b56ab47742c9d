// Starts `command.cjs` beside it from V8's code cache: compiling the bundle would be most of a short process's time. CODE_CACHE=write
// makes the cache when the process ends, so that the functions it used are in it.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

// V8 rejects a cache that was made with other flags: the command sets this one itself, but later (allowRelaxedSimd)
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

const filename = join(__dirname, 'command.cjs');
const cache = join(__dirname, 'command.cache');
const script = new Script(wrap(readFileSync(filename, 'utf8')), {
  filename,
  cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
});
if (process.env.CODE_CACHE === 'write') {
  process.on('exit', () => writeFileSync(cache, script.createCachedData()));
} else if (script.cachedDataRejected) {
  throw new Error(`${cache} is of another version of Node, or of other flags of V8`);
}
script.runInThisContext()({}, createRequire(filename), module, filename, dirname(filename));
