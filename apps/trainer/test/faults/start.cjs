// Starts `command.cjs` beside it from V8's code cache: compiling the bundle would be most of a short process's time. CODE_CACHE=write
// makes the cache when the process ends, so that the functions it used are in it.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, 'command.cjs');
const cache = join(__dirname, 'command.cache');
const script = new Script(wrap(readFileSync(filename, 'utf8')), {
  filename,
  cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
});
if (process.env.CODE_CACHE === 'write') {
  process.on('exit', () => writeFileSync(cache, script.createCachedData()));
} else if (script.cachedDataRejected) {
  throw new Error(`${cache} is of another version of Node`);
}
script.runInThisContext()({}, createRequire(filename), module, filename, dirname(filename));
