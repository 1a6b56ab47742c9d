import { useEffect } from 'preact/hooks';
import { startEngine, attempting } from '../../state/engine.js';
import { lookForSaved, phase } from '../../state/training.js';
import { Engine } from '../live/engine.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { needsOf } from '../../state/project/needs.js';
import { content } from '../../state/project/open.js';
import { run } from '../../state/opened.js';
import { NothingOpen } from '../../parts/nothingOpen.js';
import { Curve } from './curve.js';
import { Models } from './models.js';
import { Progress } from './progress.js';
import { Result } from './result.js';
import { Saved } from './saved.js';
import { Settings } from './settings.js';
import './train.css';

/** A model trained in the page on a folder of good pictures. */
export function Train() {
  useEffect(() => {
    void attempting('The engine failed to start', startEngine).then(lookForSaved);
  }, []);
  const now = phase.value;
  const choosing = now === 'idle' || now === 'stopped' || now === 'done';
  return (
    <div class="train">
      <h1>Train</h1>
      {now === 'idle' && <Saved />}
      {!choosing || now === 'stopped' ? <Progress /> : null}
      {now === 'done' && <Result />}
      {now !== 'idle' && (
        <details>
          <summary>The loss of each step</summary>
          <Curve />
        </details>
      )}
      {choosing && (
        <>
          {now === 'done' && <h2>Train another</h2>}
          <Pictures />
        </>
      )}
      <Models />
      <Engine />
    </div>
  );
}

/** What is trained on, or what is missing for it. */
function Pictures() {
  const now = content.value;
  if (!now) return run.value ? <OfRun /> : <NothingOpen />;
  const { enough, sentence } = needsOf(now);
  return (
    <>
      <p class={enough ? 'muted' : 'fault'}>
        {sentence} {!enough && <a href={addressOf(placeOf('pictures'))}>Add pictures</a>}
      </p>
      <Settings />
    </>
  );
}

function OfRun() {
  return (
    <p class="muted">
      This model was trained by the command line, and a run cannot be changed here. To train one in the page,{' '}
      <a href="#">begin with your own pictures</a>.
    </p>
  );
}
