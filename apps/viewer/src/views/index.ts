import type { ComponentType } from 'preact';
import type { ViewName } from '../state/route.js';
import { Gallery } from './gallery/gallery.js';
import { Inspector } from './inspector/inspector.js';
import { Live } from './live/live.js';
import { Open } from './open/open.js';
import { Table } from './table/table.js';
import { Train } from './train/train.js';
import { Tuning } from './tuning/tuning.js';

/** Every view's display name and component, in the order of the navigation. */
export const VIEWS: Record<ViewName, { title: string; Body: ComponentType }> = {
  open: { title: 'Open', Body: Open },
  gallery: { title: 'Gallery', Body: Gallery },
  inspect: { title: 'Inspect', Body: Inspector },
  tune: { title: 'Thresholds', Body: Tuning },
  table: { title: 'Figures', Body: Table },
  live: { title: 'Live', Body: Live },
  train: { title: 'Train', Body: Train },
};
