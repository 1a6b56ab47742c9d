import { orderOfWays, trainingOrder } from '@pyramid-mamba/data';
import { bestOf, chosenIfNoWorse, orientationGains, rotatedIfBetter } from '@pyramid-mamba/inspect';
import {
  inputOf,
  TrainingSession,
  type LearnOptions,
  type SelfTest,
  type TrainingEvent as ModelEvent,
} from '@pyramid-mamba/model';
import { Gate } from '../training/gate.js';
import type { RunOptions } from '../training/run.js';
import type { DrawnExample, SavedTraining, StagedRequest, StageModel, Trained } from '../training/types.js';
import { bankOf, featuresOfCopies, type FeaturesOfCopies } from './copies.js';
import { drawnExamples } from './examples.js';
import { described } from './described.js';
import { bankPictures, chosenBanks, networkPictures } from './learnt.js';
import { prepared, reopened, type Prepared } from './prepare.js';
import { StagesCheckpoint, type Made, type SavedStages } from './saved.js';
import { withOrientations } from './settings.js';
import { Teller } from './teller.js';
import { fittedBank, makeTogether } from './bank.js';
import { tested, type Shown, type Tested, type Workshop } from './tested.js';

/** Minimum seconds between checkpoints. */
const CHECKPOINT_EVERY = 10;

const isAborted = (error: unknown): boolean => (error as Error | null)?.name === 'AbortError';

/**
 * A training in stages in the page's worker: a memory bank, which is a model to use at once, then the network, which takes its place only
 * where it tests better. Each stage leaves a complete model file, so what is made is not made again, and the bank's model is never lost.
 */
export class StagedRun {
  readonly #gate = new Gate();
  readonly #teller: Teller;
  #at: Prepared;
  #features: FeaturesOfCopies | undefined;
  #network: TrainingSession | undefined;
  /** Judged good pictures of models that were made since the page was opened. */
  readonly #shown = new Map<StageModel, Shown>();

  private constructor(
    at: Prepared,
    teller: Teller,
    private readonly options: RunOptions,
  ) {
    this.#at = at;
    this.#teller = teller;
  }

  /** Reads the pictures and stores all that is needed to go on, see `prepared`. */
  static async begin(request: StagedRequest, options: RunOptions): Promise<StagedRun> {
    const teller = new Teller(options.say);
    return new StagedRun(await prepared(request, options, teller), teller, options);
  }

  /** The saved training in stages; undefined if there is none. */
  static async reopen(options: RunOptions): Promise<StagedRun | undefined> {
    const found = await reopened();
    if (!found) return undefined;
    if (found.saved.backend !== options.backend) {
      const text = `The training was started on ${found.saved.backend}; on ${options.backend} the last digits will differ.`;
      options.say({ kind: 'note', text });
    }
    return new StagedRun(found, new Teller(options.say), options);
  }

  static async saved(): Promise<SavedTraining | null> {
    const found = await reopened();
    return found ? described(found) : null;
  }

