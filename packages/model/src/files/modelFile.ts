import { z } from 'zod';
import { encoderWeightsFrom, familyOf } from '../encoders/registry.js';
import { FormatError } from '../errors.js';
import { calibrationSchema, newCalibrationSchema } from '../inference/calibration.js';
import { describeInput, inputOf, type InputConfig } from '../inference/input.js';
import { preprocessingSchema } from '../inference/inputSchema.js';
import { recognitionSchema } from '../inference/recognition.js';
import { isReachable } from '../inference/sound.js';
import { detectorConfigSchema, methodOf } from '../methods/registry.js';
import type { Detector, DetectorConfig } from '../methods/types.js';
import { productAreasSchema } from './areasSchema.js';
import { checked } from './checked.js';
import { locatingSchema } from './locatingSchema.js';
import { namedRecord } from './namedRecord.js';
import { readSafetensors, writeSafetensors, type HostTensor } from './safetensors.js';
import { selfTestSchema } from './selfTestSchema.js';

const FORMAT = 'pyramid-mamba';
/** 1: one method and one family of encoders, which the file does not name. 2: `method` and `encoder` name them. */
const VERSIONS = ['1', '2'];
const VERSION = '2';
/** Prefix of the encoder's tensors, as in the authors' checkpoints. */
const ENCODER = 'net_t.';

const infoSchema = z.strictObject({
  /** Products the model was trained for. */
  classes: z.array(z.string()),
  /** The way of a picture to the input of `encode`, see `preprocessingOf`. */
  preprocessing: preprocessingSchema,
  licence: z.string().optional(),
  /** Of the training data. */
  fingerprint: z.string().optional(),
  /** A readable description of the training. */
  training: z.record(z.string(), z.unknown()).optional(),
  /** Thresholds and score ranges of the classes that have them. */
  calibration: namedRecord(calibrationSchema).optional(),
  /** The prototype of each class, from the encoder's `prototype` of its training pictures: determines the class of a picture. */
  prototypes: namedRecord(z.array(z.number())).optional(),
  /** How far the training pictures of each class are from its prototype: a picture that is farther from all of them is of no class. Absent in files of older versions. */
  recognition: namedRecord(recognitionSchema).optional(),
  /** The judged part of the pictures of each class that has one. */
  areas: namedRecord(productAreasSchema).optional(),
  /** How the part in a picture is found before the picture is judged; absent where pictures are judged as they are. */
  locating: locatingSchema.optional(),
  /** What a self-test after training measured. */
  selfTest: selfTestSchema.optional(),
});

/** Of a file that is written; `largest` is the method's `largestScore`. */
const newInfoSchema = (largest: number) =>
  infoSchema.extend({ calibration: namedRecord(newCalibrationSchema(largest)).optional() });

/** The metadata of a model file. */
export type ModelInfo = z.infer<typeof infoSchema>;

/**
 * A model as the bytes of one safetensors file: encoder (folded), parameters and running statistics in PyTorch's layouts,
 * config and info as JSON in `__metadata__`. A loaded model gives bit-identical maps.
 */
export async function saveModel(model: Detector, info: ModelInfo): Promise<Uint8Array> {
  const tensors = new Map<string, HostTensor>();
  for (const [name, { shape, data }] of model.encoder.weights)
    tensors.set(ENCODER + name, { dtype: 'F32', shape: [...shape], data });
  for (const [name, { shape, data }] of await model.stateDict())
    tensors.set(name, { dtype: 'F32', shape: [...shape], data });
  const { method, encoder } = model;
  const schema = newInfoSchema(methodOf(model).largestScore(model.config));
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    method,
    encoder: encoder.family,
    config: JSON.stringify(model.config),
    info: JSON.stringify(checked(schema, info, 'model info')),
  });
}

/**
 * The bytes of a model file with other info, every weight as it was: to keep thresholds that were set after training. Those whose
 * review threshold no score can reach are not passed to `change`.
 * @throws FormatError as `loadModel`
 */
export function withModelInfo(
  bytes: Uint8Array,
  where: string,
  change: (info: ModelInfo) => ModelInfo,
): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const { config, info } = describedBy(metadata, where, { recalibrate: true });
  const schema = newInfoSchema(methodOf(config).largestScore(config));
  return writeSafetensors(tensors, {
    ...metadata,
    info: JSON.stringify(checked(schema, change(info), 'model info')),
  });
}

