import {
  currentModel,
  labelledSince,
  picturesOf,
  type ModelEntry,
  type Project,
} from '@pyramid-mamba/projects';
import { RefreshCw, ScanSearch } from 'lucide';
import { Icon } from '../../parts/icon.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { waiting } from '../../state/live/live.js';
import { needsOf } from '../../state/project/needs.js';
import { content, locked } from '../../state/project/open.js';
import { judgeProject } from '../../state/project/verdicts.js';
import { busy, stage } from '../../state/training.js';
import { trainAgain } from '../train/start.js';

/** What a person has said since the model was made, and the way to a model that knows it; never by surprise. */
export function Relearn() {
  const now = content.value;
  const entry = now && currentModel(now);
  if (!now || !entry) return null;
  const learnt = new Set(entry.learnt);
  const own = picturesOf(now).filter(({ id }) => !learnt.has(id));
  const unjudged = own.filter(({ id }) => !now.judged.has(id)).length;
  const stale = own.filter(({ id }) => (now.judged.get(id)?.model ?? entry.id) !== entry.id).length;
  const free = waiting.value === 0 && !busy.value;
  return (
    <>
      <Again now={now} entry={entry} />
      {unjudged > 0 && free && (
        <p class="advice" id="unjudged">
          <Icon of={ScanSearch} />
          <span>
            {unjudged === 1 ? '1 picture of the project has' : `${unjudged} pictures of the project have`} no
            verdict yet.
          </span>
          <button type="button" onClick={() => void judgeProject()}>
            {unjudged === 1 ? 'Judge it' : 'Judge them'}
          </button>
        </p>
      )}
      {stale > 0 && unjudged === 0 && free && (
        <p class="advice" id="stale">
          <Icon of={RefreshCw} />
          <span>{stale === 1 ? '1 verdict is' : `${stale} verdicts are`} of an earlier model.</span>
          <button type="button" onClick={() => void judgeProject()}>
            Judge them again
          </button>
        </p>
      )}
    </>
  );
}

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

function Again({ now, entry }: { now: Project; entry: ModelEntry }) {
  if (busy.value) return <Training />;
  const since = labelledSince(now, entry);
  if (since.length === 0) return null;
  const good = since.filter(({ is }) => is === 'good').length;
  const { enough, sentence } = needsOf(now);
  return (
    <p class="advice" id="relearn">
      <Icon of={RefreshCw} />
      <span>
        {plural(since.length, 'picture')} that this model does not know: {good} good, {since.length - good}{' '}
        defective. It learns the good ones; the defective ones set its thresholds and test it.
        {!enough && ` ${sentence}`}
      </span>
      <button
        type="button"
        class="primary"
        disabled={!enough || locked.value !== null}
        onClick={() => void trainAgain()}
      >
        Train again with {since.length === 1 ? 'it' : 'these'}
      </button>
    </p>
  );
}

/** How far the training is; the model of before judges meanwhile. */
function Training() {
  const now = stage.value;
  const far = now && now.share > 0 ? `, ${Math.floor(100 * now.share)} %` : '';
  return (
    <p class="advice" role="status">
      <Icon of={RefreshCw} />
      <span>Training: {now ? `${now.doing}${far}` : 'getting ready'}. Pictures can be judged meanwhile.</span>
      <a href={addressOf(placeOf('train'))}>See the training</a>
    </p>
  );
}
