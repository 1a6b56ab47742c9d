import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  familyOf,
  inputOf,
  methodOf,
  readModelInfo,
  readSafetensors,
  withInput,
  withModelInfo,
  type Calibration,
} from '@pyramid-mamba/model';
import { withThresholds } from '@pyramid-mamba/inspect';
import { readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';

/** SHA-256, in hex, of all that a model file's scores depend on: its configuration, its weights, and what is judged of pictures; independent of its thresholds. */
export function weightsDigest(bytes: Uint8Array, where: string): string {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const { areas, locating } = readModelInfo(bytes, where, { recalibrate: true }).info;
  // as in earlier versions where pictures are judged as they are, and all of them
  const judged = areas || locating ? JSON.stringify([areas ?? null, locating ?? null]) : '';
  return tensorsDigest((metadata['config'] ?? '') + judged, tensors);
}

/**
 * Whether two model files judge alike, apart from their thresholds: the same weights, and configurations that mean the same. Files of
 * version 0.1.0 do not name the defaults, so the digests of their text differ. `where` names the first file in errors.
 */
export function isSameModel(one: Uint8Array, other: Uint8Array, where: string): boolean {
  const meaning = (bytes: Uint8Array) => {
    const { config } = readModelInfo(bytes, where, { recalibrate: true });
    const { encoder } = config;
    return {
      ...withInput(config, inputOf(config)),
      method: methodOf(config).name,
      encoder: { ...encoder, family: familyOf(encoder).family },
      weights: tensorsDigest('', readSafetensors(bytes, where).tensors),
    };
  };
  return isDeepStrictEqual(meaning(one), meaning(other));
}

function tensorsDigest(config: string, tensors: ReturnType<typeof readSafetensors>['tensors']): string {
  const hash = createHash('sha256').update(config);
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${JSON.stringify([name, ...shape])}`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** The thresholds of a model file after an evaluation. */
export interface KeptThresholds {
  /** The new thresholds, by class. */
  calibration: Record<string, Calibration>;
  /** Classes whose thresholds were set by hand and are unchanged. */
  manual: string[];
  /** Classes whose thresholds rest on more good pictures than were evaluated, and are unchanged. */
  better: string[];
  /** The model file's bytes with these thresholds. */
  bytes: Uint8Array;
}

/**
 * Reads the model file again, minutes after it was read for evaluation, and sets the resulting thresholds in its bytes. Thresholds
 * set by hand are kept, unless `replaceManual`, and so are those of a self-test with more good pictures. Where such thresholds are replaced, the
 * new review threshold is not above the old one, by which the self-test was passed. Throws a UserError if the file now contains another model.
 *
 * @param measured `weightsDigest` of the evaluated model
 */
export async function keptThresholds(
  modelFile: string,
  measured: string,
  classes: readonly string[],
  found: Readonly<Record<string, Calibration>>,
  replaceManual: boolean,
): Promise<KeptThresholds> {
  const now = await readUserFile(modelFile, 'evaluate');
  if (weightsDigest(now, modelFile) !== measured) {
    throw new UserError(
      `${modelFile} was replaced by another model during the evaluation, so the results are of the old model and were not ` +
        'kept; run `evaluate` again',
    );
  }
  const stored = Object.entries(readModelInfo(now, modelFile, { recalibrate: true }).info.calibration ?? {});
  const asked = new Set(classes);
  const before = new Map(stored);
  const kept = replaceManual
    ? []
    : stored.filter(([name, { method }]) => method === 'manual' && asked.has(name));
  const better: string[] = [];
  const replacing = Object.entries(found).map(([name, fresh]): [string, Calibration] => {
    const old = before.get(name);
    if (replaceManual || old?.method !== 'drawn') return [name, fresh];
    if (fresh.method === 'quantile' && fresh.goodCount < old.goodCount) {
      better.push(name);
      return [name, old];
    }
    return [name, { ...fresh, review: Math.min(fresh.review, old.review) }];
  });
  // a name may be any text, even `__proto__`: entries make it an ordinary key
  const calibration = Object.fromEntries([...stored, ...replacing, ...kept]);
  const bytes = withModelInfo(now, modelFile, (info) => withThresholds(info, calibration));
  const manual = kept.map(([name]) => name);
  return { calibration, manual, better, bytes };
}
