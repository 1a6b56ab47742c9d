import { signal } from '@preact/signals';
import type { NetworkTime } from '../../engine/training/types.js';

/** How long the model is improved after the first one is there; `alone`: one method by the settings under the details, without stages. */
export const time = signal<NetworkTime | 'alone'>(300);

const CHOICES: readonly (readonly [NetworkTime | 'alone', string])[] = [
  [null, 'Not at all: keep the first model'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [1200, '20 minutes'],
  [3600, '60 minutes'],
  ['open', 'Until I stop it'],
  ['alone', 'One method alone, by the details'],
];

/** The choice of the time; the first model is there within about a minute whatever it is. */
export function TimeChoice() {
  return (
    <label>
      <span>Improve it for</span>
      <select
        id="train-time"
        value={String(time.value)}
        onChange={(event) => {
          const found = CHOICES.find(([value]) => String(value) === event.currentTarget.value);
          if (found) time.value = found[0];
        }}
      >
        {CHOICES.map(([value, title]) => (
          <option key={String(value)} value={String(value)}>
            {title}
          </option>
        ))}
      </select>
      <small class="muted">
        a first model can be used after about a minute; what comes later takes its place only where it tests
        better
      </small>
    </label>
  );
}
