import { tilesCost } from '@pyramid-mamba/inspect';
import { describeTiles, tileUnit, type Detector } from '@pyramid-mamba/model';
import { duration } from '@pyramid-mamba/runs';
import { withOneThread } from '../backend.js';
import { inBytes } from '../training/planLine.js';

/** What tiles cost a judging, a line; undefined for a model without tiles. */
export async function tilesNote(model: Detector, pictures: number): Promise<string | undefined> {
  const cost = await withOneThread(() => tilesCost(model));
  if (!cost) return undefined;
  const { config } = model;
  const each = cost.seconds < 1 ? `${Math.round(1000 * cost.seconds)} ms` : `${cost.seconds.toFixed(1)} s`;
  return (
    `tiles: ${describeTiles(config, tileUnit(config))}; a picture takes about ${each} in one thread and ${inBytes(cost.bytes)} of memory` +
    (pictures > 1 ? `, ${pictures} pictures ${duration(pictures * cost.seconds)}` : '')
  );
}
