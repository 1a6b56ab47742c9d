import { useEffect, useRef } from 'preact/hooks';
import { attempting } from '../../state/engine.js';
import { look } from '../../state/live/live.js';
import { bitmapOf, KEPT_NG, strip, stripForgot, type Shot } from '../../state/live/shots.js';
import { scoreText } from '@pyramid-mamba/runs';
import { save } from '../../parts/save.js';
import { drawJudged } from '../../picture/drawJudged.js';
import { sizeWithin } from '../../picture/sizeWithin.js';

/** Longest side of a small picture, in pixels. */
const SMALL = 256;

/** NG pictures, to view again and to download. */
export function Strip() {
  // thresholds that were moved since may have made something else of them
  const kept = strip.value.filter(({ stale, judgement }) => stale === null && judgement.verdict === 'NG');
  if (kept.length === 0) return null;
  return (
    <section class="strip" aria-label="NG pictures">
      <ul>
        {kept.map((shot) => (
          <li key={shot.id}>
            <Snapshot shot={shot} />
          </li>
        ))}
      </ul>
      <div>
        {stripForgot.value > 0 && (
          <p class="muted">
            Only the newest {KEPT_NG} NG pictures are kept; {stripForgot.value} older ones are gone.
          </p>
        )}
        <button
          type="button"
          onClick={() => {
            strip.value = [];
            stripForgot.value = 0;
          }}
        >
          Clear the {kept.length === 1 ? 'picture' : `${kept.length} pictures`}
        </button>
      </div>
    </section>
  );
}

const plain = (text: string) => text.replace(/[^\w-]+/g, '-');
const fileName = ({ name, judgement }: Shot) =>
  `${plain(judgement.className)}-${plain(name.replace(/\.[^.]+$/, ''))}-${judgement.score.toFixed(4)}`;

async function savePicture(shot: Shot, withHeat: boolean): Promise<void> {
  const bitmap = await bitmapOf(shot);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  drawJudged(canvas, bitmap, shot.judgement, withHeat ? 0.8 : 0);
  save(await canvas.convertToBlob({ type: 'image/png' }), `${fileName(shot)}${withHeat ? '-heat' : ''}.png`);
}

function Snapshot({ shot }: { shot: Shot }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    void createImageBitmap(shot.picture, sizeWithin(SMALL, shot.judgement)).then(
      (bitmap) => {
        if (!gone && canvas.current) drawJudged(canvas.current, bitmap, shot.judgement, 0.8);
        bitmap.close();
      },
      // its file was moved since: the cell stays empty
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [shot]);
  const download = (withHeat: boolean) =>
    void attempting(`${shot.name} was not saved`, () => savePicture(shot, withHeat));
  const { score, className, calibration } = shot.judgement;
  const text = scoreText(score, calibration);
  return (
    <figure>
      <button
        type="button"
        class="thumb"
        aria-label={`Look at ${shot.name}, ${className}, NG, ${text}`}
        onClick={() => look(shot)}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </button>
      <figcaption>
        <span title={String(score)}>{text}</span>
        <button type="button" aria-label={`Save ${shot.name}`} onClick={() => download(false)}>
          Save
        </button>
        <button type="button" aria-label={`Save map of ${shot.name}`} onClick={() => download(true)}>
          Save map
        </button>
      </figcaption>
    </figure>
  );
}
