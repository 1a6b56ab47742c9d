import * as Comlink from 'comlink';
import { mapOf } from './mapOf.js';

const handedOver = async (...args: Parameters<typeof mapOf>): Promise<Float32Array> => {
  const map = await mapOf(...args);
  return Comlink.transfer(map, [map.buffer]);
};

Comlink.expose(handedOver);
