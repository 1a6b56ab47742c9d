// A worker thread that runs from TypeScript source (development and tests): it registers the loaders, because a worker
// does not inherit them from --import. Its last argument names the module in apps/trainer/src.
import './tfjs-esm-hook.mjs';
import { register } from 'tsx/esm/api';

register();
await import(`../../apps/trainer/src/${process.argv.at(-1)}.ts`);
