// `prepack` of every package: rebuilds the one in the current folder from its sources.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
// turbo mixes the files of a cached build with those of an older one
rmSync('dist', { recursive: true, force: true });
const bootstrap = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));
// stdout belongs to `npm pack --json`
const { status } = spawnSync(process.execPath, [bootstrap, 'build:package', `--filter=${name}`], {
  stdio: ['ignore', 2, 2],
});
process.exit(status ?? 1);
