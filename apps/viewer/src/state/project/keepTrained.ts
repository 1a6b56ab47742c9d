import { effect } from '@preact/signals';
import { ownValue } from '@pyramid-mamba/metrics';
import { labelledPictures, type Judged, type OpenProject } from '@pyramid-mamba/projects';
import { sentenceOf } from '@pyramid-mamba/inspect';
import type { StageModel, Trained } from '../../engine/training/types.js';
import { notifyError } from '../notices.js';
import { modelIds, modelsKept } from '../opened.js';
import { LEFT_OUT } from './leftOut.js';
import {
  busy,
  phase,
  progressText,
  secondsGiven,
  stopped,
  trained,
  trainingFor,
  type Phase,
} from '../training.js';

/** The pictures that a model was not trained on, by the training's ids; they begin with the project's. */
const heldBackOf = ({ heldBack }: Trained): Set<string> => new Set(heldBack.map((id) => id.split('/')[0]!));

/** The verdicts on the good pictures of its test, each judged as one that it has not learnt. */
function scoresOf(
  { scored, info }: Trained,
  good: ReadonlySet<string>,
  model: string,
): Omit<Judged, 'label'>[] {
  const at = new Date().toISOString();
  return scored.flatMap(({ id: named, className, score, verdict, doubts }) => {
    const [id, ...name] = named.split('/');
    if (id === undefined || !good.has(id)) return [];
    const { review = null, reject = null } = ownValue(info.calibration, className) ?? {};
    const remark = [...doubts, LEFT_OUT].join('; ');
    return [
      {
        id,
        name: name.join('/'),
        product: className,
        score,
        verdict,
        review,
        reject,
        remark,
        regions: [],
        model,
        at,
        milliseconds: 0,
      },
    ];
  });
}

const METHODS: Readonly<Record<StageModel, string>> = {
  bank: 'memory bank',
  network: 'network',
  ensemble: 'memory bank and network',
};

async function keep(open: OpenProject, found: Trained): Promise<void> {
  // the first model of a training that was not improved is there already
  if (modelIds.has(found.bytes)) return;
  const good = labelledPictures(open.content).filter(({ is }) => is === 'good');
  const held = heldBackOf(found);
  const ids = good.map(({ picture }) => picture.id);
  const { info } = found;
  try {
    const entry = await open.addModel({
      file: new Blob([found.bytes]),
      name: found.name,
      from: 'trained',
      method: found.stage ? METHODS[found.stage.model] : '',
      products: info.classes,
      learnt: ids.filter((id) => !held.has(id)),
      heldBack: ids.filter((id) => held.has(id)),
      selfTest: Object.entries(info.selfTest ?? {}).map(([product, one]) => ({
        product,
        sentence: sentenceOf({ [product]: one }),
      })),
    });
    // the open model is that of the project now: what it has judged stays
    modelIds.set(found.bytes, entry.id);
    modelsKept.value++;
    await open.recordVerdicts(scoresOf(found, new Set(ids), entry.id));
  } catch (error) {
    notifyError(`${found.name} is open, but was not kept in the project`, error);
  }
}

/** Notes in the project that there is a training which can be resumed, and how far it is; that there is none once it is complete. */
async function noteTraining(open: OpenProject, before: Phase, now: Phase): Promise<void> {
  if (open.readOnly) return;
  const known = open.content.training;
  const at = new Date().toISOString();
  try {
    if (now === 'done' || (now === 'idle' && before !== 'preparing')) {
      if (known) await open.setTraining(null);
    } else if (now === 'training' || now === 'paused' || now === 'stopped')
      await open.setTraining({
        started: (now === 'training' && before === 'preparing' ? undefined : known?.started) ?? at,
        saved: at,
        progress: now === 'stopped' ? `stopped: ${progressText()}` : progressText(),
        seconds: secondsGiven ?? known?.seconds ?? null,
      });
  } catch (error) {
    notifyError('The project does not know of its training', error);
  }
}

/** Keeps each model that is trained here in the project that it was trained for, which stays this tab's while it is trained. */
export function keepTrained(): void {
  let before: Trained | null = null;
  let free: () => void = () => undefined;
  effect(() => {
    const found = trained.value;
    const open = trainingFor.peek();
    if (found === before) return;
    before = found;
    if (found && open) void keep(open, found);
  });
  let told: Phase = 'idle';
  effect(() => {
    const [now, open] = [phase.value, trainingFor.value];
    if (open && now !== told) void noteTraining(open, told, now);
    told = now;
  });
  effect(() => {
    free();
    const open = trainingFor.value;
    free = open && busy.value ? open.hold('a training runs', stopped) : () => undefined;
  });
}