  describe(): Promise<SavedTraining> {
    return described(this.#at);
  }

  pause(): void {
    this.#gate.pause();
  }

  goOn(): void {
    this.#gate.goOn();
  }

  /** Stops after the current step or batch; of the network there is a checkpoint then. */
  stop(): void {
    this.#gate.stop();
  }

  /** Makes what is missing; resolves to whether all is made instead of being stopped. */
  async train(): Promise<boolean> {
    this.#gate.start();
    try {
      const { folder, saved } = this.#at;
      let bank = (await folder.model('bank', saved)) ?? (await this.#makeBank());
      if (!bank) return false;
      if (saved.orientations === 'open') {
        this.options.say({ kind: 'model', trained: this.#trained('bank', bank, SO_FAR) });
        bank = await this.#chooseOrientations(bank);
      }
      if (saved.time === null) {
        await this.#settle({ model: 'bank', sentence: 'The memory bank is the model.' });
        return true;
      }
      this.options.say({ kind: 'model', trained: this.#trained('bank', bank, SO_FAR) });
      if (saved.patches === 'open') {
        bank = await this.#choosePatches(bank);
        this.options.say({ kind: 'model', trained: this.#trained('bank', bank, SO_FAR) });
      }
      const session = await this.#networkSession();
      if (!(await this.#learn(session))) return false;
      await this.#compare(session);
      return true;
    } catch (error) {
      if (this.#gate.stopped && isAborted(error)) return false;
      throw error;
    }
  }

  /** The better model of those that there are. A network that was stopped is tested as it is. */
  async finish(): Promise<Trained> {
    this.#gate.start();
    const { folder } = this.#at;
    const bank = await folder.model('bank', this.#at.saved);
    if (!bank) throw new Error('the training was stopped before it had made a model; resume it');
    if (this.#at.saved.time !== null) {
      const session = await this.#networkSession();
      if (session.state.step > 0) await this.#compare(session);
    }
    const { settled = SO_FAR } = this.#at.saved;
    const made = settled.model === 'bank' ? bank : await folder.model(settled.model, this.#at.saved);
    return made ? this.#trained(settled.model, made, settled) : this.#trained('bank', bank, SO_FAR);
  }

  /** The drawn defects of the model's self-test, as small pictures. */
  async examples(): Promise<DrawnExample[]> {
    const { folder, saved, stored } = this.#at;
    const made = await folder.model(saved.settled?.model ?? 'bank', saved);
    return made ? drawnExamples(made.info, saved.pictures, stored) : [];
  }

  dispose(): void {
    this.stop();
    this.#network?.dispose();
    this.#network = undefined;
  }

  #workshop(): Workshop {
    const { stored, weights } = this.#at;
    const { lock, say } = this.options;
    return {
      stored,
      weights,
      exclusive: (work) => lock.run(work),
      teller: this.#teller,
      note: (text) => say({ kind: 'note', text }),
      stopped: () => this.#gate.stopped,
      paused: () => this.#gate.paused,
      helped: this.options.backend === 'wasm',
    };
  }

  async #makeBank(): Promise<Made | undefined> {
    const { folder, saved } = this.#at;
    const found = await this.#bankOf(saved, await this.#stored(), undefined);
    if (!found) return undefined;
    const { shown, ...made } = found;
    await folder.writeModel('bank', saved, made.bytes);
    this.#shown.set('bank', shown);
    return made;
  }

  /** @param resembling see `TestOptions` */
  async #bankOf(
    saved: SavedStages,
    features: FeaturesOfCopies,
    resembling: SelfTest | undefined,
  ): Promise<Tested | undefined> {
    const workshop = { ...this.#workshop(), resembling };
    const pictures = bankPictures(saved, features);
    const session = await fittedBank(saved.bank, pictures, 'bank', workshop);
    if (!session) return undefined;
    try {
      return await tested(session, pictures, saved, saved.bank, 'bank-test', workshop);
    } finally {
      session.dispose();
    }
  }

  /**
   * The bank with rotated and mirrored copies of the products that lie in any orientation, where it tests better; the network then learns from them,
   * too. Rejects with an AbortError where it is stopped: it is then found out again.
   */
  async #chooseOrientations(now: Made): Promise<Made> {
    const { saved, stored } = this.#at;
    const workshop = this.#workshop();
    const { exclusive, stopped, teller, note } = workshop;
    const train = saved.pictures.map((picture) => stored.sample(picture, 0));
    const gains = await orientationGains(
      { classes: saved.classes, train },
      {
        bankOf: bankOf(this.#at, workshop),
        seed: saved.bank.train.seed,
        selfTest: now.info.selfTest,
        exclusive,
        stopped,
        onProgress: (done, total, doing) => teller.tell('orientation', doing, done, total),
      },
    );
    let next = saved;
    let features: FeaturesOfCopies | undefined;
    const make = async (classes: string[]): Promise<Tested> => {
      next = withOrientations(saved, classes);
      features = await this.#copies(next);
      const found = await this.#bankOf(next, features, undefined);
      if (!found) throw new DOMException('the training was stopped', 'AbortError');
      return found;
    };
    const better = await rotatedIfBetter<Made>(now, gains, make, note);
    if (!better) {
      await this.#save({ ...saved, orientations: 'chosen' });
      return now;
    }
    this.#features = features;
    return this.#replaceBank({ ...next, orientations: 'chosen' }, better.made as Tested);
  }

  /** The bank with patches that are chosen instead of drawn, where it tests no worse. Rejects with an AbortError where it is stopped: it is then tried again. */
  async #choosePatches(now: Made): Promise<Made> {
    const features = await this.#stored();
    const saved: SavedStages = { ...this.#at.saved, patches: 'chosen' };
    const tried = chosenBanks(saved, features).map((one) => ({
      ...one,
      make: async (drawn: SelfTest): Promise<Made> => {
        const found = await this.#bankOf(one.saved, features, drawn);
        if (!found) throw new DOMException('the training was stopped', 'AbortError');
        return found;
      },
    }));
    const better = await chosenIfNoWorse(now, tried, this.#workshop().note);
    if (better) return this.#replaceBank(better.by.saved, better.made as Tested);
    await this.#save(saved);
    return now;
  }

  /** Puts another bank and its settings in the place of the present ones, in one write. */
  async #replaceBank(next: SavedStages, { shown, ...made }: Tested): Promise<Made> {
    const { folder, saved } = this.#at;
    await folder.writeModel('bank', next, made.bytes);
    await this.#save(next);
    await folder.removeModel('bank', saved);
    this.#shown.set('bank', shown);
    return made;
  }

  /** The network's training, from its last checkpoint. */
  async #networkSession(): Promise<TrainingSession> {
    if (this.#network) return this.#network;
    const { folder, saved, weights } = this.#at;
    const session = new TrainingSession({
      config: saved.network.model,
      encoder: weights,
      train: saved.network.train,
      checkpoints: new StagesCheckpoint(folder.folder),
      exclusive: (work) => this.options.lock.run(work),
    });
    try {
      await session.restore();
    } catch (error) {
      session.dispose();
      throw error;
    }
    return (this.#network = session);
  }

  /** Trains the network to its last step; resolves to false where it was stopped before, with a checkpoint. */
  async #learn(session: TrainingSession): Promise<boolean> {
    const { saved } = this.#at;
    const { train, features, ways } = networkPictures(saved, await this.#stored());
    const { time, network } = saved;
    const before = session.state.step;
    const options: LearnOptions = {
      // an epoch has one way of each picture, which `order` draws
      batches: { ...features, count: train.length },
      order: orderOfWays(
        trainingOrder(train.length, network.train.batchSize, network.train.seed),
        { ways },
        network.train.seed,
      ),
      stopped: () => this.#gate.stopped,
      paused: () => this.#gate.paused,
      checkpointEvery: CHECKPOINT_EVERY,
      hear: (event) => this.#hear(event, before),
    };
    if (network.train.steps === undefined && typeof time === 'number') {
      const planned = await session.plan(time, options);
      if (!planned) return false;
      await this.#save({ ...this.#at.saved, network: { ...network, train: planned } });
    }
    return session.learn(options);
  }

  #hear(event: ModelEvent, before: number): void {
    const { say } = this.options;
    say(event);
    const doing = 'improving the model';
    if (event.kind === 'measuring') this.#teller.tell('network', `${doing}: measuring this machine`, 0, 1);
    if (event.kind !== 'step') return;
    const { step, total } = event;
    const open = this.#at.saved.time === 'open';
    if (open) this.#teller.tell('network', `${doing}, until you stop it`, 0, 0);
    else this.#teller.tell('network', doing, step, total, before);
  }

  /** Tests the network, alone and together with the bank, and leaves the best model as the one to use. */
  async #compare(session: TrainingSession): Promise<void> {
    const { folder, saved } = this.#at;
    const { step } = session.state;
    const both = await folder.model('ensemble', saved);
    if (saved.settled && both?.info.training?.['steps'] === step) return;
    const bank = await folder.model('bank', saved);
    if (!bank) throw new Error('the browser has cleared the model of the memory bank; start again');
    const pictures = networkPictures(saved, await this.#stored());
    const workshop = this.#workshop();
    const { shown, ...network } = await tested(
      session,
      pictures,
      saved,
      saved.network,
      'network-test',
      workshop,
    );
    await folder.writeModel('network', saved, network.bytes);
    this.#shown.set('network', shown);
    const all = bankPictures(saved, await this.#stored());
    const made = await makeTogether({ bank, network }, { all, network: pictures }, saved, workshop);
    if (!made) throw new DOMException('the comparison was stopped', 'AbortError');
    await folder.writeModel('ensemble', saved, made.bytes);
    this.#shown.set('ensemble', made.shown);
    const { best, reason } = bestOf<Made>(bank, network, made);
    const model = best === bank ? 'bank' : best === network ? 'network' : 'ensemble';
    await this.#settle({ model, sentence: `${SETTLED[model]}: ${reason}.` });
  }

  async #settle(settled: NonNullable<SavedStages['settled']>): Promise<void> {
    await this.#save({ ...this.#at.saved, settled });
  }

  async #save(saved: SavedStages): Promise<void> {
    await this.#at.folder.writeSession(saved);
    this.#at = { ...this.#at, saved };
  }

  /** The features of all good pictures, in their order, and of their copies. */
  async #stored(): Promise<FeaturesOfCopies> {
    return (this.#features ??= await this.#copies(this.#at.saved));
  }

  #copies(saved: SavedStages): Promise<FeaturesOfCopies> {
    const { exclusive, teller, stopped, paused } = this.#workshop();
    // a bank of chosen patches may have none of the copies that the network learns from
    const rotated = saved.network.train.augmentRotations ?? [];
    return featuresOfCopies(
      { ...this.#at, saved },
      saved.pictures,
      rotated,
      exclusive,
      async (done, total) => {
        if (stopped()) throw new DOMException('the training was stopped', 'AbortError');
        teller.tell('orientation', `rotated and mirrored copy ${done + 1} of ${total}`, done, total);
        await paused();
      },
    );
  }

  #trained(model: StageModel, { bytes, info }: Made, { sentence }: { readonly sentence: string }): Trained {
    const { saved } = this.#at;
    const steps = info.training?.['steps'];
    return {
      name: `${saved.name}.safetensors`,
      // the caller transfers it
      bytes: Uint8Array.from(bytes),
      info,
      size: inputOf(saved.bank.model).width,
      steps: typeof steps === 'number' ? steps : 0,
      pictures: (this.#shown.get(model)?.highest ?? []).map(({ rgb, map, ...rest }) => ({
        ...rest,
        rgb: rgb.slice(),
        map: map.slice(),
      })),
      scored: this.#shown.get(model)?.scored ?? [],
      // the bank learns all pictures, and judges each without itself
      heldBack: model === 'network' ? saved.heldBack : [],
      stage: { model, sentence },
    };
  }
}

const SETTLED: Readonly<Record<StageModel, string>> = {
  bank: 'The memory bank stays',
  network: 'The network has taken over',
  ensemble: 'Bank and network together have taken over',
};

const SO_FAR = {
  model: 'bank',
  sentence: 'The memory bank can be used now; the network has not been compared with it yet.',
} as const;
