import {
  UNSMOOTHED,
  allMethods,
  encoderFamilies,
  methodOf,
  type DestsegConfig,
  type DetectorConfig,
  type EncoderConfig,
  type EnsembleConfig,
  type MambaAdConfig,
} from '../../src/index.js';
import { smallConfig } from '../kit.js';

const transformer = {
  family: 'vit',
  patch: 16,
  width: 64,
  depth: 2,
  heads: 1,
  hidden: 96,
  grid: 3,
  levels: [
    [0, 0],
    [1, 1],
  ] as [number, number][],
} as const;

/** Small configurations of every family of encoders. A new family adds its own here. */
export const ENCODERS: Readonly<Record<string, readonly EncoderConfig[]>> = {
  resnet: [
    { family: 'resnet', arch: 'resnet18', width: 8 },
    { family: 'resnet', arch: 'resnet34', width: 4 },
    { family: 'resnet', arch: 'resnet50', width: 2 },
    { family: 'resnet', arch: 'wide_resnet50_2', width: 2 },
  ],
  vit: [
    { ...transformer, arch: 'dinov2_reg', registers: 2, interpolation: 'antialias' },
    { ...transformer, arch: 'dinov2', registers: 0, interpolation: 'plain' },
    { ...transformer, arch: 'vit', registers: 0, interpolation: 'offset' },
  ],
};

const patches = {
  ...methodOf({ method: 'patchcore' }).presets['patchcore']!.model,
  inputSize: 64,
  encoder: smallConfig().encoder,
  map: { sigma: 2 },
};

/** A configuration as a member of an ensemble has it. */
const member = ({ method, ...config }: DetectorConfig) => {
  const { inputSize: _size, encoder: _encoder, map: _map, ...rest } = config;
  return { method: method!, ...rest };
};

/** A small configuration of every method. A new method adds its own here. */
export const METHODS: Readonly<Record<string, DetectorConfig>> = {
  'pyramid-mamba': { ...smallConfig(), method: 'pyramid-mamba' },
  patchcore: patches,
  rd4ad: {
    ...methodOf({ method: 'rd4ad' }).presets['tiny']!.model,
    inputSize: 64,
    encoder: smallConfig().encoder,
    map: { sigma: 2 },
  },
  destseg: {
    method: 'destseg',
    inputSize: 64,
    encoder: smallConfig().encoder,
    map: { top: 20, sigma: UNSMOOTHED },
  } as DestsegConfig,
  mambaad: {
    method: 'mambaad',
    inputSize: 64,
    encoder: smallConfig().encoder,
    mff: { bottlenecks: 2 },
    decoder: { depths: [2, 2, 3, 2], dState: 4, scanOrder: 'hilbert', directions: 8, dropPath: 0.2 },
    map: { sigma: 2 },
  } as MambaAdConfig,
  ensemble: {
    method: 'ensemble',
    inputSize: smallConfig().inputSize,
    encoder: smallConfig().encoder,
    members: [member(patches), member({ ...smallConfig(), method: 'pyramid-mamba' })],
    map: {
      sigma: Math.max(2, smallConfig().map.sigma),
      combine: 'mean',
      members: [
        { method: 'patchcore', levels: 1, map: { sigma: 2 } },
        { method: 'pyramid-mamba', levels: 3, map: smallConfig().map },
      ],
    },
  } as EnsembleConfig,
};

/** What the registry has and this file lacks. */
export const missing = (): string[] => [
  ...encoderFamilies()
    .map(({ family }) => family)
    .filter((name) => ENCODERS[name] === undefined),
  ...allMethods()
    .map(({ name }) => name)
    .filter((name) => METHODS[name] === undefined),
];
