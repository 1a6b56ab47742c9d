// vitest's global setup: names the run, and removes what its tests shared.
import { rmSync } from 'node:fs';
import { folderOf, RUN } from './once.ts';

export default function setup(): () => void {
  const run = (process.env[RUN] = `${process.pid}`);
  return () => rmSync(folderOf(run), { recursive: true, force: true });
}
