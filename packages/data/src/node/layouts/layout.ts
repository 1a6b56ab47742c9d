import type { PictureRecord } from '../fileSample.js';
import type { KnownDataset } from './known.js';
import type { Tree } from './tree.js';

/** The pictures of one class. */
export interface ClassRecords {
  train: PictureRecord[];
  /** Good pictures the owner set aside, to find thresholds with; often none. */
  validation: PictureRecord[];
  test: PictureRecord[];
}

/** A folder that fits a layout. */
export interface Match {
  /** The layout as a sentence names it: `MVTec AD`. */
  title: string;
  /** More to say of it: `raw form, split 1cls.csv`. */
  detail?: string;
  /** The folder that ids are relative to. */
  base: string;
  classes: string[];
  /** Which pictures of it are read, as the end of a sentence: says why others are not. */
  reads: string;
  /** The folder of a class, absolute, whose unread pictures are to be told of; undefined where a list chooses among them. */
  folderOf?(className: string): string;
  /** Folders that hold something else than colour pictures, by name: `xyz`. */
  skips?: readonly string[];
  /** The published data set it looks like, if any. */
  known?: KnownDataset;
  /** Lists the pictures of a class and reports what is wrong with it to the tree. Opens no picture. */
  readClass(className: string): Promise<ClassRecords>;
}

/** How a data set can lie on disk. */
export interface Layout<Name extends string = string> {
  /** The word for it in options. */
  name: Name;
  /** What its folders are called, for a folder that fits nothing. */
  wanted: string;
  /**
   * Looks at the folders below the tree's root and gives undefined where they do not fit. `split` is the list asked for, in
   * layouts that have several; one that is not there is a DataError.
   */
  find(tree: Tree, split?: string): Promise<Match | undefined>;
}

export const noRecords = (): ClassRecords => ({ train: [], validation: [], test: [] });
