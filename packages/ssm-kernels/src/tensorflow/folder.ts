import { join } from 'node:path';
import { cacheRoot, type Environment } from '../system/index.js';

/** Where `npm run tensorflow:enable` puts what it builds: `tensorflow` in the user's cache folder, see cacheRoot. */
export function tensorflowFolder(env: Environment = process.env): string {
  return join(cacheRoot(env), 'tensorflow');
}
