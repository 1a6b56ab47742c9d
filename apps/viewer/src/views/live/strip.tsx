import { useEffect, useRef } from 'preact/hooks';
import { current, strip, type Shot } from '../../state/live.js';
import { save } from '../../parts/save.js';
import { drawShot } from './heat.js';

/** NG pictures, to look at again and to download. */
export function Strip() {
  const kept = strip.value;
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
      <button type="button" onClick={() => (strip.value = [])}>
        Clear the {kept.length === 1 ? 'picture' : `${kept.length} pictures`}
      </button>
    </section>
  );
}

const plain = (text: string) => text.replace(/[^\w-]+/g, '-');
const fileName = ({ name, judgement }: Shot) =>
  `${plain(judgement.className)}-${plain(name.replace(/\.[^.]+$/, ''))}-${judgement.score.toFixed(4)}`;

async function savePicture(shot: Shot, withHeat: boolean): Promise<void> {
  const canvas = new OffscreenCanvas(shot.bitmap.width, shot.bitmap.height);
  await drawShot(canvas, shot, withHeat ? 0.8 : 0);
  save(await canvas.convertToBlob({ type: 'image/png' }), `${fileName(shot)}${withHeat ? '-heat' : ''}.png`);
}

function Snapshot({ shot }: { shot: Shot }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) void drawShot(canvas.current, shot, 0.8);
  }, [shot]);
  const { score, className } = shot.judgement;
  return (
    <figure>
      <button
        type="button"
        class="thumb"
        aria-label={`Look at ${shot.name}, ${className}, NG, score ${score.toFixed(4)}`}
        onClick={() => (current.value = shot)}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </button>
      <figcaption>
        {score.toFixed(4)}
        <button
          type="button"
          aria-label={`Download ${shot.name}`}
          onClick={() => void savePicture(shot, false)}
        >
          Save
        </button>
        <button
          type="button"
          aria-label={`Download ${shot.name} with its heat map`}
          onClick={() => void savePicture(shot, true)}
        >
          Save map
        </button>
      </figcaption>
    </figure>
  );
}
