import type { Sample } from '@pyramid-mamba/data';
import { sentenceOf, type TestedModel } from '@pyramid-mamba/inspect';
import { TrainingSession, type Detector, type SelfTest, type TrainConfig } from '@pyramid-mamba/model';
import { trainedPictures } from '../evaluation/unseen.js';
import { Judging } from '../threads/judging.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { say, type Io } from '../terminal/io.js';
import { Progress } from '../terminal/progress.js';
import { typed } from '../text/shellWords.js';
import { RunCheckpoints } from './checkpoint.js';
import { learn, restore } from './learning.js';
import { prepareFeatures, type Prepared, type TrainRequest } from './prepare.js';
import { testNewModel } from './selfTest.js';
import { setThresholds } from './thresholds.js';

/** How one model of a run is made. */
export interface Making {
  request: TrainRequest;
  prepared: Prepared;
  /** Called when the features are there: nothing was written to the run before. */
  begin: () => Promise<void>;
  /** What a user has besides the checkpoint when training is interrupted, half a sentence. */
  kept?: string | undefined;
  /** Test the model with drawn defects too, and print what that shows where it is `told`; else it gets thresholds from held-back pictures alone. */
  selfTest?: 'told' | 'silent' | undefined;
  /** See `TestOptions`. */
  resembling?: SelfTest | undefined;
  /** The length of the training is planned by the time that a step takes, unless it is known already. */
  plan?: { seconds: number; planned: (train: TrainConfig) => Promise<void> } | undefined;
}

/** A model that was just made. */
export interface NewModel {
  /** Its file. */
  bytes: Uint8Array;
  /** Of a memory bank the training picture of each row, which the file does not say. */
  origins: Detector['origins'];
}

/** Trains a model to its end. All tensors are disposed when the promise settles. */
export async function makeModel(
  { request, prepared, begin, kept, plan, selfTest, resembling }: Making,
  io: Io,
): Promise<NewModel> {
  const { run, dataset } = request;
  const { config, encoder, backend, pictures } = prepared;
  const checkpoints = new RunCheckpoints(run);
  const judging = new Judging(io, backend, request.judges);
  const session = new TrainingSession({
    config: config.model,
    encoder: encoder.weights,
    train: config.train,
    checkpoints,
  });
  try {
    const features = await prepareFeatures(request, prepared, session.detector, io, judging);
    // before training: afterwards a picture that has gone would cost the model
    const trained = await rememberPictures(dataset.train, prepared.pictureHashes, io);
    await begin();
    if (request.resume) await restore(run, session, io);
    // their cores and memory are the replicas' now
    if (session.learner.by === 'steps') await judging.stop();
    const begun = performance.now();
    await learn({ request, config, session, checkpoints, pictures, features, kept, plan }, io);
    await request.learnt?.(learningSeconds(session, begun));
    const takeBack = onInterrupt(
      io,
      () =>
        `stopped: ${kept ?? (session.learner.by === 'steps' ? 'all steps are done and kept' : 'there is no model yet')}; ` +
        `continue with \`pyramid-mamba train --out ${typed(run.folder)} --resume\``,
    );
    let tested: TestedModel | undefined;
    try {
      const { bytes } = await session.finish({
        classes: config.classes,
        batches: features,
        classOf: dataset.train.map(({ className }) => className),
        partsOf: pictures.partsOf,
        thresholds: async (model) => {
          if (!selfTest) return setThresholds(request, model, io, judging);
          const on = { ...request, pictures, seed: config.train.seed, resembling };
          tested = await testNewModel(on, model, io, judging);
          if (selfTest === 'told') say(io, sentenceOf(tested.selfTest));
          return tested.calibration;
        },
        selfTest: () => tested?.selfTest,
        areas: request.areas,
        locating: request.locating,
        fingerprint: config.dataFingerprint,
        preset: config.preset,
        about: { ...trained },
      });
      return { bytes, origins: session.detector.origins };
    } finally {
      takeBack();
    }
  } finally {
    await judging.stop();
    session.dispose();
  }
}

/** Seconds of all steps, also of those before a resume; of a method that learns by one fit those since `begun`. */
function learningSeconds({ learner, state }: TrainingSession, begun: number): number {
  if (learner.by === 'bank') return (performance.now() - begun) / 1000;
  return state.history.reduce((sum, { seconds }) => sum + seconds, state.partial.seconds);
}

/** The digests by which `evaluate` recognises training pictures. */
async function rememberPictures(samples: readonly Sample[], hashes: readonly string[], io: Io) {
  const progress = new Progress(io);
  try {
    return await trainedPictures(samples, hashes, (done, total) =>
      progress.update({ done, total, label: `reading picture ${done}/${total}` }),
    );
  } finally {
    progress.clear();
  }
}
