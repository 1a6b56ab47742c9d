import { Confirm } from '../../parts/confirm.js';
import { judgedOf, tally } from '../../state/live/record.js';
import { shots, type Shot } from '../../state/live/shots.js';
import { CircleCheck, CircleX } from 'lucide';
import { Icon } from '../../parts/icon.js';
import { locked, project } from '../../state/project/open.js';
import { keepFrame } from '../../state/project/verdicts.js';
import { fineTune, fineTuning, trainedHere, undoable, undoFineTune } from '../../state/training.js';

/** What learning the picture does, with the number of files that are judged again and of those that are not. */
export function question({ name, judgement }: Shot): string {
  const again = shots.value.length;
  const older = judgedOf(tally.value) - shots.value.filter(({ stale }) => stale === null).length;
  const files = (count: number) => (count === 1 ? '1 file' : `${count} files`);
  return [
    `Learn ${name} as a good picture of ${judgement.className}? The thresholds are set again.`,
    ...(again > 0 ? [`The last ${files(again)} ${again === 1 ? 'is' : 'are'} judged again.`] : []),
    ...(older > 0
      ? [
          `${files(older)} judged before ${older === 1 ? 'keeps its verdict' : 'keep their verdicts'} of the present model; the counts and the saved table say so.`,
        ]
      : []),
    'You can undo it.',
  ].join(' ');
}

/** What a person says of a camera's frame: the project has it only then. */
export function KeepFrame({ shot }: { shot: Shot }) {
  if (shot.from !== 'camera' || shot.stale !== null || !project.value || locked.value !== null) return null;
  return (
    <div class="labels" role="group" aria-label="Is the verdict right?">
      <button type="button" onClick={() => void keepFrame(shot, 'good')}>
        <Icon of={CircleCheck} /> This is good
      </button>
      <button type="button" onClick={() => void keepFrame(shot, 'defective')}>
        <Icon of={CircleX} /> This is defective
      </button>
    </div>
  );
}

/** Marks a picture as a false alarm; the model trained in this page learns it from the stored features. */
export function FalseAlarm({ shot }: { shot: Shot }) {
  // in a project pictures are labelled, and learnt together on a press
  if (!trainedHere.value || shot.stale !== null || project.value) return null;
  const { verdict } = shot.judgement;
  const running = fineTuning.value;
  if (verdict === null || verdict === 'OK') return null;
  return (
    <div class="false-alarm">
      <Confirm
        label="This one is fine …"
        question={question(shot)}
        yes="Learn it"
        no="Cancel"
        disabled={running !== null}
        onYes={() => void fineTune(shot)}
      />
    </div>
  );
}

/** How far the learning is, and the way back. */
export function Learning() {
  const running = fineTuning.value;
  if (running !== null) return <p role="status">{running}</p>;
  if (!undoable.value) return null;
  return (
    <p>
      <button type="button" onClick={() => void undoFineTune()}>
        Undo “This one is fine”
      </button>
    </p>
  );
}
