import { holdBack, RESIZE_VERSION, type ModelInput } from '@pyramid-mamba/data';
import { drawingInput, HELD_BACK, STAGES, withRowsFor } from '@pyramid-mamba/inspect';
import {
  encoderFingerprint,
  inputOf,
  methodOf,
  type Detector,
  type EncoderWeights,
} from '@pyramid-mamba/model';
import { loadEncoder } from '../training/encoder.js';
import { StoredFeatures } from '../training/features.js';
import { TrainingFolder } from '../training/saved.js';
import type { RunOptions } from '../training/run.js';
import type { StagedRequest, StageSettings, TrainingPicture } from '../training/types.js';
import { StoredPictures, type StoredPicture } from './pictures.js';
import { StagesFolder, type SavedStages } from './saved.js';
import { openEnded, stageSettings } from './settings.js';
import type { Teller } from './teller.js';

/** All sizes at which the pictures of a training are loaded. */
export function inputsOf(...settings: readonly StageSettings[]): ModelInput[] {
  // a picture that is turned by a quarter is loaded for the other orientation of the input
  const all = settings
    .flatMap(({ model }) => [inputOf(model), drawingInput(inputOf(model))])
    .flatMap((input) => [input, { ...input, width: input.height, height: input.width }]);
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** A training whose pictures and features are stored. */
export interface Prepared {
  readonly folder: StagesFolder;
  readonly saved: SavedStages;
  readonly weights: EncoderWeights;
  readonly stored: StoredPictures;
}

/** Encoder and input of both stages, which share features. Disposed by the caller. */
export const encodingDetector = ({ model, train }: StageSettings, weights: EncoderWeights): Detector =>
  methodOf(model).create(model, weights, train);

/**
 * Reads the pictures of a training and computes their features, and makes it the saved one when all of that is there; until then, and where it
 * fails, the saved one stays.
 */
export async function prepared(
  request: StagedRequest,
  options: RunOptions,
  teller: Teller,
): Promise<Prepared> {
  const { lock, backend, say } = options;
  const first = methodOf(STAGES[0]).presets[STAGES[0].preset]!;
  const given = request.stages?.[0] ?? first;
  const encoder = await lock.run(() => loadEncoder(request.encoder, given.model.encoder, given.train));
  const { weights } = encoder;
  const [bank, network] = stageSettings(request, encoder.config);
  const stored = await StoredPictures.open(inputsOf(bank, network));
  const folder = new StagesFolder(await TrainingFolder.next());
  const features = `${encoderFingerprint(weights)}-${inputOf(bank.model).width}-${backend}-resize${RESIZE_VERSION}`;
  const all = request.products.flatMap(({ name, pictures, defective = [] }) => [
    ...pictures.map((one) => ({ ...one, className: name, good: true })),
    ...defective.map((one) => ({ ...one, className: name, good: false })),
  ]);
  const detector = encodingDetector(bank, weights);
  const [good, defective]: [StoredPicture[], StoredPicture[]] = [[], []];
  try {
    const computed = new StoredFeatures(detector, await TrainingFolder.features(features));
    for (const [i, { good: isGood, ...one }] of all.entries()) {
      const doing = `reading picture ${i + 1} of ${all.length}`;
      const picture = await read(stored, one, (megapixels) =>
        teller.tell('reading', `${doing}: ${one.id} has ${megapixels} megapixels`, i, all.length),
      );
      (isGood ? good : defective).push(picture);
      if (isGood) {
        const load = () => stored.load(picture, inputOf(bank.model));
        await lock.run(() => computed.add(picture.hash, picture.id, load));
      }
      teller.tell('reading', doing, i + 1, all.length);
    }
  } finally {
    detector.dispose();
  }
  const classes = request.products.map(({ name }) => name);
  const samples = good.map((picture) => stored.sample(picture, 0));
  const split = await holdBack(
    { name: request.name, root: request.name, classes, train: samples, test: [] },
    HELD_BACK,
    network.train.seed,
  );
  const alone = request.time !== null && split.heldBack.length === 0;
  if (alone)
    say({
      kind: 'note',
      text: 'Only the memory bank is made: the network needs at least four good pictures of a product.',
    });
  const saved: SavedStages = {
    name: request.name,
    classes,
    time: alone ? null : request.time,
    ...(request.maxFalseRejects !== undefined && { maxFalseRejects: request.maxFalseRejects }),
    ...(request.drawn !== undefined && { drawn: request.drawn }),
    encoder: encoder.line,
    features,
    backend,
    bank: request.stages ? bank : { ...bank, model: withRowsFor(bank.model, classes.length) },
    network: request.time === 'open' ? openEnded(network) : network,
    pictures: good,
    defective,
    ...(request.orientations === undefined && { orientations: 'open' }),
    ...(!alone && request.time !== null && { patches: 'open' }),
    heldBack: split.heldBack,
  };
  await folder.writeEncoder(weights);
  // last: a session that is there can be resumed
  await folder.writeSession(saved);
  await folder.folder.replaceSaved();
  return { folder, saved, weights, stored };
}

const read = (
  stored: StoredPictures,
  picture: TrainingPicture & { className: string },
  large: (megapixels: number) => void,
): Promise<StoredPicture> => stored.add(picture, large);

/** The saved training; undefined if there is none. */
export async function reopened(): Promise<Prepared | undefined> {
  const folder = new StagesFolder(await TrainingFolder.open());
  const saved = await folder.session();
  const weights = saved && (await folder.encoder(saved));
  if (!saved || !weights) return undefined;
  return { folder, saved, weights, stored: await StoredPictures.open(inputsOf(saved.bank, saved.network)) };
}