/** For callers that will set new thresholds. */
export interface ReadOptions {
  /** Leave out the thresholds of classes whose review threshold no score can reach. */
  recalibrate?: boolean;
}

/**
 * The metadata of a model file; the weights are not read, and no backend is needed.
 * @throws FormatError as `loadModel`
 */
export function readModelInfo(
  bytes: Uint8Array,
  where: string,
  options: ReadOptions = {},
): { config: DetectorConfig; info: ModelInfo } {
  const { metadata } = readSafetensors(bytes, where);
  return describedBy(metadata, where, options);
}

/** The info's JSON without the thresholds of classes whose review threshold no score can reach. */
function reachable(info: unknown, largest: number): unknown {
  const { calibration, ...rest } = (info ?? {}) as { calibration?: unknown };
  if (typeof calibration !== 'object' || calibration === null) return info;
  const kept = Object.entries(calibration).filter(([, value]) => {
    const review = (value as { review?: unknown } | null)?.review;
    return typeof review !== 'number' || isReachable(review, largest);
  });
  return { ...rest, calibration: Object.fromEntries(kept) };
}

/** Config and info of a model file's metadata, which must be consistent. */
function describedBy(
  metadata: Readonly<Record<string, string>>,
  where: string,
  { recalibrate = false }: ReadOptions,
): { config: DetectorConfig; info: ModelInfo } {
  requireModel(metadata, where);
  const config: DetectorConfig = checked(
    detectorConfigSchema,
    json(metadata, 'config', where),
    `${where}: config`,
  );
  const named = { method: metadata['method'], encoder: metadata['encoder'] };
  const found = { method: methodOf(config).name, encoder: familyOf(config.encoder).family };
  for (const key of ['method', 'encoder'] as const)
    if (named[key] !== undefined && named[key] !== found[key])
      throw new FormatError(
        `${where}: its metadata names the ${key} ${JSON.stringify(named[key])}, but its config ${JSON.stringify(found[key])}; ` +
          'the file was changed after training: restore it.',
      );
  const largest = methodOf(config).largestScore(config);
  const stored = json(metadata, 'info', where);
  const info = checked(infoSchema, recalibrate ? reachable(stored, largest) : stored, `${where}: info`);
  const expected = seen(config);
  const said = seen(info.preprocessing);
  if (said !== expected)
    throw new FormatError(
      `${where}: the network expects pictures of ${expected}, but its preprocessing makes them ${said}; ` +
        'the file was changed after training: restore it.',
    );
  return { config, info };
}

/** What a network expects of a picture, for people and to compare. */
function seen(config: InputConfig): string {
  const { tiles } = config;
  const input = describeInput(inputOf(config));
  return tiles ? `${input}, in tiles of ${tiles.size.join('×')}, overlap ${tiles.overlap}` : input;
}

function requireModel({ format, version }: Readonly<Record<string, string>>, where: string): void {
  if (format !== FORMAT)
    throw new FormatError(
      `${where} is not a Pyramid-Mamba model: ${format === undefined ? 'it has no such metadata' : `its metadata says format ${JSON.stringify(format)}`}.`,
    );
  if (!VERSIONS.includes(version ?? ''))
    throw new FormatError(
      `${where} has model format version ${JSON.stringify(version ?? 'none')}; this program reads versions ${VERSIONS.join(' and ')}.`,
    );
}

/** @throws FormatError, one sentence, for any error in the file */
export function loadModel(
  bytes: Uint8Array,
  where: string,
  options: ReadOptions = {},
): { model: Detector; info: ModelInfo } {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const { config, info } = describedBy(metadata, where, options);
  const encoder = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(ENCODER)) encoder.set(name.slice(ENCODER.length), tensor);
  // a config could request any amount of memory: it must match the tensors in the file
  const first = familyOf(config.encoder).tensors(config.encoder)[0]!;
  if (!encoder.has(first.name)) throw new FormatError(`${where}: the encoder's weights are missing.`);
  const weights = encoderWeightsFrom(encoder, config.encoder, where);
  const model = methodOf(config).load(config, weights, tensors, where);
  return { model, info };
}

function json(metadata: Readonly<Record<string, string>>, key: string, where: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? '');
  } catch {
    throw new FormatError(`${where}: the metadata's ${key} is not JSON.`);
  }
}
