import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { scoreText } from '@pyramid-mamba/runs';
import { attempting } from '../../state/engine.js';
import { heatOpacity } from '../../state/live/live.js';
import { judgeAndKeep } from '../../state/project/verdicts.js';
import { bitmapNow, bitmapOf, current } from '../../state/live/shots.js';
import { model } from '../../state/opened.js';
import { isForPage } from '../../state/opening.js';
import { AreaEditor } from './areas/areaEditor.js';
import { drawJudged } from '../../picture/drawJudged.js';

/** The picture with its heat map, regions and areas; pictures can be dropped on it. */
export function Stage() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState(false);
  const shot = current.value;
  const opacity = heatOpacity.value;
  // at the same time as the verdict beside it; a picture is hidden until it is decoded
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!shot || !element) return undefined;
    let gone = false;
    const draw = (bitmap: ImageBitmap) => {
      // a frame of the camera may have been freed, or another picture selected, meanwhile
      if (gone || bitmap.width === 0) return;
      drawJudged(element, bitmap, shot.judgement, shot.stale === null ? opacity : 0);
      element.classList.remove('undrawn');
    };
    const now = bitmapNow(shot);
    if (now) draw(now);
    else {
      element.classList.add('undrawn');
      void attempting(`${shot.name} is not shown`, () => bitmapOf(shot)).then(
        (later) => later && draw(later),
      );
    }
    return () => {
      gone = true;
    };
  }, [shot, opacity]);
  const onDrop = (event: DragEvent) => {
    setOver(false);
    // the page opens a run's folder or another model, wherever it is dropped
    if (!event.dataTransfer || isForPage(event.dataTransfer)) return;
    event.preventDefault();
    void judgeAndKeep([...event.dataTransfer.files]);
  };
  // without a model, the page opens a dropped file
  const dropping = model.value
    ? {
        onDragOver: (event: DragEvent) => {
          event.preventDefault();
          setOver(true);
        },
        onDragLeave: () => setOver(false),
        onDrop,
      }
    : {};
  return (
    <div class={`live-stage${over ? ' over' : ''}`} {...dropping}>
      {shot ? (
        <div class="picture" style={{ '--ratio': shot.judgement.width / shot.judgement.height }}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={
              shot.stale === null
                ? `${shot.name} with its heat map: ${shot.judgement.verdict ?? 'no verdict'}, ${scoreText(shot.judgement.score, shot.judgement.calibration)}`
                : `${shot.name}: no verdict`
            }
          />
          <AreaEditor
            width={shot.judgement.width}
            height={shot.judgement.height}
            regions={shot.stale === null ? shot.judgement.regions : []}
          />
        </div>
      ) : (
        <p class="empty">
          {model.value
            ? 'Drop pictures here, paste one, or start the camera.'
            : 'Train a model or open one, then drop pictures here.'}
        </p>
      )}
    </div>
  );
}
