import { ownValue } from '@pyramid-mamba/metrics';
import { useEffect, useRef } from 'preact/hooks';
import type { JudgedPicture, Trained } from '../../engine/training/types.js';
import { Confirm } from '../../parts/confirm.js';
import { VerdictText } from '../../parts/verdict.js';
import { save } from '../../parts/save.js';
import { colorTable } from '../../picture/colorMaps.js';
import { heatPixels } from '../../picture/heat.js';
import { scaleOf, scoreText } from '@pyramid-mamba/runs';
import { addressOf, placeOf } from '../../state/address/route.js';
import { outliers } from '../../state/outliers.js';
import { discard, trained } from '../../state/training.js';
import { DrawnExamples } from './drawnExamples.js';

/** The result of the training: thresholds, the held-back pictures, and the file. */
export function Result() {
  const found = trained.value;
  if (!found) return null;
  return (
    <section class="trained" aria-label="The trained model">
      <p class="buttons">
        <a class="button primary" href={addressOf(placeOf('judge', 'now'))}>
          Judge pictures with it
        </a>
        <button
          type="button"
          id="train-download"
          onClick={() => save(new Blob([found.bytes], { type: 'application/octet-stream' }), found.name)}
        >
          Download {found.name} ({Math.round(found.bytes.length / 2 ** 20)} MiB)
        </button>
        <Confirm
          label="Remove its data from the browser …"
          question={`Remove it? ${found.name} cannot be trained further then, and is lost unless it was downloaded.`}
          yes="Remove it"
          onYes={() => void discard()}
        />
      </p>
      <DrawnExamples />
      <Outliers />
      <Thresholds found={found} />
      <h2>Good pictures it was not trained on</h2>
      <ul class="held-back">
        {found.pictures.map((picture) => (
          <li key={picture.id}>
            <HeldBack picture={picture} found={found} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Good pictures that may not be good, which the model has told from the others. */
function Outliers() {
  const { size } = outliers.value;
  if (size === 0) return null;
  return (
    <p class="advice">
      <span>
        {size === 1 ? '1 good picture scores' : `${size} good pictures score`} far above the others:{' '}
        {size === 1 ? 'is it' : 'are they'} good? A defective one among them makes the model overlook such
        defects.
      </span>
      <a class="button" href={addressOf({ ...placeOf('pictures'), query: 'odd=' })}>
        Look at {size === 1 ? 'it' : 'them'}
      </a>
    </p>
  );
}

function Thresholds({ found }: { found: Trained }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">Review from</th>
          <th scope="col">Reject from</th>
          <th scope="col">Set by</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(found.info.calibration ?? {}).map(([name, { review, reject, goodCount }]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{review.toFixed(4)}</td>
            <td>{reject.toFixed(4)}</td>
            <td>{goodCount} good pictures</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function HeldBack({ picture, found }: { picture: JudgedPicture; found: Trained }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = found;
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const scale = scaleOf(ownValue(found.info.calibration, picture.className) ?? null, picture.map);
    const heat = heatPixels(picture.map, scale, colorTable('inferno'), 0.8, false);
    const shown = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const opacity = heat[i * 4 + 3]! / 255;
      for (let c = 0; c < 3; c++) {
        const under = picture.rgb[i * 3 + c]!;
        shown.data[i * 4 + c] = under + opacity * (heat[i * 4 + c]! - under);
      }
      shown.data[i * 4 + 3] = 255;
    }
    context.putImageData(shown, 0, 0);
  }, [picture, found]);
  return (
    <figure>
      <canvas
        ref={canvas}
        width={size}
        height={size}
        role="img"
        aria-label={`${picture.id.split('/').slice(1).join('/')} with its heat map`}
      />
      <figcaption>
        <VerdictText of={picture.verdict} />{' '}
        <span title={String(picture.score)}>
          {scoreText(picture.score, ownValue(found.info.calibration, picture.className))}
        </span>
        <br />
        <span class="muted">{picture.id.split('/').slice(1).join('/')}</span>
      </figcaption>
    </figure>
  );
}
