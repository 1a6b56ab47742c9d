import { fewPicturesOf, thresholdsFrom } from '@pyramid-mamba/inspect';
import { useState } from 'preact/hooks';
import type { Calibration, Item, OpenRun } from '../../run/types.js';
import { setThresholds } from '../../state/tuning.js';

/** Sets thresholds by a rate: at most so many of a hundred good parts may be refused. */
export function Target({
  run,
  className,
  items,
  calibration,
}: {
  run: OpenRun;
  className: string;
  items: readonly Item[];
  calibration: Calibration | undefined;
}) {
  const [percent, setPercent] = useState(1);
  const [said, setSaid] = useState<readonly string[]>([]);
  const labelled = items.filter(({ label, fit }) => label !== null && fit === undefined);
  const good = labelled.filter(({ label }) => label === 0).length;
  const apply = () => {
    const share = percent / 100;
    if (!(share > 0 && share < 1)) return;
    const records = labelled.map(({ score, label }) => ({
      className,
      kind: label === 0 ? 'good' : 'defective',
      score,
    }));
    const found = thresholdsFrom(records, { maxFalseRejects: share, largestScore: run.largestScore })[
      className
    ];
    if (!found) {
      setSaid([`No threshold below the largest possible score refuses so few good parts of ${className}.`]);
      return;
    }
    // the level of good pixels is measured in training
    setThresholds(className, { ...found, background: calibration?.background ?? found.background });
    const same = found.review === calibration?.review && found.reject === calibration.reject;
    setSaid([
      // known defects may demand thresholds that refuse fewer: then nothing moves, and that is said
      ...(same ? ['The thresholds are those of this target already'] : []),
      ...fewPicturesOf({ [className]: found }, share),
    ]);
  };
  return (
    <form
      class="target"
      aria-label="By a target"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        At most{' '}
        <input
          id="target"
          type="number"
          min="0.1"
          max="50"
          step="0.1"
          value={percent}
          onInput={(event) => setPercent(event.currentTarget.valueAsNumber)}
        />{' '}
        of 100 good parts refused
      </label>
      <button type="submit" disabled={good === 0 || !(percent > 0 && percent < 100)}>
        Set by this target
      </button>
      {said.map((sentence) => (
        <small key={sentence} class="muted" role="status">
          {sentence}.
        </small>
      ))}
    </form>
  );
}
