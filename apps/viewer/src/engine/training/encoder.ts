import { sha256Hex } from '@pyramid-mamba/data';
import { EMBEDDED_ENCODER } from '@pyramid-mamba/encoder-weights';
import embeddedUrl from '@pyramid-mamba/encoder-weights/encoder.safetensors?url';
import { loadEncoder as loadWeights, type EncoderConfig, type LoadedEncoder } from '@pyramid-mamba/model';
import type { EncoderChoice, TrainingRequest } from './types.js';

/** Limit above the size of any ResNet. */
const MAX_BYTES = 2 ** 29;

/** The encoder of a choice. Rejects with a sentence where its weights cannot be read. */
export async function loadEncoder(
  choice: EncoderChoice,
  config: EncoderConfig,
  train: TrainingRequest['train'],
): Promise<LoadedEncoder> {
  if (choice === 'untrained') return loadWeights(null, config, train);
  if (choice === 'embedded')
    return loadWeights(
      { bytes: await embedded(), where: `this page (${EMBEDDED_ENCODER.id})` },
      config,
      train,
    );
  const { file, name } = choice;
  if (file.size > MAX_BYTES) {
    throw new Error(`${name} has ${Math.round(file.size / 2 ** 20)} MiB, more than an encoder may have`);
  }
  return loadWeights({ bytes: new Uint8Array(await file.arrayBuffer()), where: name }, config, train);
}

/** The bytes that the page ships; an error page or another version's file in their place is refused. */
async function embedded(): Promise<Uint8Array> {
  const { href } = new URL(embeddedUrl, import.meta.url);
  const answer = await fetch(href).catch((error: unknown) => {
    throw new Error(`the encoder ${href} cannot be fetched (${(error as Error).message}); reload the page`, {
      cause: error,
    });
  });
  if (!answer.ok)
    throw new Error(
      `the encoder ${href} cannot be fetched: the server responded with ${answer.status}; reload the page`,
    );
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const { id, sha256 } = EMBEDDED_ENCODER;
  const found = await sha256Hex(bytes);
  if (found === sha256) return bytes;
  throw new Error(`${href}: expected the SHA-256 ${sha256} of ${id}, found ${found}; reload the page`);
}
