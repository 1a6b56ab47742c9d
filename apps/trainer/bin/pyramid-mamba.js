#!/usr/bin/env node
// Committed, so that package managers can link it before the first build.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  console.error(
    'pyramid-mamba is not built yet; run `npm run build` (or `npm start`) in the repository first',
  );
  process.exitCode = 1;
}
