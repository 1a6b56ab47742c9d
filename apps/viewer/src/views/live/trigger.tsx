import { useEffect } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { stream } from '../../state/live/camera.js';
import { waiting } from '../../state/live/live.js';
import {
  everySeconds,
  judgeNow,
  keepShots,
  TRIGGERS,
  trigger,
  type Trigger,
} from '../../state/live/trigger.js';
import { locked, project } from '../../state/project/open.js';

const KEYS = [' ', 'j'];
/** What a key is for while it has the focus. */
const TAKES_KEYS = 'input, select, textarea, button, a, summary, dialog, [role="button"]';

/** When the camera's picture is judged; nothing while it is off. */
export function TriggerChoice() {
  const running = stream.value !== null;
  const by = trigger.value;
  const manual = running && by !== 'always';
  useEffect(() => {
    if (!manual) return undefined;
    const onKey = (event: KeyboardEvent) => {
      const { ctrlKey, metaKey, altKey, key, target } = event;
      if (!KEYS.includes(key) || ctrlKey || metaKey || altKey) return;
      if ((target as Element).closest(TAKES_KEYS)) return;
      event.preventDefault();
      judgeNow();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [manual]);
  if (!running) return null;
  return (
    <div class="trigger">
      <Choice
        label="Judge"
        value={by}
        options={Object.entries(TRIGGERS) as [Trigger, string][]}
        onChange={(value) => (trigger.value = value)}
      />
      {by === 'seconds' && (
        <label class="choice">
          <span>Seconds</span>
          <input
            id="trigger-seconds"
            type="number"
            min="1"
            max="3600"
            value={everySeconds.value}
            onInput={({ currentTarget: { valueAsNumber: value } }) => {
              if (value >= 1 && value <= 3600) everySeconds.value = value;
            }}
          />
        </label>
      )}
      {manual && (
        <>
          <button type="button" class="primary" id="judge-now" onClick={judgeNow}>
            Judge now <kbd>J</kbd>
          </button>
          {project.value && locked.value === null && (
            <label>
              <input
                type="checkbox"
                checked={keepShots.value}
                onChange={(event) => (keepShots.value = event.currentTarget.checked)}
              />{' '}
              Keep the pictures in the project
            </label>
          )}
          <p class="muted" role="status">
            {waiting.value > 0 ? 'Judging …' : READY[by as Exclude<Trigger, 'always'>]}
          </p>
        </>
      )}
    </div>
  );
}

const READY: Readonly<Record<Exclude<Trigger, 'always'>, string>> = {
  still: 'Waits until something has moved and the scene rests.',
  key: 'Waits for the key J, the space bar or the button.',
  seconds: 'Waits for the time.',
};
