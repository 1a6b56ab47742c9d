/** `stretch`: a picture is resized to the input's sides. `pad`: it keeps its aspect, is as large as the input allows, and a border fills the rest. */
export type Fit = 'stretch' | 'pad';

/** The pixels that a network sees of a picture. */
export interface ModelInput {
  readonly height: number;
  readonly width: number;
  readonly fit: Fit;
}

/** An 8-bit colour picture: `data[(y * width + x) * 3 + channel]`, channels red, green, blue, values 0..255. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A one-channel 8-bit picture: `data[y * width + x]`. Masks are this with the values 0 (normal) and 1 (defect). */
export interface GrayImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A loaded sample: the picture and its mask, both of the picture's size within the input, see `fittedSize`. */
export interface LoadedSample {
  /** The picture, resized like Pillow (antialiased bilinear); stretched as in the reference code, or with its aspect kept. */
  readonly image: RgbImage;
  /** 0 normal, 1 defect; all zeros for a good picture. */
  readonly mask: GrayImage;
  /** What `hash()` gives for the very bytes this was decoded from; absent where the sample's recipe decides them. */
  readonly hash?: string;
}

/** One picture of a data set. Pixels are read only when `load` is called, so a data set of any size is cheap to hold. */
export interface Sample {
  /** Path relative to the data set's root (or a synthetic name), parts joined by '/'; unique in the data set. */
  readonly id: string;
  /** Product class, e.g. `bottle`. */
  readonly className: string;
  /** 0 good, 1 defective. */
  readonly label: 0 | 1;
  /** `good`, or the defect type, e.g. `broken_large`. */
  readonly defect: string;
  /** `false` for a defective picture without a mask: `load` then returns zeros, which have no meaning. Otherwise absent. */
  readonly hasMask?: false;
  /**
   * Decodes the picture and its mask and resizes both for a network's input; a number is the side of a square one that pictures are
   * stretched to. Rejects with a `DataError`.
   */
  load(input: number | ModelInput): Promise<LoadedSample>;
  /**
   * SHA-256, in hex, of the picture's bytes, or of its recipe if it is drawn: a cache key. It does not
   * cover the input passed to `load`.
   */
  hash(): Promise<string>;
  /**
   * SHA-256, in hex, of the decoded pixels: the same for a picture that was saved again without loss, in another format or with other
   * metadata. Rejects with a `DataError`. Absent where the sample is drawn.
   */
  pixelHash?(): Promise<string>;
}

/** Pictures of several product classes, split as in anomaly detection: training pictures are all good. */
export interface Dataset {
  readonly name: string;
  /** The folder that sample ids are relative to, or a name for a data set without a folder. */
  readonly root: string;
  /** Class names in the order of the samples. */
  readonly classes: string[];
  readonly train: Sample[];
  readonly test: Sample[];
  /** Good pictures of the owner's validation split, for thresholds, if any. */
  readonly validation?: Sample[];
  /** The owner's licence, where known. */
  readonly licence?: string;
}
