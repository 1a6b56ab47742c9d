// A small model, pictures of it, and stations, for the tests of `serve`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { preprocessingOf, saveModel, type ModelInfo } from '@pyramid-mamba/model';
import { pino } from 'pino';
import { pickBackend } from '../../src/backend.js';
import { serve, type ServeSettings } from '../../src/serve/serve.js';
import { temporaryFolder, tinyNetwork } from '../kit.js';

export const TOKEN = 'a token for tests only';

/** A picture, by default of 48x40 pixels; each seed gives another one. */
export const picture = (seed: number, width = 48, height = 40): Promise<Uint8Array> =>
  encodePngRgb({
    width,
    height,
    data: Uint8Array.from(
      { length: width * height * 3 },
      (_, i) => 40 + ((i * 7 + seed * 13 + ((i * i) % (5 + seed))) % 170),
    ),
  });

/** Model files of the same network: one whose thresholds every picture passes, one by which every picture is NG. */
export async function models(
  over: Parameters<typeof tinyNetwork>[0] = {},
  areas?: ModelInfo['areas'],
): Promise<{ lenient: Uint8Array; strict: Uint8Array }> {
  await pickBackend('wasm');
  const { model } = tinyNetwork(over).create();
  const saved = (review: number, reject: number) =>
    saveModel(model, {
      classes: ['tile'],
      calibration: {
        tile: {
          review,
          reject,
          method: 'quantile',
          goodCount: 9,
          defectCount: 0,
          scoreRange: [0, 0.1],
          background: 0,
        },
      },
      preprocessing: preprocessingOf(model.config),
      ...(areas && { areas }),
    });
  const found = { lenient: await saved(0.66, 0.66), strict: await saved(1e-6, 2e-6) };
  model.dispose();
  return found;
}

/** Writes a model and gives it as `serve` takes it. */
export function given(bytes: Uint8Array, name = 'line') {
  const where = join(temporaryFolder(), `${name}.safetensors`);
  writeFileSync(where, bytes);
  return { name, bytes, where };
}

export function settingsOf(
  over: Partial<ServeSettings> & Pick<ServeSettings, 'models' | 'state'>,
): ServeSettings {
  return {
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    backend: 'wasm',
    workers: 1,
    queue: 16,
    timeoutMs: 240_000,
    maxBodyBytes: 2 ** 20,
    watch: [],
    product: 'auto',
    out: undefined,
    jsonl: undefined,
    csv: undefined,
    rotateBytes: 2 ** 20,
    keep: 3,
    webhook: undefined,
    mqtt: undefined,
    audit: true,
    logLevel: 'silent',
    everyMs: 50,
    settleMs: 150,
    ...over,
  };
}

/** A station whose log is kept as lines. */
export async function station(settings: ServeSettings) {
  const log: Record<string, unknown>[] = [];
  const serving = await serve(
    settings,
    pino(
      { level: 'info' },
      { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
    ),
  );
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${serving.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
    });
  const judge = async (body: Uint8Array, query = '', headers: Record<string, string> = {}) => {
    const response = await call(`/v1/judge${query}`, {
      method: 'POST',
      body: Uint8Array.from(body),
      headers: { 'content-type': 'image/png', ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  return { ...serving, log, call, judge };
}
