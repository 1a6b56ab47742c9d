import { sizeInMm, type MmByProduct } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import type { ClassSelfTest, SelfTest } from '@pyramid-mamba/model';

/** Products of the table: a printed page has no room for a thousand. */
const LISTED = 24;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

type Own = readonly [name: string, own: ClassSelfTest];
const foundOf = ({ drawn: { drawn, found } }: ClassSelfTest): number => (drawn === 0 ? 0 : found / drawn);
const weakestFirst = ([, a]: Own, [, b]: Own): number =>
  Number(a.passed) - Number(b.passed) || foundOf(a) - foundOf(b);

/** The self-test by size of the drawn defects; nothing where the model has none. @param scale says the sizes of its products in mm, too */
export function SelfTestTable({ selfTest, scale }: { selfTest: SelfTest | undefined; scale: MmByProduct }) {
  const all = Object.entries(selfTest ?? {});
  if (all.length === 0) return null;
  const classes = all.length > LISTED ? all.toSorted(weakestFirst).slice(0, LISTED) : all;
  const sizes = [...new Set(classes.flatMap(([, { bySize }]) => bySize.map(({ size }) => size)))].sort(
    (a, b) => a - b,
  );
  return (
    <section aria-labelledby="self-test">
      <h2 id="self-test">How far to trust it: the self-test</h2>
      <p class="muted">
        Defects of known size were drawn on good pictures that the model had not seen. One is found where the
        picture is not judged OK. Sizes are of the picture’s shorter side; of a tile’s where the model judges
        in tiles.
      </p>
      {all.length > LISTED && (
        <p class="muted">
          The {LISTED} weakest of {all.length} products; the JSON has all of them.
        </p>
      )}
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">Product</th>
              {sizes.map((size) => (
                <th key={size} scope="col">
                  {percent(size)}
                </th>
              ))}
              <th scope="col">All sizes</th>
              <th scope="col">Good ones refused</th>
            </tr>
          </thead>
          <tbody>
            {classes.map(([name, own]) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  {!own.passed && <strong class="fault"> not passed</strong>}
                </th>
                {sizes.map((size) => {
                  const one = own.bySize.find((row) => row.size === size);
                  const mm = one && sizeInMm(size, own, ownValue(scale, name));
                  return (
                    <td key={size}>
                      {one ? `${one.found} of ${one.drawn}` : 'not drawn'}
                      {mm !== undefined && <small class="muted"> {mm}</small>}
                    </td>
                  );
                })}
                <td>
                  {own.drawn.found} of {own.drawn.drawn}
                </td>
                <td>
                  {own.good.refused} of {own.good.pictures}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
