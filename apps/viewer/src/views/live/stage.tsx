import { useEffect, useRef, useState } from 'preact/hooks';
import { current, heatOpacity, judgeFiles } from '../../state/live.js';
import { model } from '../../state/opened.js';
import { isForPage } from '../../state/opening.js';
import { AreaEditor } from './areaEditor.js';
import { drawShot } from './heat.js';

/** The picture with its heat map, regions and areas; pictures can be dropped on it. */
export function Stage() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState(false);
  const shot = current.value;
  const opacity = heatOpacity.value;
  useEffect(() => {
    if (shot && canvas.current) void drawShot(canvas.current, shot, opacity);
  }, [shot, opacity]);
  const onDrop = (event: DragEvent) => {
    setOver(false);
    // a run's folder or another model is for the page to open, wherever it is dropped
    if (!event.dataTransfer || isForPage(event.dataTransfer)) return;
    event.preventDefault();
    void judgeFiles([...event.dataTransfer.files]);
  };
  // without a model, a dropped file is for the page to open
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
            aria-label={`${shot.name} with its heat map: ${shot.judgement.verdict ?? 'no verdict'}, score ${shot.judgement.score.toFixed(4)}`}
          />
          <AreaEditor
            width={shot.judgement.width}
            height={shot.judgement.height}
            regions={shot.judgement.regions}
          />
        </div>
      ) : (
        <p class="empty">
          {model.value
            ? 'Drop pictures here, paste one, or start the camera.'
            : 'Open a model, then drop pictures here.'}
        </p>
      )}
    </div>
  );
}
