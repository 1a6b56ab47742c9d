import { homedir } from 'node:os';
import { join } from 'node:path';

/** $XDG_CACHE_HOME/pyramid-mamba/tensorflow, or the same under ~/.cache: where `npm run tensorflow:enable` puts what it builds. */
export function tensorflowFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pyramid-mamba', 'tensorflow');
}
