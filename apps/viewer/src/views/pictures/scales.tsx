import { mmPerPixel, type Product, type Project, type Scale } from '@pyramid-mamba/projects';
import { mmText } from '@pyramid-mamba/inspect';
import { useState } from 'preact/hooks';
import { sizeTaken } from '../../state/millimetres.js';
import { said } from '../../state/project/intake.js';
import { changing, locked } from '../../state/project/open.js';

const OF: readonly (readonly [of: Scale['of'], title: string])[] = [
  ['width', 'mm is the width of the picture'],
  ['pixel', 'mm is one pixel'],
];

/** How large the products are in their pictures, said by a person: sizes are then in millimetres beside pixels. */
export function Scales({ now }: { now: Project }) {
  const products = [...now.products.values()];
  if (products.length === 0) return null;
  const known = products.filter(({ scale }) => scale !== undefined).length;
  const far =
    known === products.length
      ? ''
      : products.length === 1
        ? 'not said'
        : `said of ${known} of ${products.length}`;
  return (
    <details class="scales" id="scales">
      <summary>Scale in millimetres {far !== '' && <span class="muted">({far})</span>}</summary>
      <p class="muted">
        With a scale, the sizes of the self-test and of regions are in millimetres beside pixels.
      </p>
      {products.map((product) => (
        // another value comes by undo, or from another tab
        <ScaleOf key={`${product.name} ${JSON.stringify(product.scale)}`} now={now} product={product} />
      ))}
    </details>
  );
}

function ScaleOf({ now, product: { name, scale } }: { now: Project; product: Product }) {
  const [of, setOf] = useState(scale?.of ?? 'width');
  const taken = sizeTaken(now, name);
  const pixel = scale && taken && mmPerPixel(scale, taken.width);
  const set = (to: Scale | null) =>
    void changing('The scale was not noted', (open) => open.setScale(name, to)).then((done) => {
      if (done)
        said.value =
          to === null ? `The scale of ${name} is not known any more.` : `The scale of ${name} is noted.`;
    });
  const disabled = locked.value !== null;
  return (
    <p class="buttons">
      <strong>{name}</strong>
      <input
        type="number"
        aria-label={`Millimetres, ${name}`}
        min="0.000001"
        max="1000000"
        step="any"
        placeholder="mm"
        disabled={disabled}
        value={scale?.mm ?? ''}
        onChange={({ currentTarget: field }) => {
          if (field.value === '' && field.validity.valid) set(null);
          else if (field.validity.valid) set({ mm: field.valueAsNumber, of });
          else {
            said.value = `The scale of ${name} stays: it needs a length in mm above 0.`;
            field.value = String(scale?.mm ?? '');
          }
        }}
      />
      <select
        aria-label={`What is so long, ${name}`}
        value={of}
        disabled={disabled}
        onChange={({ currentTarget: { value } }) => {
          const next = value === 'pixel' ? 'pixel' : 'width';
          setOf(next);
          if (!scale) return;
          // the scale stays what it is, said the other way
          const mm =
            taken && pixel !== undefined ? (next === 'pixel' ? pixel : pixel * taken.width) : scale.mm;
          set({ mm: Number(mm.toPrecision(6)), of: next });
        }}
      >
        {OF.map(([of, title]) => (
          <option key={of} value={of}>
            {title}
          </option>
        ))}
      </select>
      {pixel !== undefined && taken && (
        <span class="muted">
          {mmText(pixel)} per pixel, pictures of {mmText(pixel * taken.width)} ×{' '}
          {mmText(pixel * taken.height)}
        </span>
      )}
    </p>
  );
}
