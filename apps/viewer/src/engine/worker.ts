// The module worker in which all computing happens, so that the page never waits.
import * as Comlink from 'comlink';
import { EngineService } from './service.js';

Comlink.expose(new EngineService());
