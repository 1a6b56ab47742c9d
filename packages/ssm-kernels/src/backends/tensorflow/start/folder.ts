import { join } from 'node:path';
import { cacheRoot, type Environment } from '../../../system/index.js';

/** The output folder of `npm run tensorflow:enable`: `tensorflow` in the user's cache folder, see cacheRoot. */
export function tensorflowFolder(env: Environment = process.env): string {
  return join(cacheRoot(env), 'tensorflow');
}
