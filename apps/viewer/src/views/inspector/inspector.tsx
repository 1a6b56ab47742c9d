import { ownValue } from '@pyramid-mamba/metrics';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { Compare } from '../../parts/compare.js';
import { NothingOpen } from '../../parts/nothingOpen.js';
import { Labels, polygonOf } from '../../parts/labels.js';
import { useLoaded } from '../../parts/useLoaded.js';
import { scoreText } from '@pyramid-mamba/runs';
import { VerdictText } from '../../parts/verdict.js';
import { mapsOf, type PictureMaps } from '../../picture/maps.js';
import type { Item, OpenRun, Size } from '../../run/types.js';
import { mmOfItem } from '../../state/millimetres.js';
import { probe } from '../../state/look.js';
import { otherRun, run, selected } from '../../state/opened.js';
import { shown, step } from '../../state/selection.js';
import { doubtsOf, mistakeOf, outcomeOf, thresholdsOf, verdictOf } from '../../state/verdicts.js';
import { WhereDefective } from '../live/areas/whereDefective.js';
import { Controls } from './controls.js';
import { Regions } from './regions.js';
import { regionsOf } from './regionsOf.js';
import { Stage } from './stage.js';
import './inspector.css';

/** One picture: its heat map, the true defect, and the regions. */
export function Inspector() {
  const opened = run.value;
  const item = selected.value ?? shown.value[0] ?? opened?.items[0];
  // as soon as the view is mounted: a key pressed before the next frame counts too
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      if (event.key === 'PageDown' || event.key === ']') step(1);
      else if (event.key === 'PageUp' || event.key === '[') step(-1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  useEffect(() => {
    if (selected.value === null && item) selected.value = item;
  }, [item]);
  if (!opened) return <NothingOpen />;
  if (!item) return <p>The run has no pictures.</p>;
  return <Inspected run={opened} item={item} />;
}

function Inspected({ run: opened, item }: { run: OpenRun; item: Item }) {
  const maps = useLoaded(() => mapsOf(opened, item), [opened, item]);
  const other = otherRun.value;
  const counterpart = other?.items.find((one) => one.file === item.file && one.className === item.className);
  const review = thresholdsOf(item.className)?.review;
  const others = useLoaded(
    () => (other && counterpart ? mapsOf(other, counterpart) : Promise.resolve(null)),
    [other, counterpart],
  );
  const regions = maps.value ? regionsOf(maps.value, item, review) : [];
  return (
    <div class="inspector">
      <div class={`stages${other ? ' two' : ''}`}>
        <div class="titled">
          {other && <h2>{opened.name}</h2>}
          <Stage
            key={item.id}
            run={opened}
            item={item}
            title={other ? `${item.file}, ${opened.name}` : item.file}
            review={review}
            marked
          />
        </div>
        {other && (
          <div class="titled">
            <h2>
              {other.name}
              {counterpart && <span class="muted"> score {counterpart.score.toFixed(4)}</span>}
            </h2>
            {counterpart ? (
              <Stage
                key={item.id}
                run={other}
                item={counterpart}
                title={`${item.file}, ${other.name}`}
                review={ownValue(other.calibration, item.className)?.review}
              />
            ) : (
              <p class="muted">This run has no picture of this name.</p>
            )}
          </div>
        )}
      </div>
      <section class="panel" aria-label="About the picture">
        <About item={item} />
        <Labels
          id={item.id}
          regions={regions.map(({ box: [x, y, width, height] }) =>
            polygonOf({ x, y, width, height }, item.size.width, item.size.height),
          )}
        >
          <WhereDefective />
        </Labels>
        <ReadOut
          of={[
            { name: other ? opened.name : 'score', size: item.size, maps: maps.value },
            ...(other && counterpart
              ? [{ name: other.name, size: counterpart.size, maps: others.value }]
              : []),
          ]}
        />
        <Controls run={opened} className={item.className} levels={maps.value?.levels ?? []} />
        <h2>Regions</h2>
        <Regions regions={regions} size={item.size} review={review} mm={mmOfItem(item)} />
        <Compare />
      </section>
    </div>
  );
}

function About({ item }: { item: Item }) {
  const list = shown.value;
  const at = list.indexOf(item);
  const mistake = mistakeOf(outcomeOf(item));
  return (
    <>
      <h1>{item.file}</h1>
      <p class="judged">
        <VerdictText of={verdictOf(item)} />{' '}
        <span title={String(item.score)}>{scoreText(item.score, thresholdsOf(item.className))}</span>
        <br />
        <span class="muted">
          {item.className} · {item.label === null ? 'truth unknown' : item.defect}
          {mistake && <strong class="verdict NG"> · {mistake}</strong>}
        </span>
      </p>
      {doubtsOf(item).map((text) => (
        <p key={text} class="muted">
          {text}.
        </p>
      ))}
      <div class="steps" role="group" aria-label="Pictures">
        <button type="button" disabled={at <= 0} onClick={() => step(-1)} title="Page up">
          ‹ Previous
        </button>
        <span class="muted">{at < 0 ? 'not in the gallery’s filter' : `${at + 1} of ${list.length}`}</span>
        <button type="button" disabled={at >= list.length - 1} onClick={() => step(1)} title="Page down">
          Next ›
        </button>
      </div>
    </>
  );
}

interface Readable {
  readonly name: string;
  readonly size: Size;
  readonly maps: PictureMaps | null | undefined;
}

/** The value of each map under the pointer. */
function ReadOut({ of }: { of: readonly Readable[] }) {
  const place = probe.value;
  if (!place) return <p class="read-out muted">Point at the picture to read the score of a pixel.</p>;
  const pixel = ({ width, height }: Size) =>
    [Math.floor(place.x * width), Math.floor(place.y * height)] as const;
  const [x, y] = pixel(of[0]!.size);
  return (
    <p class="read-out" role="status">
      x {x}, y {y}
      {of.map(({ name, size, maps }) => {
        const [column, row] = pixel(size);
        return maps ? (
          <span key={name}>
            {' '}
            · {name} {maps.map[row * size.width + column]!.toFixed(4)}
          </span>
        ) : null;
      })}
    </p>
  );
}
