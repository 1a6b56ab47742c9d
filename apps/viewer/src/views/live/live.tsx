import { useEffect, useLayoutEffect } from 'preact/hooks';
import { stopCamera, stream } from '../../state/live/camera.js';
import { attempting, startEngine } from '../../state/engine.js';
import { judgeFiles } from '../../state/live/live.js';
import { model } from '../../state/opened.js';
import { AreaList } from './areaList.js';
import { Batch } from './batch.js';
import { Camera } from './camera.js';
import { Engine } from './engine.js';
import { Learning } from './falseAlarm.js';
import { Model } from './model.js';
import { Pictures } from './pictures.js';
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
  // leaving the view turns the camera off at once: an effect's cleanup may run late, and then stop one started since
  useLayoutEffect(() => stopCamera, []);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || model.value === null) return;
      event.preventDefault();
      void judgeFiles(files);
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
      <section class="panel" aria-label="Live inspection">
        <h1>Live</h1>
        <Model />
        {ready && (
          <>
            <Sources />
            <Result />
            <Learning />
            <Batch />
            <AreaList />
            <Pictures />
          </>
        )}
        <Engine />
      </section>
    </div>
  );
}
