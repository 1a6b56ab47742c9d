export {
  encoderConfigSchema,
  modelConfigSchema,
  trainConfigSchema,
  withRenamedKeys,
  type EncoderConfig,
  type ModelConfig,
  type TrainConfig,
} from './config.js';
export { presets, type Preset } from './presets.js';
export { FormatError, NumericError } from './errors.js';
export { floatsOf, readSafetensors, writeSafetensors, type Dtype, type HostTensor } from './safetensors.js';
export { Encoder, type Features } from './encoder/encoder.js';
export { encoderSeed, seededEncoderWeights } from './encoder/seeded.js';
export {
  encoderFingerprint,
  encoderWeightsFrom,
  inferEncoderArch,
  type EncoderWeights,
} from './encoder/weights.js';
export {
  isAuthorsCheckpoint,
  modelFromAuthors,
  readTorchCheckpoint,
  readWeights,
} from './checkpoints/index.js';
export { PyramidMamba } from './model.js';
export type { HostArray } from './params.js';
export { seededTraining, type TrainingContext } from './training.js';
export { reconstructionLoss } from './loss.js';
export { Optimizer } from './optimizer.js';
export { epochsForEnoughSteps, iterationsPerEpoch, learningRate } from './schedule.js';
export {
  localStepper,
  trainLoop,
  type Stepper,
  type StepReport,
  type TrainLoopOptions,
} from './loop/trainLoop.js';
export { freshState, type EpochRecord, type TrainingState } from './loop/state.js';
export { Speed } from './loop/speed.js';
export { readCheckpoint, writeCheckpoint } from './loop/checkpoint.js';
export {
  batchTensors,
  encodeHalves,
  featureLength,
  featureShapes,
  imageTensor,
  type FeatureShapes,
} from './features/stored.js';
export { readFeatureFile, writeFeatureFile } from './features/file.js';
export { fromHalf, halfBits, halfValue, toHalf } from './features/half.js';
export { judge, type Judged } from './judge.js';
export { isReachable, LARGEST_SCORE, OUT_OF_REACH, requireSoundJudgement } from './sound.js';
export { lossAndGradients, requireFinite, trainStep } from './trainStep.js';
export { anomalyMap, type LevelMap, type LevelMaps } from './anomalyMap.js';
export { cosineLevels, detect } from './detect.js';
export { namedRecord } from './namedRecord.js';
export { loadModel, readModelInfo, saveModel, withModelInfo, type ModelInfo } from './modelFile.js';
export { calibrationSchema, usable, usableOnly, type Calibration } from './calibration.js';
export { classFeatures, classPrototypes, meanFeature, nearestClass } from './classChoice.js';
// building blocks, each usable on its own
export { Mff, type MffOptions } from './bottleneck/mff.js';
export { Css, type CssOptions } from './decoder/css.js';
export { Decoder, type DecoderOptions } from './decoder/decoder.js';
export { HssBlock, type HssBlockOptions } from './decoder/hssBlock.js';
export { Lec } from './decoder/lec.js';
export { PatchExpand } from './decoder/patchExpand.js';
export { Pss, type PssOptions } from './decoder/pss.js';
export { Ss2d, type Ss2dOptions } from './decoder/ss2d.js';
export { BasicBlock, Bottleneck } from './nn/residual.js';
export { BatchNorm } from './nn/batchNorm.js';
export {
  hostSource,
  ParameterScope,
  ParameterStore,
  seededSource,
  toTorch,
  type ParameterSource,
} from './params.js';
export { fuseLevels, gaussianFilter, resizeAlignCorners } from './anomalyMap.js';
export { fnv1a, mulberry32 } from './random/mulberry.js';
export { RANDOM_VERSION, randomStream, type RandomStream, type Seed } from './random/streams.js';
