// The processes of an MPI job as judges: rank 0 reads and decodes pictures and gives each batch to the first rank that is free.
import type { PoolWorker } from '@pyramid-mamba/inspect';
import { pickBackend, type ChosenBackend } from '../backend.js';
import { SINGLE_THREAD } from '../threads/count.js';
import { errorOf, failedBy } from '../threads/failure.js';
import { JudgeDesk } from '../threads/judgeDesk.js';
import { Judges, JudgeThread } from '../threads/judges.js';
import type { JudgeTask, JudgeWork } from '../threads/judgeWork.js';
import { packed, unpacked, type RankJudgeReply, type RankJudgeTask } from './messages.js';
import type { World } from './world.js';

/** Rank 0: all ranks as judges, this one among them. Resolves when all have their backend; until they are stopped the ranks hear nothing else. */
export async function judgesOfRanks(
  world: World,
  backend: Pick<ChosenBackend, 'name' | 'request'>,
): Promise<Judges> {
  await world.broadcast(packed({ kind: 'judge', backend: backend.request }));
  const others = Array.from({ length: world.size - 1 }, (_, i) => new RankJudge(world, i + 1));
  // a thread of its own leaves this one free for messages; a device that cannot be shared is already this thread's
  const own = SINGLE_THREAD.includes(backend.name) ? new JudgeHere() : new JudgeThread(backend.request);
  return Judges.of([own, ...others]);
}

/** Another rank: judges what rank 0 sends until it says that this is over. */
export async function judgeForRankZero(world: World, backend: string): Promise<void> {
  const desk = new JudgeDesk();
  const answer = async (work: () => Promise<RankJudgeReply>): Promise<void> => {
    // what fails here fails the command in rank 0, which tells the user
    const reply = await work().catch(failedBy);
    await world.send(0, packed(reply));
  };
  await answer(async () => {
    // ranks share a machine's cores: one each
    await pickBackend(backend, 1);
    return { kind: 'ready' };
  });
  for (;;) {
    const task = unpacked<RankJudgeTask>(await world.receive(0));
    if (task.name === 'end') break;
    await answer(async () => ({ kind: 'done', answer: await desk.take(task) }));
  }
  desk.dispose();
}

/** A rank's client in rank 0. */
class RankJudge implements PoolWorker<JudgeWork> {
  readonly ready: Promise<unknown>;
  /** Settles when the rank has answered all that it was asked. */
  #settled: Promise<unknown>;

  constructor(
    private readonly world: World,
    private readonly rank: number,
  ) {
    this.ready = this.#settled = this.#answer();
  }

  ask<Name extends keyof JudgeWork>(
    name: Name,
    task: JudgeWork[Name]['task'],
  ): Promise<JudgeWork[Name]['answer']> {
    const answer = this.world.send(this.rank, packedOnce({ name, task })).then(() => this.#answer());
    this.#settled = answer;
    return answer as Promise<JudgeWork[Name]['answer']>;
  }

  /** Waits for an answer that is open: nobody else would take it from the rank. */
  async stop(): Promise<void> {
    await this.#settled.catch(() => undefined);
    await this.world.send(this.rank, packed({ name: 'end' }));
  }

  async #answer(): Promise<unknown> {
    const reply = unpacked<RankJudgeReply>(await this.world.receive(this.rank));
    if (reply.kind === 'failed') throw errorOf(reply);
    return reply.kind === 'done' ? reply.answer : null;
  }
}

/** This thread as a judge. */
class JudgeHere implements PoolWorker<JudgeWork> {
  readonly ready = Promise.resolve();
  readonly #desk = new JudgeDesk();

  ask<Name extends keyof JudgeWork>(
    name: Name,
    task: JudgeWork[Name]['task'],
  ): Promise<JudgeWork[Name]['answer']> {
    return this.#desk.take({ name, task }) as Promise<JudgeWork[Name]['answer']>;
  }

  stop(): Promise<void> {
    this.#desk.dispose();
    return Promise.resolve();
  }
}

const messages = new WeakMap<object, Uint8Array>();

/** A message for several ranks, such as a model, is made once. */
function packedOnce(task: JudgeTask): Uint8Array {
  let message = messages.get(task.task);
  if (!message) messages.set(task.task, (message = packed(task)));
  return message;
}
