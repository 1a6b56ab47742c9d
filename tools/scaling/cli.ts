// npm run scaling -- [--link GBIT] [--gradient-mb MB] [--picture-seconds S] …: the tables of docs/scaling.md with other assumptions.
import { parseArgs } from 'node:util';
import { markdownTable } from '@pyramid-mamba/runs';
import {
  fleetLoad,
  gigabit,
  trainingStep,
  type Exchange,
  type FleetFacts,
  type TrainingFacts,
} from './model.ts';

const { values } = parseArgs({
  options: {
    // training: `tiny`, ResNet18, 256×256, batch 8, wasm with one thread (docs/benchmarks.md); 54 MB (docs/mpi.md)
    'step-seconds': { type: 'string', default: '6.12' },
    batch: { type: 'string', default: '8' },
    'gradient-mb': { type: 'string', default: '54' },
    'feature-mb': { type: 'string', default: '0.9' },
    link: { type: 'string', default: '10' },
    'adding-mb': { type: 'string', default: '1000' },
    // judging
    'picture-seconds': { type: 'string', default: '0.4' },
    'picture-kb': { type: 'string', default: '200' },
    'result-kb': { type: 'string', default: '2' },
    peak: { type: 'string', default: '3' },
    messages: { type: 'string', default: '8' },
    'broker-messages': { type: 'string', default: '2000' },
    'disk-mb': { type: 'string', default: '200' },
    'broker-link': { type: 'string', default: '1' },
  },
});

function given(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, got ${values[name]}`);
  return value;
}

const batch = given('batch');
const training: TrainingFacts = {
  secondsPerPicture: given('step-seconds') / batch,
  picturesEach: batch,
  gradientBytes: given('gradient-mb') * 1e6,
  featureBytes: given('feature-mb') * 1e6,
  link: gigabit(given('link')),
  adding: given('adding-mb') * 1e6,
};
const fleet = (picturesPerDay: number): FleetFacts => ({
  picturesPerDay,
  peak: given('peak'),
  secondsPerPicture: given('picture-seconds'),
  pictureBytes: given('picture-kb') * 1e3,
  resultBytes: given('result-kb') * 1e3,
  messages: given('messages'),
  brokerMessages: given('broker-messages'),
  link: gigabit(given('broker-link')),
  disk: given('disk-mb') * 1e6,
  daysKept: 7,
});

const MACHINES = [1, 2, 4, 8, 16, 32, 64];
const percent = (share: number): string =>
  `${(100 * share).toFixed(share < 0.01 ? 2 : share < 0.1 ? 1 : 0)} %`;
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function steps(by: Exchange): string {
  return markdownTable(
    [
      'machines',
      'compute, s',
      'features, s',
      'exchange, s',
      'sum, s',
      'pictures/s',
      'efficiency',
      'gradients held, MB',
    ],
    MACHINES.map((machines) => {
      const step = trainingStep(training, machines, by);
      const times = [step.compute, step.features, step.exchange, step.adding].map((time) => time.toFixed(2));
      return [
        String(machines),
        ...times,
        step.rate.toFixed(1),
        percent(step.efficiency),
        megabytes(step.memory),
      ];
    }),
  );
}

console.log(
  `A step of training, gradients gathered by each from each (as the program does it):\n\n${steps('gather')}`,
);
console.log(`\nThe same around a ring (not written):\n\n${steps('ring')}`);
console.log(
  `\nA fleet:\n\n${markdownTable(
    [
      'pictures a day',
      'a second, at peak',
      'cores busy',
      'link',
      'disk',
      'messages',
      'results kept, GB',
      'first used up, at pictures a day',
    ],
    [1e5, 1e6, 1e7].map((pictures) => {
      const load = fleetLoad(fleet(pictures));
      return [
        pictures.toLocaleString('en'),
        load.rate.toFixed(1),
        load.cores.toFixed(1),
        percent(load.link),
        percent(load.disk),
        percent(load.messages),
        (load.kept / 1e9).toFixed(1),
        `${load.first}, ${(load.most / 1e6).toFixed(1)} million`,
      ];
    }),
  )}`,
);
