import { Check, ScanEye } from 'lucide';
import { Icon } from '../parts/icon.js';
import { filteredAddress, isFiltered } from '../state/address/filter.js';
import { addressOf, PARTS, place, placeOf, STEPS, type Part, type Step } from '../state/address/route.js';
import { PART_TITLES, STEP_TITLES } from '../state/address/titles.js';
import { stepStates } from '../state/steps.js';
import { run } from '../state/opened.js';
import { workplace } from '../state/workplace.js';

const KINDS = {
  example: 'drawn products, part of this page',
  run: 'a run of the command line, read-only',
  model: 'a model file, read-only',
  own: 'in this browser only',
} as const;

/** The project and the steps of work, and below them the parts of the present step. */
export function Bar() {
  const opened = workplace.value;
  return (
    <>
      <header class="bar">
        <a class="brand" href="#" title="Projects, and what can be opened">
          <Icon of={ScanEye} />
          <span>
            {opened && place.value ? opened.name : 'Pyramid-Mamba'}
            <small>{opened && place.value ? KINDS[opened.kind] : 'visual inspection in this browser'}</small>
          </span>
        </a>
        <nav aria-label="Steps">
          <ol class="steps-of-work">
            {STEPS.map((step, i) => (
              <StepLink key={step} step={step} number={i + 1} />
            ))}
          </ol>
        </nav>
      </header>
      <Parts />
    </>
  );
}

function StepLink({ step, number }: { step: Step; number: number }) {
  const { done, words } = stepStates.value[step];
  const here = place.value?.step === step;
  return (
    <li class={done ? 'done' : undefined}>
      <a href={partAddress(step, firstPart(step))} aria-current={here ? 'page' : undefined} data-step={step}>
        <span class="number">
          {number} {done && !here && <Icon of={Check} />}
        </span>
        <span class="words">
          {STEP_TITLES[step]} <small>{words}</small>
        </span>
      </a>
    </li>
  );
}

/** A run begins with its results. */
const firstPart = (step: Step): Part => (step === 'judge' && run.value ? 'results' : PARTS[step][0]);

const partAddress = (step: Step, part: Part): string =>
  isFiltered(part) ? filteredAddress(part) : addressOf(placeOf(step, part));

/** The parts of the present step, where it has several. */
function Parts() {
  const now = place.value;
  if (!now || PARTS[now.step].length < 2) return null;
  return (
    <nav class="parts" aria-label={`Parts of ${STEP_TITLES[now.step]}`}>
      {PARTS[now.step].map((part) => (
        <a
          key={part}
          href={partAddress(now.step, part)}
          aria-current={part === now.part ? 'page' : undefined}
        >
          {PART_TITLES[part]}
        </a>
      ))}
    </nav>
  );
}
