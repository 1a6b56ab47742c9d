import { extentText, type MmPerPixel } from '@pyramid-mamba/inspect';
import type { Region } from '@pyramid-mamba/metrics';
import { within } from '../../picture/viewport.js';
import type { Size } from '../../run/types.js';
import { probe, viewport } from '../../state/look.js';

/** Maximum number of listed regions. */
const MOST = 50;

/** Where the map reaches the review threshold; a region's button zooms to it. */
export function Regions({
  regions,
  size,
  review,
  mm,
}: {
  regions: readonly Region[];
  size: Size;
  review: number | undefined;
  /** Of the picture at `size`; undefined without a scale. */
  mm: MmPerPixel | undefined;
}) {
  if (review === undefined) {
    return <p class="muted">The class has no thresholds, so there are no regions to list.</p>;
  }
  if (regions.length === 0)
    return <p class="muted">Nothing reaches the review threshold {review.toFixed(4)}.</p>;
  const look = ({ box: [left, top, width, height], peak }: Region) => {
    viewport.value = within({
      // the region fills at most half of the view, and even a large one is zoomed in
      zoom: Math.min(8, Math.max(1.25, Math.min(size.width / width, size.height / height) / 2)),
      x: (left + width / 2) / size.width,
      y: (top + height / 2) / size.height,
    });
    probe.value = { x: peak.x / size.width, y: peak.y / size.height };
  };
  return (
    <table class="regions">
      <thead>
        <tr>
          <th scope="col">Region</th>
          <th scope="col">Peak</th>
          <th scope="col">{mm ? 'Size' : 'Area, px'}</th>
          <th scope="col">At</th>
        </tr>
      </thead>
      <tbody>
        {regions.slice(0, MOST).map((region, i) => (
          <tr key={i}>
            <th scope="row">
              <button type="button" onClick={() => look(region)} aria-label={`Look at region ${i + 1}`}>
                {i + 1}
              </button>
            </th>
            <td>{region.peak.score.toFixed(4)}</td>
            <td>{mm ? extentText(region.box[2], region.box[3], mm) : region.area}</td>
            <td>
              {Math.floor(region.peak.x)}, {Math.floor(region.peak.y)}
            </td>
          </tr>
        ))}
      </tbody>
      {regions.length > MOST && <caption>{`the highest ${MOST} of ${regions.length}`}</caption>}
    </table>
  );
}
