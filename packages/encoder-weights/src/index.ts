/** What an encoder is made of, as in the model package's configuration. */
export interface EmbeddedEncoderConfig {
  readonly family: 'resnet';
  readonly arch: 'resnet18';
  /** Channels of the first convolution. */
  readonly width: number;
}

/** The weights in this package. */
export interface EmbeddedEncoder {
  /** Names these weights for good: other weights get another id. Runs record it. */
  readonly id: string;
  readonly config: EmbeddedEncoderConfig;
  /** Size of the file. */
  readonly bytes: number;
  /** Of the file, in hex. */
  readonly sha256: string;
  /** Name of the file: safetensors, fp16, BatchNorm folded, torchvision's tensor names of stem and layer1 to layer3. */
  readonly file: string;
}

/** The encoder that this version embeds. */
export const EMBEDDED_ENCODER: EmbeddedEncoder = {
  id: 'embedded-1',
  config: { family: 'resnet', arch: 'resnet18', width: 64 },
  bytes: 5_563_992,
  sha256: '07d3f0880d625a0182b9e742e6430e2da9bfc3bc1ab7e044ee919dc42e18dc89',
  file: 'embedded-1.safetensors',
};

/** Whether `id` names embedded weights, of this version or of another one. */
export const isEmbeddedId = (id: string): boolean => /^embedded-\d+$/.test(id);

/** Whether an encoder of this configuration can have the embedded weights. An absent family means `resnet`. */
export function fitsEmbedded(encoder: {
  readonly family?: string | undefined;
  readonly arch: string;
  readonly width?: number;
}): boolean {
  const { family, arch, width } = EMBEDDED_ENCODER.config;
  return (encoder.family ?? family) === family && encoder.arch === arch && encoder.width === width;
}
