import * as Comlink from 'comlink';
import { mapOf } from './mapOf.js';

const handedOver = (...args: Parameters<typeof mapOf>): Float32Array => {
  const map = mapOf(...args);
  return Comlink.transfer(map, [map.buffer]);
};

Comlink.expose(handedOver);
