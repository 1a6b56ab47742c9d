import type { ComponentType } from 'preact';
import type { Part } from '../state/address/route.js';
import { Gallery } from './gallery/gallery.js';
import { Inspector } from './inspector/inspector.js';
import { Live } from './live/live.js';
import { Pictures } from './pictures/pictures.js';
import { Report } from './report/report.js';
import { Table } from './table/table.js';
import { Train } from './train/train.js';
import { Tuning } from './tuning/tuning.js';

/** What each part of a step shows. */
export const VIEWS: Record<Part, ComponentType> = {
  all: Pictures,
  model: Train,
  now: Live,
  results: Gallery,
  picture: Inspector,
  thresholds: Tuning,
  page: Report,
  figures: Table,
};
