// A worker thread that runs from TypeScript source (development and tests): it registers the loaders, because a worker
// does not inherit them from --import.
import './tfjs-esm-hook.mjs';
import { register } from 'tsx/esm/api';

register();
await import('../../apps/trainer/src/replicaWorker.ts');
