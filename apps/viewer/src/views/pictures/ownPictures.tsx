import { ArrowRight, CircleCheck, Images, Info, Redo2, TriangleAlert, Undo2 } from 'lucide';
import {
  currentModel,
  picturesOf,
  sizeOf,
  type OpenProject,
  type PictureKind,
  type Project,
} from '@pyramid-mamba/projects';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { PictureGrid } from '../../parts/grid/pictureGrid.js';
import { sizeText } from '../../parts/size.js';
import { Empty } from '../../parts/states.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { startCamera, stopCamera } from '../../state/live/camera.js';
import { cameraWanted, takePictures } from '../../state/opening.js';
import { reading, said } from '../../state/project/intake.js';
import { outliers } from '../../state/outliers.js';
import { needsOf } from '../../state/project/needs.js';
import { oddities } from '../../state/project/odd.js';
import { changing, locked, redo, redoable, undo, undoable } from '../../state/project/open.js';
import { Add } from './add.js';
import { Capture } from './capture.js';
import { Cell } from './cell.js';
import { Deleted } from './deleted.js';
import { Scales } from './scales.js';
import { filterPictures, pictureFilter, selection, shownPictures } from './shownPictures.js';

/** The pictures of a project of this browser: added, looked through, moved and deleted. */
export function OwnPictures({ open, now }: { open: OpenProject; now: Project }) {
  const [camera, setCamera] = useState(cameraWanted.peek());
  useEffect(() => {
    if (!cameraWanted.peek()) return;
    cameraWanted.value = false;
    void startCamera(null);
  }, []);
  const grid = useRef<HTMLDivElement>(null);
  const toggle = () => {
    if (camera) stopCamera();
    else void startCamera(null);
    setCamera(!camera);
  };
  const list = shownPictures.value;
  const all = picturesOf(now).length;
  const size = sizeOf(now);
  const mayChange = locked.value === null;
  return (
    <div class="own-pictures">
      <header>
        <Name open={open} name={now.name} />
        <span class="muted">{sizeText(size.pictures + size.models)} in this browser</span>
      </header>
      {mayChange && (
        <div class="buttons">
          <Add take={takePictures} camera={{ running: camera, toggle }} primary={!needsOf(now).enough} />
          <span class="muted">or drop them anywhere, at any time</span>
        </div>
      )}
      {camera && <Capture />}
      <Advice now={now} />
      <Said />
      <Deleted now={now} />
      <Scales now={now} />
      {all > 0 && <Filter now={now} />}
      <Selected now={now} />
      {all === 0 ? (
        <Empty icon={Images} title="No pictures yet">
          Drop good pictures of your product here. One folder per product is understood, and so are good/ and
          bad/.
        </Empty>
      ) : (
        <PictureGrid
          scroller={grid}
          list={list}
          at={null}
          several
          onOpen={(index, event) => toggleSelected(list, index, event.shiftKey)}
          onKey={(event) => keyed(event, list, mayChange)}
          cell={(shown, place) => (
            <Cell
              key={shown.picture.id}
              shown={shown}
              selected={selection.value.has(shown.picture.id)}
              odd={oddWords(shown.picture.id, now)}
              {...place}
            />
          )}
        />
      )}
    </div>
  );
}

/** The project's name, which is edited in place. */
function Name({ open, name }: { open: OpenProject; name: string }) {
  return (
    <h1>
      <input
        aria-label="Name of the project"
        class="project-name"
        value={name}
        maxLength={200}
        disabled={locked.value !== null}
        onChange={(event) => {
          const to = event.currentTarget.value.trim();
          if (to !== '' && to !== name) void changing('Not renamed', () => open.rename(to));
          else event.currentTarget.value = name;
        }}
      />
    </h1>
  );
}

/** Whether the pictures suffice, and what looks unusual. */
function Advice({ now }: { now: Project }) {
  const { enough, sentence } = needsOf(now);
  const { unlike, same } = oddities.value;
  // one that is pointed at already is not counted again
  const toModel = [...outliers.value.keys()].filter((id) => !unlike.has(id) && !same.has(id)).length;
  const odd = unlike.size + same.size + toModel;
  const parts = [
    ...(unlike.size > 0
      ? [
          unlike.size === 1
            ? '1 looks unlike the other good ones: is it good?'
            : `${unlike.size} look unlike the other good ones: are they good?`,
        ]
      : []),
    ...(toModel > 0
      ? [
          `The model finds ${toModel} unlike the other good ones: ${toModel === 1 ? 'is it' : 'are they'} good?`,
        ]
      : []),
    ...(same.size > 0 ? [`${same.size === 1 ? '1 looks' : `${same.size} look`} the same as another.`] : []),
  ];
  return (
    <>
      <p class={`advice ${enough ? 'well' : 'short'}`} id="needs">
        <Icon of={enough ? CircleCheck : TriangleAlert} />
        <span>{sentence}</span>
        {enough && (
          <a class={`button ${currentModel(now) ? '' : 'primary'}`} href={addressOf(placeOf('train'))}>
            Train <Icon of={ArrowRight} />
          </a>
        )}
      </p>
      {odd > 0 && (
        <p class="advice short" id="odd">
          <Icon of={Info} />
          <span>{parts.join(' ')}</span>
          <button
            type="button"
            aria-pressed={pictureFilter.value.odd}
            onClick={() => filterPictures({ odd: !pictureFilter.value.odd })}
          >
            {pictureFilter.value.odd ? 'Show all' : 'Show them'}
          </button>
        </p>
      )}
    </>
  );
}

