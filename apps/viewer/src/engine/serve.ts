import '../withoutEval.js';
import * as Comlink from 'comlink';
import { EngineService } from './service.js';

/** Answers the page's calls to the worker. */
export const serve = (): void => Comlink.expose(new EngineService());
