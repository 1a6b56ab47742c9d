// npm run kernels:table: writes the table of ops into the README of ssm-kernels.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withTable } from './table.js';

const readme = fileURLToPath(new URL('../../packages/ssm-kernels/README.md', import.meta.url));
writeFileSync(readme, withTable(readFileSync(readme, 'utf8')));
