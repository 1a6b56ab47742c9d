import type { SelfTest } from '@pyramid-mamba/model';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The self-test by size of the drawn defects; nothing where the model has none. */
export function SelfTestTable({ selfTest }: { selfTest: SelfTest | undefined }) {
  const classes = Object.entries(selfTest ?? {});
  if (classes.length === 0) return null;
  const sizes = [...new Set(classes.flatMap(([, { bySize }]) => bySize.map(({ size }) => size)))].sort(
    (a, b) => a - b,
  );
  return (
    <section aria-labelledby="self-test">
      <h2 id="self-test">How far to trust it: the self-test</h2>
      <p class="muted">
        Defects of known size were drawn on good pictures that the model had not seen. One is found where the
        picture is not judged OK. Sizes are of the picture’s shorter side.
      </p>
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
            {classes.map(([name, { bySize, drawn, good, passed }]) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  {!passed && <strong class="fault"> not passed</strong>}
                </th>
                {sizes.map((size) => {
                  const one = bySize.find((row) => row.size === size);
                  return <td key={size}>{one ? `${one.found} of ${one.drawn}` : 'not drawn'}</td>;
                })}
                <td>
                  {drawn.found} of {drawn.drawn}
                </td>
                <td>
                  {good.refused} of {good.pictures}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
