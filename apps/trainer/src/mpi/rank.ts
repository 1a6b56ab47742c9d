import {
  batchTensors,
  isGradientDetector,
  methodOf,
  NumericError,
  Optimizer,
  readCheckpoint,
  stepper,
  type GradientDetector,
  type Stepper,
} from '@pyramid-mamba/model';
import { pickBackend } from '../backend.js';
import type { Launched } from './launched.js';
import { judgeForRankZero } from './judges.js';
import { unpacked } from './messages.js';
import type { RankSetup } from './replicas.js';
import type { World } from './world.js';

/** Does what rank 0 asks until the job is over. */
export async function followRankZero(world: World, launched: Launched): Promise<void> {
  let replica: Replica | undefined;
  for (;;) {
    const task = unpacked(await world.broadcast());
    if (task.kind === 'stop') return;
    if (task.kind === 'end') {
      replica?.dispose();
      replica = undefined;
    } else if (task.kind === 'begin') {
      replica = await Replica.begin(world, task, launched);
      await world.barrier();
    } else if (task.kind === 'judge') {
      await judgeForRankZero(world, backendOfRank(task.backend, launched));
    } else await replica!.step(task);
  }
}

class Replica {
  /** The features of the step's pictures by index. */
  #rows = new Map<number, Uint16Array>();
  readonly #step: Stepper;

  private constructor(
    world: World,
    { train, shapes }: RankSetup,
    private readonly model: GradientDetector,
    private readonly optimizer: Optimizer,
  ) {
    const batch = (indices: readonly number[]) =>
      Promise.resolve(
        batchTensors(
          indices.map((index) => this.#rows.get(index)!),
          shapes,
        ),
      );
    this.#step = stepper(model, optimizer, train, { batch }, world);
  }

  static async begin(world: World, setup: RankSetup, launched: Launched): Promise<Replica> {
    await pickBackend(backendOfRank(setup.backend, launched), 1);
    const model = methodOf(setup.model).create(setup.model, setup.encoder, setup.train);
    if (!isGradientDetector(model)) throw new Error(`${model.method} does not learn by steps`);
    const optimizer = new Optimizer(model.trainable(), setup.train);
    if (setup.checkpoint) readCheckpoint(setup.checkpoint, 'the checkpoint of rank 0', model, optimizer);
    return new Replica(world, setup, model, optimizer);
  }

  async step({
    indices,
    rows,
    step,
    lr,
  }: {
    indices: readonly number[];
    rows: Uint16Array;
    step: number;
    lr: number;
  }) {
    const length = rows.length / indices.length;
    this.#rows = new Map(indices.map((index, i) => [index, rows.subarray(i * length, (i + 1) * length)]));
    try {
      await this.#step(indices, step, lr);
    } catch (error) {
      // rank 0 has the same one, and tells the user
      if (!(error instanceof NumericError)) throw error;
    }
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }
}

/** GPUs by local rank: one process each. */
const backendOfRank = (backend: string, { localRank }: Launched): string =>
  backend === 'cuda' ? `cuda:${localRank}` : backend;
