// A worker thread that runs from TypeScript source (development and tests): loaders are registered here, because a worker
// does not take them from --import.
import './tfjs-esm-hook.mjs';
import { register } from 'tsx/esm/api';

register();
await import('../apps/trainer/src/replicaWorker.ts');
