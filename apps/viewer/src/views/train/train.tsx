import { useEffect } from 'preact/hooks';
import { startEngine, attempting } from '../../state/engine.js';
import { lookForSaved, phase } from '../../state/training.js';
import { Engine } from '../live/engine.js';
import { folder } from './chosen.js';
import { Curve } from './curve.js';
import { FolderPicker } from './folderPicker.js';
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
      {now !== 'idle' && <Curve />}
      {now === 'done' && <Result />}
      {choosing && (
        <>
          {now === 'done' && <h2>Train another</h2>}
          <FolderPicker />
          {folder.value && <Settings />}
        </>
      )}
      <Engine />
    </div>
  );
}
