import '../withoutEval.js';
import * as Comlink from 'comlink';
import { EngineService } from './service.js';

/** Answers what the page asks of the worker. */
export const serve = (): void => Comlink.expose(new EngineService());
