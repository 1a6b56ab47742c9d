import { RunError } from '@pyramid-mamba/runs';

/** A fault of a project, one sentence for the user. */
export class ProjectError extends RunError {
  override readonly name: string = 'ProjectError';
}

/** The browser's storage has no room for an action, which was refused: the project is unchanged. */
export class StorageFullError extends ProjectError {
  override readonly name = 'StorageFullError';
  constructor(
    message: string,
    /** Bytes; null where unknown. */
    readonly needed: number | null,
    readonly free: number | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
