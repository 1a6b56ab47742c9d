import { EngineClient } from '../engine/client.js';
import type {
  BackendPreference,
  EngineStatus,
  JudgeOptions,
  Judgement,
  ModelCard,
  Picture,
} from '../engine/engine.js';

export interface InspectorOptions {
  /** `auto` (default) uses a hardware GPU if there is one, else WebAssembly. */
  readonly backend?: BackendPreference;
}

/** A model running in its own worker. */
export interface Inspector {
  /** The current backend, and why. */
  readonly engine: EngineStatus;
  readonly model: ModelCard;
  /** Judges a picture: score, verdict, map, regions. Bitmaps and pixels are transferred. Rejects with a sentence. */
  judge(picture: Picture, options?: JudgeOptions): Promise<Judgement>;
  /** Terminates the worker. */
  close(): void;
}

async function modelFile(model: string | URL | Blob): Promise<{ file: Blob; name: string }> {
  if (model instanceof Blob) return { file: model, name: model instanceof File ? model.name : 'the model' };
  const url = new URL(model, document.baseURI);
  const name = decodeURIComponent(url.pathname.split('/').at(-1) || url.href);
  const answer = await fetch(url).catch((error: unknown) => {
    throw new Error(`${url.href} cannot be fetched (${(error as Error).message}); check the address`, {
      cause: error,
    });
  });
  if (!answer.ok)
    throw new Error(
      `${url.href} cannot be fetched: the server responded with ${answer.status}; check the address`,
    );
  return { file: await answer.blob(), name };
}

/** Opens a model, by its URL or as a file, in a worker, without blocking the page. */
export async function openInspector(
  model: string | URL | Blob,
  { backend = 'auto' }: InspectorOptions = {},
): Promise<Inspector> {
  const { file, name } = await modelFile(model);
  const client = new EngineClient();
  try {
    const engine = await client.start(backend);
    const card = await client.load(file, name);
    return {
      engine,
      model: card,
      judge: (picture, options) => client.judge(picture, options),
      close: () => client.end(),
    };
  } catch (error) {
    client.end();
    throw error;
  }
}
