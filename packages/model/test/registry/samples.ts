import {
  allMethods,
  encoderFamilies,
  methodOf,
  type DetectorConfig,
  type EncoderConfig,
} from '../../src/index.js';
import { smallConfig } from '../kit.js';

/** Small configurations of every family of encoders. A new family adds its own here. */
export const ENCODERS: Readonly<Record<string, readonly EncoderConfig[]>> = {
  resnet: [
    { family: 'resnet', arch: 'resnet18', width: 8 },
    { family: 'resnet', arch: 'resnet34', width: 4 },
    { family: 'resnet', arch: 'resnet50', width: 2 },
    { family: 'resnet', arch: 'wide_resnet50_2', width: 2 },
  ],
};

/** A small configuration of every method. A new method adds its own here. */
export const METHODS: Readonly<Record<string, DetectorConfig>> = {
  'pyramid-mamba': { ...smallConfig(), method: 'pyramid-mamba' },
  patchcore: {
    ...methodOf({ method: 'patchcore' }).presets['patchcore']!.model,
    inputSize: 64,
    encoder: smallConfig().encoder,
    map: { sigma: 2 },
  },
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
