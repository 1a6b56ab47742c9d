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
  id: 'embedded-2',
  config: { family: 'resnet', arch: 'resnet18', width: 64 },
  bytes: 5_564_008,
  sha256: 'e89386a9cf4482f1df7b209217f24ce7ee27411075173becd5001c911a02f490',
  file: 'embedded-2.safetensors',
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
