import type { EncoderConfig } from '@pyramid-mamba/model';

/** Encoder weights that can be downloaded by name. */
export interface WeightsEntry {
  name: string;
  /** Description. */
  description: string;
  arch: EncoderConfig['arch'];
  url: string;
  /** SHA-256 of the file in hex, or the prefix that its owners publish (in the file's name). */
  sha256: string;
  /** Approximate size in MB. */
  megabytes: number;
  licence: string;
}

const TIMM = 'https://github.com/huggingface/pytorch-image-models/releases/download';
const TORCHVISION = 'https://download.pytorch.org/models';

/** The first is the authors' encoder. */
export const CATALOGUE: readonly WeightsEntry[] = [
  {
    name: 'resnet34',
    description: "timm resnet34.bt_in1k, the authors' encoder",
    arch: 'resnet34',
    url: `${TIMM}/v0.1-weights/resnet34-43635321.pth`,
    sha256: '43635321',
    megabytes: 87,
    licence: 'Apache-2.0',
  },
  {
    name: 'resnet34-a1',
    description: 'timm resnet34.a1_in1k, timm’s current default',
    arch: 'resnet34',
    url: `${TIMM}/v0.1-rsb-weights/resnet34_a1_0-46f8f793.pth`,
    sha256: '46f8f793',
    megabytes: 87,
    licence: 'Apache-2.0',
  },
  {
    name: 'resnet34-tv',
    description: 'torchvision ResNet34_Weights.IMAGENET1K_V1',
    arch: 'resnet34',
    url: `${TORCHVISION}/resnet34-b627a593.pth`,
    sha256: 'b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f',
    megabytes: 87,
    licence: 'BSD-3-Clause',
  },
  {
    name: 'resnet18',
    description: 'torchvision ResNet18_Weights.IMAGENET1K_V1',
    arch: 'resnet18',
    url: `${TORCHVISION}/resnet18-f37072fd.pth`,
    sha256: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
    megabytes: 47,
    licence: 'BSD-3-Clause',
  },
];

export function findWeights(name: string): WeightsEntry | undefined {
  return CATALOGUE.find((entry) => entry.name === name);
}
