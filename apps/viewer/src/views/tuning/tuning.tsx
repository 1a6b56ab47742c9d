import { isReachable } from '@pyramid-mamba/model';
import { useMemo } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { ExampleNote, NothingOpen } from '../../parts/nothingOpen.js';
import type { Calibration, Item, OpenRun } from '../../run/types.js';
import { run } from '../../state/opened.js';
import {
  isChanged,
  moved,
  resetThresholds,
  setThresholds,
  suggested,
  tune,
  tuned,
  type Level,
} from '../../state/tuning.js';
import { distrustBy, thresholdsOf } from '../../state/verdicts.js';
import { ClassTable } from './classTable.js';
import { countsAt } from './counts.js';
import { CountsTable } from './countsTable.js';
import { Curves } from './curves.js';
import { Histogram } from './histogram.js';
import { Changes } from './changes.js';
import { keepThresholds, saveIntoModel } from './save.js';
import { Target } from './target.js';
import { TwoModels } from './twoModels.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { locked, project } from '../../state/project/open.js';
import './tuning.css';

/** Sets the review and reject thresholds, and shows their effect. */
export function Tuning() {
  const opened = run.value;
  if (!opened) return <NothingOpen />;
  return (
    <div class="tuning">
      <h1 class="out-of-sight">Thresholds of {opened.name}</h1>
      <ExampleNote />
      {tuned.value !== null && <TunedClass run={opened} className={tuned.value} />}
      <ClassTable run={opened} />
      <TwoModels run={opened} />
      {project.value && (
        <p class="muted">
          Which part of the picture counts is drawn on a picture:{' '}
          <a href={addressOf(placeOf('judge', 'now'))}>Areas that count</a>.
        </p>
      )}
    </div>
  );
}

const METHODS: Record<Calibration['method'], string> = {
  quantile: 'from good pictures alone',
  drawn: 'from good pictures and defects drawn on them',
  f1: 'at the best F1 score',
  manual: 'by hand',
};

function TunedClass({ run: opened, className }: { run: OpenRun; className: string }) {
  const items = useMemo(
    () => opened.items.filter((item) => item.className === className),
    [opened, className],
  );
  const calibration = thresholdsOf(className);
  const proposal = useMemo(() => suggested(opened, className, items), [opened, className, items]);
  return (
    <>
      <div class="tuning-bar">
        <Choice
          label="Class"
          value={`=${className}`}
          options={opened.classes.map((name) => [`=${name}`, name] as const)}
          onChange={(value) => tune(value.slice(1))}
        />
        {calibration && <Numbers className={className} calibration={calibration} />}
        <button
          type="button"
          disabled={!proposal}
          title="As evaluate sets them: the best F1 where there are defects, else quantiles of the good pictures"
          onClick={() => proposal && setThresholds(className, proposal)}
        >
          Suggest
        </button>
        <button type="button" disabled={!isChanged(className)} onClick={() => resetThresholds(className)}>
          Reset
        </button>
        {project.value && (
          <button
            type="button"
            class="primary"
            disabled={!opened.classes.some(isChanged) || locked.value !== null}
            onClick={() => void keepThresholds()}
          >
            Save
          </button>
        )}
        <button
          type="button"
          class={project.value ? '' : 'primary'}
          disabled={!calibration}
          onClick={() => void saveIntoModel()}
        >
          Save into the model file
        </button>
      </div>
      <Target
        key={`target ${className}`}
        run={opened}
        className={className}
        items={items}
        calibration={calibration}
      />
      {calibration ? (
        <>
          <p class="muted set-by">
            Set {METHODS[calibration.method]}; {calibration.goodCount} good and {calibration.defectCount}{' '}
            defective pictures. Drag the two lines, or focus one and use the arrow keys.
          </p>
          {!isReachable(calibration.review, opened.largestScore) && (
            <p class="verdict NG">
              No score can reach the review threshold, so nothing is judged OK: set it below{' '}
              {opened.largestScore.toFixed(3)}.
            </p>
          )}
          <div class="tuning-row">
            <Histogram
              key={className}
              className={className}
              items={items}
              calibration={calibration}
              largestScore={opened.largestScore}
            />
            <CountsTable
              counts={countsAt(items, calibration, distrustBy(className, calibration) !== undefined)}
            />
          </div>
          {isChanged(className) && <Changes run={opened} className={className} items={items} />}
          {items.some(({ label }) => label === 1) ? (
            <Curves
              key={className}
              run={opened}
              className={className}
              items={items}
              calibration={calibration}
            />
          ) : (
            <p>
              The run has no defective picture of {className}. The thresholds rest on good pictures alone, and
              how many defects they miss is not known. Evaluate with some defective pictures to see it.
            </p>
          )}
        </>
      ) : (
        <NoThresholds className={className} items={items} canSuggest={proposal !== undefined} />
      )}
    </>
  );
}

function NoThresholds({
  className,
  items,
  canSuggest,
}: {
  className: string;
  items: readonly Item[];
  canSuggest: boolean;
}) {
  return (
    <p>
      {className} has no thresholds and {items.length} pictures.{' '}
      {canSuggest
        ? '“Suggest” sets them from the scores of its pictures.'
        : 'It has no good picture to set thresholds from.'}
    </p>
  );
}

const FIELDS: readonly (readonly [which: Level, title: string])[] = [
  ['review', 'Review from'],
  ['reject', 'Reject from'],
];

function Numbers({ className, calibration }: { className: string; calibration: Calibration }) {
  const [low, high] = calibration.scoreRange;
  const step = 10 ** Math.floor(Math.log10(Math.max(high - low, 1e-9) / 100));
  return (
    <>
      {FIELDS.map(([which, title]) => (
        <label key={which} class="choice">
          <span>{title}</span>
          <input
            type="number"
            step={step}
            value={Number(calibration[which].toPrecision(5))}
            onChange={(event) => {
              const value = event.currentTarget.valueAsNumber;
              if (Number.isFinite(value)) setThresholds(className, moved(calibration, which, value));
            }}
          />
        </label>
      ))}
    </>
  );
}