function oddWords(id: string, { pictures }: Project): string {
  const { unlike, same } = oddities.value;
  const twin = same.get(id);
  if (twin !== undefined) return `same as ${pictures.get(twin)?.name ?? 'another'}`;
  if (unlike.has(id)) return 'unlike the others';
  const times = outliers.value.get(id);
  return times === undefined ? '' : `scores ${times.toFixed(1)} × the others`;
}

/** What the last action did, and the ways back and forth. */
function Said() {
  return (
    <p class="said" role="status">
      <span>{reading.value ?? said.value}</span>
      {undoable.value !== null && (
        <button type="button" class="quiet" onClick={() => void undo().then(() => (said.value = null))}>
          <Icon of={Undo2} /> Undo {undoable.value}
        </button>
      )}
      {redoable.value !== null && (
        <button type="button" class="quiet" onClick={() => void redo()}>
          <Icon of={Redo2} /> Redo {redoable.value}
        </button>
      )}
    </p>
  );
}

const KINDS: readonly (readonly [kind: PictureKind | null, title: string])[] = [
  [null, 'All'],
  ['good', 'Good'],
  ['defective', 'Defective'],
  ['judge', 'To judge'],
];

function Filter({ now }: { now: Project }) {
  const filter = pictureFilter.value;
  const products = [...now.products.keys()];
  return (
    <div class="kinds" role="group" aria-label="Which pictures">
      {KINDS.map(([kind, title]) => (
        <button
          key={title}
          type="button"
          class="chip"
          aria-pressed={filter.kind === kind}
          onClick={() => filterPictures({ kind })}
        >
          {title} <span class="muted">{picturesOf(now, kind ?? undefined).length}</span>
        </button>
      ))}
      {products.length > 1 && (
        <select
          aria-label="Product"
          value={filter.product === null ? '' : `=${filter.product}`}
          onChange={(event) => {
            const { value } = event.currentTarget;
            filterPictures({ product: value === '' ? null : value.slice(1) });
          }}
        >
          <option value="">all products</option>
          {products.map((name) => (
            <option key={name} value={`=${name}`}>
              {name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

const remove = (ids: readonly string[]) =>
  void changing('Not deleted', (open) => open.deletePictures(ids)).then((done) => {
    if (!done) return;
    selection.value = new Set();
    said.value = `${ids.length === 1 ? '1 picture was' : `${ids.length} pictures were`} deleted.`;
  });

/** What can be done with the selected pictures. */
function Selected({ now }: { now: Project }) {
  const ids = [...selection.value].filter((id) => now.pictures.get(id)?.deleted === null);
  if (ids.length === 0) return null;
  const move = (to: { kind?: PictureKind; product?: string }) =>
    void changing('Not moved', (open) => open.movePictures(ids, to)).then((done) => {
      if (!done) return;
      selection.value = new Set();
      said.value = `${ids.length === 1 ? '1 picture was' : `${ids.length} pictures were`} moved.`;
    });
  const products = [...now.products.keys()];
  return (
    <div class="selected card" role="group" aria-label="Selected pictures">
      <strong role="status">{ids.length} selected</strong>
      <button type="button" onClick={() => move({ kind: 'good' })}>
        They are good
      </button>
      <button type="button" onClick={() => move({ kind: 'defective' })}>
        They are defective
      </button>
      <button type="button" onClick={() => move({ kind: 'judge' })}>
        Only to judge
      </button>
      {products.length > 1 && (
        <select
          aria-label="Move to the product"
          value=""
          onChange={(event) => move({ product: event.currentTarget.value })}
        >
          <option value="" disabled>
            Move to product …
          </option>
          {products.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <button type="button" class="danger" onClick={() => remove(ids)}>
        Delete
      </button>
      <button type="button" class="quiet" onClick={() => (selection.value = new Set())}>
        Select none
      </button>
    </div>
  );
}

type List = (typeof shownPictures)['value'];

let last = -1;
function toggleSelected(list: List, index: number, range: boolean): void {
  const next = new Set(selection.value);
  const { id } = list[index]!.picture;
  const [from, to] = range && last >= 0 ? [Math.min(last, index), Math.max(last, index)] : [index, index];
  if (range) for (const { picture } of list.slice(from, to + 1)) next.add(picture.id);
  else if (!next.delete(id)) next.add(id);
  last = index;
  selection.value = next;
}

function keyed(event: KeyboardEvent, list: List, mayChange: boolean): boolean {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === 'a') selection.value = new Set(list.map(({ picture }) => picture.id));
  else if (command && event.key === 'z' && mayChange) void undo();
  else if (event.key === 'Escape') selection.value = new Set();
  else if ((event.key === 'Delete' || event.key === 'Backspace') && mayChange && selection.value.size > 0)
    remove([...selection.value]);
  else return false;
  return true;
}
