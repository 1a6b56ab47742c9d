export {
  encoderConfigSchema,
  modelConfigSchema,
  trainConfigSchema,
  withRenamedKeys,
  type EncoderConfig,
  type ModelConfig,
  type TrainConfig,
} from './config.js';
export { presets, type Preset } from './methods/pyramid-mamba/presets.js';
export { FormatError, NumericError } from './errors.js';
export {
  floatsOf,
  readSafetensors,
  writeSafetensors,
  type Dtype,
  type HostTensor,
} from './files/safetensors.js';
export { Encoder, type Features } from './encoders/resnet/encoder.js';
export { encoderSeed, seededEncoderWeights } from './encoders/resnet/seeded.js';
export {
  encoderFingerprint,
  encoderWeightsFrom,
  inferEncoderArch,
  type EncoderWeights,
} from './encoders/resnet/weights.js';
export {
  isAuthorsCheckpoint,
  modelFromAuthors,
  readTorchCheckpoint,
  readWeights,
} from './files/checkpoints/index.js';
export { PyramidMamba } from './methods/pyramid-mamba/model.js';
export type { HostArray } from './nn/params.js';
export { seededTraining, type TrainingContext } from './training/context.js';
export { reconstructionLoss } from './methods/pyramid-mamba/loss.js';
export { Optimizer } from './training/optimizer.js';
export { epochsForEnoughSteps, iterationsPerEpoch, learningRate } from './training/schedule.js';
export {
  localStepper,
  trainLoop,
  type Stepper,
  type StepReport,
  type TrainLoopOptions,
} from './training/loop.js';
export { freshState, type EpochRecord, type TrainingState } from './training/state.js';
export { Speed } from './training/speed.js';
export { readCheckpoint, writeCheckpoint } from './training/checkpoint.js';
export {
  batchTensors,
  encodeHalves,
  featureLength,
  featureShapes,
  imageTensor,
  type FeatureShapes,
} from './files/features/stored.js';
export { readFeatureFile, writeFeatureFile } from './files/features/file.js';
export { fromHalf, halfBits, halfValue, toHalf } from './files/features/half.js';
export { judge, type Judged } from './inference/judge.js';
export { isReachable, LARGEST_SCORE, OUT_OF_REACH, requireSoundJudgement } from './inference/sound.js';
export { lossAndGradients, requireFinite, trainStep } from './training/step.js';
export { anomalyMap, type LevelMap, type LevelMaps } from './inference/anomalyMap.js';
export { cosineLevels, detect } from './methods/pyramid-mamba/detect.js';
export { namedRecord } from './files/namedRecord.js';
export { loadModel, readModelInfo, saveModel, withModelInfo, type ModelInfo } from './files/modelFile.js';
export { calibrationSchema, usable, usableOnly, type Calibration } from './inference/calibration.js';
export { classFeatures, classPrototypes, meanFeature, nearestClass } from './inference/classChoice.js';
// building blocks, each usable on its own
export { Mff, type MffOptions } from './methods/pyramid-mamba/mff.js';
export { Css, type CssOptions } from './methods/pyramid-mamba/decoder/css.js';
export { Decoder, type DecoderOptions } from './methods/pyramid-mamba/decoder/decoder.js';
export { HssBlock, type HssBlockOptions } from './methods/pyramid-mamba/decoder/hssBlock.js';
export { Lec } from './methods/pyramid-mamba/decoder/lec.js';
export { PatchExpand } from './methods/pyramid-mamba/decoder/patchExpand.js';
export { Pss, type PssOptions } from './methods/pyramid-mamba/decoder/pss.js';
export { Ss2d, type Ss2dOptions } from './methods/pyramid-mamba/decoder/ss2d.js';
export { BasicBlock, Bottleneck } from './nn/residual.js';
export { BatchNorm } from './nn/batchNorm.js';
export {
  hostSource,
  ParameterScope,
  ParameterStore,
  seededSource,
  toTorch,
  type ParameterSource,
} from './nn/params.js';
export { fuseLevels, gaussianFilter, resizeAlignCorners } from './inference/anomalyMap.js';
export { fnv1a, mulberry32 } from './random/mulberry.js';
export { RANDOM_VERSION, randomStream, type RandomStream, type Seed } from './random/streams.js';
export { PAPER_CLASSES, PAPER_MEAN, paperMeanOf, type PaperRow } from './methods/pyramid-mamba/published.js';
// the pieces of the method patchcore
export * from './methods/patchcore/index.js';
