export * from './aliases.js';
export { productAreasSchema, type ProductAreas } from './files/areasSchema.js';
export { locatingSchema, type Locating, type LocatingReference } from './files/locatingSchema.js';
export { FormatError, NumericError } from './errors.js';
// encoders
export {
  createEncoder,
  describeEncoder,
  encoderConfigSchema,
  encoderFamilies,
  encoderWeightsFrom,
  familyOf,
  inferEncoder,
  registerEncoderFamily,
  seededEncoderWeights,
  type EncoderConfig,
} from './encoders/registry.js';
export { encoderEngine, useEncoderEngine, type EncoderEngine } from './encoders/engine.js';
export { VitEncoder, type VitTrace } from './encoders/vit/encoder.js';
export type { VitConfig } from './encoders/vit/config.js';
export { encoderFingerprint } from './encoders/fingerprint.js';
export { encoderSeed } from './encoders/seed.js';
export type {
  AnyEncoderConfig,
  Encoder,
  EncoderContract,
  EncoderFamily,
  EncoderWeights,
  Features,
  Preprocessing,
  TensorSpec,
} from './encoders/types.js';
// methods
export { copyOf, detectorFrom, sharedWeights, type DetectorCopy } from './methods/copy.js';
export {
  allMethods,
  detectorConfigSchema,
  ensemble,
  memberMaps,
  methodOf,
  registerMethod,
} from './methods/registry.js';
export { withEncoder } from './methods/withEncoder.js';
export {
  isBankDetector,
  isGradientDetector,
  type BankDetector,
  type Detector,
  type DetectorConfig,
  type Extent,
  type FeatureSource,
  type TextureSource,
  type TrainingPictures,
  type Extended,
  type ExtendOptions,
  type FitOptions,
  type GradientDetector,
  type MapConfig,
  type Method,
  type Origins,
  type ParameterSpec,
  type Preset,
} from './methods/types.js';
export {
  isPyramidMamba,
  pyramidMambaConfigSchema,
  type PyramidMambaConfig,
} from './methods/pyramid-mamba/config.js';
export { presets } from './methods/pyramid-mamba/presets.js';
export { PyramidMamba } from './methods/pyramid-mamba/model.js';
export { reconstructionLoss } from './methods/pyramid-mamba/loss.js';
export { cosineLevels } from './methods/reconstruction/cosineLevels.js';
export {
  anomalyMap,
  fuse as fusePyramidMamba,
  fuseLevels,
  LARGEST_SCORE,
} from './methods/pyramid-mamba/fuse.js';
export { seededTraining } from './methods/pyramid-mamba/training.js';
export { isAuthorsCheckpoint, modelFromAuthors } from './methods/pyramid-mamba/authorsCheckpoint.js';
// training
export { trainConfigSchema, withRenamedKeys, type TrainConfig } from './training/config.js';
export { messageLength } from './training/average.js';
export { alone, shares, ThreadCommunicator, type Communicator } from './training/communicator.js';
export { stepContext, type Mining, type TrainingContext } from './training/context.js';
export { partEnds, type PartNow, type TrainPart } from './training/parts.js';
export type { TrainingEvent } from './training/events.js';
export { Optimizer } from './training/optimizer/optimizer.js';
export {
  epochsForEnoughSteps,
  iterationsPerEpoch,
  learningRate,
  trainingPlan,
  type TrainingPlan,
} from './training/schedule.js';
export { lossAndGradients, requireFinite, trainStep } from './training/step.js';
export { stepper, trainLoop, type Stepper, type StepReport, type TrainLoopOptions } from './training/loop.js';
export { freshState, type EpochRecord, type TrainingState } from './training/state.js';
export {
  TrainingSession,
  type CheckpointStore,
  type Exclusive,
  type FinishOptions,
  type LearnOptions,
  type SessionOptions,
} from './training/session.js';
export { Speed } from './training/speed.js';
export { readCheckpoint, writeCheckpoint } from './training/checkpoint.js';
// inference
export { calibrationSchema, type Calibration } from './inference/calibration.js';
export { classPrototypes, meanFeature, nearestClass, type ClassFeatures } from './inference/classChoice.js';
export {
  featureDistance,
  recognitionOf,
  recognitionSchema,
  type Recognition,
} from './inference/recognition.js';
export { gaussianFilter } from './inference/gaussian.js';
export {
  describeInput,
  inputOf,
  placed,
  shortInput,
  withInput,
  type Fit,
  type InputConfig,
  type ModelInput,
  type Rect,
  type Size,
  type Tiles,
} from './inference/input.js';
export { checkInput, inputShape, preprocessingOf, type PreprocessingInfo } from './inference/inputSchema.js';
export { judge, type Judged } from './inference/judge.js';
export { judgeTiles } from './inference/tiles/judgeTiles.js';
export { BlendedLevels, tileWeights } from './inference/tiles/blended.js';
export { tileUnit } from './inference/tiles/tileUnit.js';
export { describeTiles, featuredTiles, tileOf, tileRects, tilesFault } from './inference/tiles/tiles.js';
export type { LevelMap } from './inference/levels.js';
export { judgedPart } from './inference/mask.js';
export { pictureMap, type PictureMap } from './inference/pictureMap.js';
export { resizeAlignCorners } from './inference/resize.js';
export { OUT_OF_REACH, requireSoundJudgement } from './inference/sound.js';
// files
export { readTorchCheckpoint, readWeights } from './files/checkpoints/index.js';
export { readFeatureFile, writeFeatureFile } from './files/features/file.js';
export { fromHalf, halfBits, halfValue, toHalf } from './files/features/half.js';
export {
  batchTensors,
  encodeHalves,
  featureLength,
  featureShapes,
  imageTensor,
  type FeatureShapes,
  type InputPicture,
  type InputSides,
} from './files/features/stored.js';
export { loadEncoder, type LoadedEncoder } from './files/encoderFile.js';
export { loadModel, readModelInfo, saveModel, withModelInfo, type ModelInfo } from './files/modelFile.js';
export { namedRecord } from './files/namedRecord.js';
export { selfTestSchema, type ClassSelfTest, type SelfTest } from './files/selfTestSchema.js';
export {
  floatsOf,
  readSafetensors,
  writeSafetensors,
  type Dtype,
  type HostTensor,
} from './files/safetensors.js';
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
export { Mlp } from './nn/attention/mlp.js';
export {
  LinearAttentionBlock,
  type LinearAttentionBlockOptions,
} from './nn/attention/linearAttentionBlock.js';
export {
  hostSource,
  ParameterScope,
  ParameterStore,
  seededSource,
  toTorch,
  type HostArray,
  type ParameterSource,
} from './nn/params.js';
export { fnv1a, mulberry32 } from './random/mulberry.js';
export { RANDOM_VERSION, randomStream, type RandomStream, type Seed } from './random/streams.js';
export { PAPER_CLASSES, PAPER_MEAN, paperMeanOf, type PaperRow } from './methods/pyramid-mamba/published.js';
// the pieces of the method patchcore
export * from './methods/patchcore/index.js';
// the pieces of the method destseg
export { DenoisingStudent } from './methods/destseg/student.js';
export { SegmentationNet } from './methods/destseg/segmentation.js';
export {
  focalLoss,
  l1Loss,
  normalised,
  products,
  segmentationLoss,
  smallMask,
  studentLoss,
} from './methods/destseg/losses.js';
export { fuseSegmentation, meanOfTop } from './methods/destseg/fuse.js';
export { Destseg } from './methods/destseg/model.js';
export { drawTexture } from './methods/destseg/synthesis/textures.js';
export { UNSMOOTHED } from './methods/destseg/config.js';
export type { DestsegConfig } from './methods/destseg/config.js';
export { perlinNoise, rotated } from './methods/destseg/synthesis/perlin.js';
export { blended, drawShape, type AnomalyShape } from './methods/destseg/synthesis/anomaly.js';
export { resizeBilinear } from './nn/resize.js';

// the pieces of the method rd4ad
export { Ocbe, type OcbeOptions } from './methods/rd4ad/ocbe.js';
export { ReversedResnet, type ReversedResnetOptions } from './methods/rd4ad/decoder.js';
export { globalCosineLoss } from './methods/reconstruction/globalCosine.js';
export { fuseSum } from './methods/rd4ad/fuse.js';
export { Rd4ad } from './methods/rd4ad/model.js';
export type { Rd4adConfig } from './methods/rd4ad/config.js';
// the method mambaad
export { MambaAd } from './methods/mambaad/model.js';
export { isMambaAdCheckpoint, mambaAdFromAuthors } from './methods/mambaad/authorsCheckpoint.js';
export type { MambaAdConfig } from './methods/mambaad/config.js';
// what methods share that rebuild features
export { hardMinedCosineLoss } from './methods/reconstruction/hardMined.js';
export { gaussianWindow, topMean } from './methods/reconstruction/groupedMap.js';
export { sumLevels } from './methods/reconstruction/fuse.js';
export {
  ReconstructionDetector,
  type Student,
  type StudentBuilder,
} from './methods/reconstruction/detector.js';
// several methods together
export * from './methods/ensemble/index.js';
