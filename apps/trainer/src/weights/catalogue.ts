import type { EncoderConfig } from '@pyramid-mamba/model';

/** A file of a model repository of the Hugging Face hub, of its branch `main`. */
export interface HubFile {
  readonly repo: string;
  readonly file: string;
}

/** Encoder weights that can be downloaded by name. */
export interface WeightsEntry {
  readonly name: string;
  /** Description. */
  readonly description: string;
  readonly arch: EncoderConfig['arch'];
  /** The file's address, or its place on the hub. */
  readonly from: string | HubFile;
  /**
   * SHA-256 of the file in hex, or the prefix that its owners publish (in the file's name). Undefined where none is published outside the hub, which
   * says at the download what its file has.
   */
  readonly sha256: string | undefined;
  /** Approximate size in MB. */
  readonly megabytes: number;
  readonly licence: string;
}

const TIMM = 'https://github.com/huggingface/pytorch-image-models/releases/download';
const TORCHVISION = 'https://download.pytorch.org/models';

/** The first is the authors' encoder. */
export const CATALOGUE: readonly WeightsEntry[] = [
  {
    name: 'resnet34',
    description: "timm resnet34.bt_in1k, the authors' encoder",
    arch: 'resnet34',
    from: `${TIMM}/v0.1-weights/resnet34-43635321.pth`,
    sha256: '43635321',
    megabytes: 87,
    licence: 'Apache-2.0',
  },
  {
    name: 'resnet34-a1',
    description: 'timm resnet34.a1_in1k, timm’s current default',
    arch: 'resnet34',
    from: `${TIMM}/v0.1-rsb-weights/resnet34_a1_0-46f8f793.pth`,
    sha256: '46f8f793',
    megabytes: 87,
    licence: 'Apache-2.0',
  },
  {
    name: 'resnet34-tv',
    description: 'torchvision ResNet34_Weights.IMAGENET1K_V1',
    arch: 'resnet34',
    from: `${TORCHVISION}/resnet34-b627a593.pth`,
    sha256: 'b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f',
    megabytes: 87,
    licence: 'BSD-3-Clause',
  },
  {
    name: 'resnet18',
    description: 'torchvision ResNet18_Weights.IMAGENET1K_V1',
    arch: 'resnet18',
    from: `${TORCHVISION}/resnet18-f37072fd.pth`,
    sha256: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
    megabytes: 47,
    licence: 'BSD-3-Clause',
  },
  {
    name: 'resnet50',
    description: 'torchvision ResNet50_Weights.IMAGENET1K_V1',
    arch: 'resnet50',
    from: `${TORCHVISION}/resnet50-0676ba61.pth`,
    sha256: '0676ba61',
    megabytes: 103,
    licence: 'BSD-3-Clause',
  },
  {
    name: 'wide_resnet50_2',
    description: 'torchvision Wide_ResNet50_2_Weights.IMAGENET1K_V1, of RD4AD and PatchCore',
    arch: 'wide_resnet50_2',
    from: `${TORCHVISION}/wide_resnet50_2-95faca4d.pth`,
    sha256: '95faca4d',
    megabytes: 138,
    licence: 'BSD-3-Clause',
  },
  // sizes: four bytes for each of their 22.1 and 86.6 million parameters
  dinov2('dinov2-s', 'dinov2-small', 'dinov2', 88),
  dinov2('dinov2-b', 'dinov2-base', 'dinov2', 346),
  dinov2('dinov2-reg-s', 'dinov2-with-registers-small', 'dinov2_reg', 88),
  dinov2('dinov2-reg-b', 'dinov2-with-registers-base', 'dinov2_reg', 346),
];

function dinov2(name: string, repo: string, arch: WeightsEntry['arch'], megabytes: number): WeightsEntry {
  return {
    name,
    description: `facebook/${repo}, a vision transformer of patches of 14 pixels`,
    arch,
    from: { repo: `facebook/${repo}`, file: 'model.safetensors' },
    sha256: undefined,
    megabytes,
    licence: 'Apache-2.0',
  };
}

export function findWeights(name: string): WeightsEntry | undefined {
  return CATALOGUE.find((entry) => entry.name === name);
}
