import { adviceOf, sentenceOf } from '@pyramid-mamba/inspect';
import { useEffect, useRef } from 'preact/hooks';
import type { DrawnExample } from '../../engine/training/types.js';
import { mmSeenBy } from '../../state/millimetres.js';
import { examples, trained } from '../../state/training.js';

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const said = ({ found, placed }: DrawnExample): string =>
  !found ? 'missed' : placed ? 'found' : 'found, but in another place';

/** The self-test of the model that was trained here: which of the defects drawn on good pictures it found. */
export function DrawnExamples() {
  const found = trained.value;
  if (!found?.stage) return null;
  const advice = adviceOf(found.info.selfTest ?? {});
  return (
    <>
      <p id="train-stage">{found.stage.sentence}</p>
      {found.info.selfTest && (
        <p id="train-self-test">{sentenceOf(found.info.selfTest, mmSeenBy(found.info))}</p>
      )}
      {advice !== undefined && <p id="train-advice">{advice}</p>}
      {examples.value.length > 0 && (
        <>
          <h2>Defects drawn on good pictures</h2>
          <ul class="held-back">
            {examples.value.map((example) => (
              <li key={`${example.picture} ${example.kind} ${example.size} ${example.contrast}`}>
                <Example of={example} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Example({ of }: { of: DrawnExample }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, rgb, area, kind, size } = of;
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const shown = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) shown.data[i * 4 + c] = rgb[i * 3 + c]!;
      shown.data[i * 4 + 3] = 255;
    }
    context.putImageData(shown, 0, 0);
    context.lineWidth = 2;
    context.strokeStyle = getComputedStyle(canvas.current!).color;
    context.strokeRect(
      area.x * width - 2,
      area.y * height - 2,
      area.width * width + 4,
      area.height * height + 4,
    );
  }, [of]);
  return (
    <figure>
      <canvas
        ref={canvas}
        width={width}
        height={height}
        role="img"
        aria-label={`${kind} drawn on a good picture`}
      />
      <figcaption>
        <strong>{said(of)}</strong> {kind}, {percent(size)}
      </figcaption>
    </figure>
  );
}
