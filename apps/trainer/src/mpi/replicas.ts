import {
  stepper,
  type GradientDetector,
  type Optimizer,
  type StepReport,
  type Stepper,
} from '@pyramid-mamba/model';
import type { FeatureStore } from '../training/features.js';
import { packed, type RankTask } from './messages.js';
import type { World } from './world.js';

export type RankSetup = Omit<Extract<RankTask, { kind: 'begin' }>, 'kind'>;

/** Rank 0 of a training whose other replicas are the other ranks of an MPI job. */
export class RankReplicas {
  readonly #own: Stepper;
  /** Whether this rank left the others in the middle of a step: they wait for it, and no message reaches them. */
  #lost = false;

  private constructor(
    private readonly world: World,
    private readonly features: FeatureStore,
    own: Stepper,
  ) {
    this.#own = own;
  }

  /** Sends the training to all ranks. `model` and `optimizer` must be where the checkpoint is. */
  static async start(
    world: World,
    model: GradientDetector,
    optimizer: Optimizer,
    features: FeatureStore,
    setup: RankSetup,
  ): Promise<RankReplicas> {
    await world.broadcast(packed({ kind: 'begin', ...setup }));
    await world.barrier();
    return new RankReplicas(world, features, stepper(model, optimizer, setup.train, features, world));
  }

  /** One training step on these pictures. Rejects with a NumericError on all ranks alike. */
  async step(indices: readonly number[], step: number, lr: number): Promise<StepReport> {
    const halves = await this.features.halves(indices);
    const length = halves[0]?.length ?? 0;
    const rows = new Uint16Array(halves.length * length);
    halves.forEach((row, i) => rows.set(row, i * length));
    await this.world.broadcast(packed({ kind: 'step', indices, rows, step, lr }));
    try {
      return await this.#own(indices, step, lr);
    } catch (error) {
      this.#lost = (error as Error).name !== 'NumericError';
      throw error;
    }
  }

  /** Ends the training on all ranks; the whole job, where this rank has failed alone. */
  async stop(): Promise<void> {
    if (this.#lost) this.world.lost = true;
    else await this.world.broadcast(packed({ kind: 'end' }));
  }
}
