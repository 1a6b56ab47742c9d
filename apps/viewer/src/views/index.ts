import type { ComponentType } from 'preact';
import { later } from '../shell/later.js';
import type { Part } from '../state/address/route.js';
import { Gallery } from './gallery/gallery.js';
import { Inspector } from './inspector/inspector.js';
import { Live } from './live/live.js';
import { Pictures } from './pictures/pictures.js';
import { Train } from './train/train.js';

/** What each part of a step shows; what comes last in the order of work is fetched when it is shown. */
export const VIEWS: Record<Part, ComponentType> = {
  all: Pictures,
  model: Train,
  now: Live,
  results: Gallery,
  picture: Inspector,
  thresholds: later(() => import('./tuning/tuning.js').then(({ Tuning }) => Tuning)),
  page: later(() => import('./report/report.js').then(({ Report }) => Report)),
  figures: later(() => import('./table/table.js').then(({ Table }) => Table)),
};
