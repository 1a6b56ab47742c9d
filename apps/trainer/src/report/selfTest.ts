// The self-test of a report: what it found, and a grid of the defects that were drawn.
import { join } from 'node:path';
import { DataError, DEFECT_KINDS, DEFECTS_VERSION, type DefectKind, type Sample } from '@pyramid-mamba/data';
import { drawExample, locatedSamples } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import { encodeWebpRgb, mapLimit, writeFileAtomic } from '@pyramid-mamba/data/node';
import { FormatError, type ClassSelfTest, type Locating, type SelfTest } from '@pyramid-mamba/model';
import { MAX_SIZE, MAX_TILED_SIZE } from '@pyramid-mamba/runs';
import { UserError } from '../errors.js';
import { outline } from '../evaluation/heatMap.js';
import { openDataset } from '../run/dataset.js';
import { html, type Html } from './html.js';
import type { RunResults } from './runResults.js';

const DRAWN_AT_ONCE = 2;
/** Examples of a report; twelve a class of up to eight classes. */
const MOST_EXAMPLES = 96;
const LEAST_EXAMPLES = 2;

type Example = ClassSelfTest['examples'][number];

/** A drawn defect, with its picture in the report's folder. */
export interface DrawnExample extends Example {
  className: string;
  /** Relative to the report. */
  file: string;
}

/**
 * Draws the examples of a self-test again, from the run's good pictures, into `images/` of the report's folder. Those are left out whose picture
 * has gone, that were drawn on a shifted copy, or by another version of the drawings.
 */
export async function drawExamples(
  folder: string,
  { config, selfTest, locating }: Pick<RunResults, 'config' | 'selfTest' | 'locating'>,
  shown: readonly string[] = config.classes,
): Promise<DrawnExample[]> {
  const most = Math.max(LEAST_EXAMPLES, Math.floor(MOST_EXAMPLES / Math.max(1, shown.length)));
  const wanted = shown.flatMap((className) => {
    const own = ownValue(selfTest, className);
    if (own?.drawing !== DEFECTS_VERSION) return [];
    const { examples } = own;
    const count = Math.min(most, examples.length);
    // ascending by size: evenly chosen ones show all sizes
    return Array.from({ length: count }, (_, i) => ({
      ...examples[Math.floor((i * examples.length) / count)]!,
      className,
    }));
  });
  if (wanted.length === 0) return [];
  const samples = await samplesOf(config.data, config.classes, locating);
  const drawn = await mapLimit(wanted, DRAWN_AT_ONCE, async (example, i) => {
    const bytes = await drawnPicture(samples.get(example.picture), example);
    if (!bytes) return undefined;
    const file = `images/drawn-${i}.webp`;
    await writeFileAtomic(join(folder, file), bytes);
    return { ...example, file };
  });
  return drawn.filter((one) => one !== undefined);
}

/** The run's pictures by id; none where its data has gone. */
async function samplesOf(
  data: string,
  classes: readonly string[],
  locating: Locating | undefined,
): Promise<Map<string, Sample>> {
  try {
    const { dataset } = await openDataset(data, classes);
    const all = [...dataset.train, ...dataset.test, ...(dataset.validation ?? [])];
    return new Map(locatedSamples(all, locating).map((sample) => [sample.id, sample]));
  } catch (error) {
    if (error instanceof DataError || error instanceof UserError) return new Map();
    throw error;
  }
}

const isKind = (kind: string): kind is DefectKind => (DEFECT_KINDS as readonly string[]).includes(kind);

/** The picture with the defect, outlined, as WebP; undefined where it cannot be drawn again. */
async function drawnPicture(sample: Sample | undefined, example: Example): Promise<Uint8Array | undefined> {
  const { kind, width, height, window } = example;
  // larger ones are not of our self-test
  const most = window ? MAX_TILED_SIZE : MAX_SIZE;
  if (!sample || !isKind(kind) || Math.max(width, height) > most) return undefined;
  try {
    const { image } = await sample.load({ width, height, fit: 'stretch' });
    const drawn = drawExample(image, { ...example, kind });
    return drawn && (await encodeWebpRgb(outline(drawn.image, drawn.mask)));
  } catch (error) {
    // a damaged picture, or numbers of another program
    if (error instanceof DataError || error instanceof FormatError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}

/** The section of the report; nothing without a self-test. */
export function selfTestSection(
  selfTest: SelfTest | undefined,
  examples: readonly DrawnExample[],
  shown: readonly string[],
): Html {
  const classes = shown.flatMap((name) => {
    const own = ownValue(selfTest, name);
    return own ? [[name, own] as const] : [];
  });
  if (classes.length === 0) return html``;
  const sizes = [...new Set(classes.flatMap(([, { bySize }]) => bySize.map(({ size }) => size)))].sort(
    (a, b) => a - b,
  );
  return html`<h2>Self-test</h2>
    <p>
      Defects of known size were drawn on good pictures that the model has not seen. A defect is found where
      the picture is not judged OK. Sizes are of the picture's shorter side; of a tile's where the model
      judges in tiles.
    </p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            ${sizes.map((size) => html`<th scope="col">${percent(size)}</th>`)}
            <th scope="col">all sizes</th>
            <th scope="col">good pictures refused</th>
          </tr>
        </thead>
        <tbody>
          ${classes.map(
            ([name, { bySize, drawn, good }]) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${sizes.map((size) => {
                  const one = bySize.find((row) => row.size === size);
                  return html`<td>${one ? `${one.found} of ${one.drawn}` : 'not drawn'}</td>`;
                })}
                <td>${drawn.found} of ${drawn.drawn}</td>
                <td>${good.refused} of ${good.pictures}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${examples.length === 0 ? html`` : grid(examples, classes.length > 1)}`;
}

function grid(examples: readonly DrawnExample[], namesClass: boolean): Html {
  const figure = ({ className, file, kind, size, contrast, found, placed }: DrawnExample) => {
    const outcome = !found ? 'missed' : placed ? 'found' : 'found, but in another place';
    return html`<figure class="${found ? '' : 'miss'}">
      <img src="${file}" alt="${kind} drawn on a good picture" loading="lazy" />
      <figcaption>
        ${found ? html`<b>${outcome}</b>` : html`<strong>${outcome}</strong>`} ${kind}, ${percent(size)},
        contrast ${contrast}${namesClass && ` · ${className}`}
      </figcaption>
    </figure>`;
  };
  return html`<p>Some of them, the drawn defect outlined:</p>
    <div class="gallery small">${examples.map(figure)}</div>`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
