import { useEffect, useLayoutEffect } from 'preact/hooks';
import { stopCamera, stream } from '../../state/live/camera.js';
import { attempting, startEngine } from '../../state/engine.js';
import { judgeAndKeep } from '../../state/project/verdicts.js';
import { model, run } from '../../state/opened.js';
import { modelOfRun } from '../../state/opening.js';
import { AreaList } from './areas/areaList.js';
import { Batch } from './batch.js';
import { Camera } from './camera.js';
import { Engine } from './engine.js';
import { Model } from './model.js';
import { Pictures } from './pictures.js';
import { Relearn } from './relearn.js';
import { Result } from './result.js';
import { Sources } from './sources.js';
import { Stage } from './stage.js';
import { Strip } from './strip.js';
import './live.css';

/** Pictures or a camera judged in the page. */
export function Live() {
  const ready = model.value !== null;
  useEffect(() => {
    if (ready) void attempting('The engine failed to start', startEngine);
  }, [ready]);
  const from = run.value;
  useEffect(() => {
    if (from && !ready) void modelOfRun();
  }, [from]);
  // leaving the view turns the camera off at once: an effect's cleanup may run late, and then stop one started since
  useLayoutEffect(() => stopCamera, []);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || model.value === null) return;
      event.preventDefault();
      void judgeAndKeep(files);
    };
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, []);
  return (
    <div class="live">
      <div class="seen">
        {stream.value && <Camera stream={stream.value} />}
        <Stage />
        <Strip />
      </div>
      <section class="panel" aria-label="Judge pictures">
        <h1>Judge pictures</h1>
        <Model />
        {ready && (
          <>
            <Sources />
            <Result />
            <Batch />
            <Relearn />
            <AreaList />
            <Pictures />
          </>
        )}
        <Engine />
      </section>
    </div>
  );
}
