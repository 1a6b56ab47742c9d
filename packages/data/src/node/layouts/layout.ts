import type { PictureRecord } from '../fileSample.js';
import type { KnownDataset } from './known.js';
import type { Tree } from './reading/tree.js';

/** The pictures of one class. */
export interface ClassRecords {
  train: PictureRecord[];
  /** Good pictures of the owner's validation split, for thresholds; often none. */
  validation: PictureRecord[];
  test: PictureRecord[];
}

/** A folder that matches a layout. */
export interface Match {
  /** The layout's name in messages: `MVTec AD`. */
  title: string;
  /** Details: `raw form, split 1cls.csv`. */
  detail?: string;
  /** The folder that ids are relative to. */
  base: string;
  classes: string[];
  /** Which of its pictures are read, as the end of a sentence that explains why others are not. */
  reads: string;
  /** The absolute folder of a class whose unread pictures are reported; undefined if a list chooses among them. */
  folderOf?(className: string): string;
  /** Names of folders with data other than colour pictures: `xyz`. */
  skips?: readonly string[];
  /** The published data set it matches, if any. */
  known?: KnownDataset;
  /** Lists the pictures of a class and reports its faults to the tree. Opens no picture. */
  readClass(className: string): Promise<ClassRecords>;
}

/** A layout of a data set on disk. */
export interface Layout<Name extends string = string> {
  /** Its name in options. */
  name: Name;
  /** Its folders, for the error about a folder that matches no layout. */
  wanted: string;
  /**
   * Examines the folders below the tree's root and returns undefined if they do not match. `split` is the requested list, in
   * layouts that have several; a missing one is a DataError.
   */
  find(tree: Tree, split?: string): Promise<Match | undefined>;
}

export const noRecords = (): ClassRecords => ({ train: [], validation: [], test: [] });
