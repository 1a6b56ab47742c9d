// Names of picture files. A name only decides whether a file is examined: its bytes determine the format (formats.ts).
// Used in browsers too: no file system here.

const suffixes = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map((name) => `.${name}`));

/** Suffixes of the supported formats. */
const READ = suffixes('png apng jpg jpeg jpe jfif jif jfi pjpeg pjp webp tif tiff btf tf8 bmp dib');

/** Suffixes of pictures and videos in unsupported formats. */
const NOT_READ = suffixes(
  'gif avif avifs heic heics heif heifs hif jxl jp2 j2k jpf jpx jpm j2c jxr wdp hdp ' +
    'raw cr2 cr3 crw nef nrw arw srf sr2 dng orf rw2 raf pef srw x3f 3fr iiq erf kdc mrw mos rwl ' +
    'psd psb xcf ai eps svg svgz ico icns cur wmf emf tga pcx pnm pbm pgm ppm pam pfm exr hdr qoi fits fit dcm dicom ' +
    'mp4 m4v mov avi mkv webm wmv mpg mpeg flv mts m2ts 3gp',
);

/** Suffixes of files that are not pictures; they are not opened. */
const NO_PICTURE = suffixes(
  'txt md rst csv tsv json jsonl ndjson xml yaml yml toml ini cfg conf log html htm css js ts py ipynb sh bat m ' +
    'doc docx xls xlsx ppt pptx odt ods pdf rtf zip tar gz tgz bz2 xz 7z rar zst db sqlite lnk url names data cache ' +
    'npy npz mat h5 hdf5 pkl pickle pt pth onnx safetensors tfrecord record parquet ply pcd obj stl las ' +
    'xmp thm sha256 md5 license exe dll so bin dat',
);

/** The suffix of a name in lower case with its dot, or an empty text. */
export const suffixOf = (name: string): string => /[^\\/](\.[^.\\/]*)$/.exec(name)?.[1]!.toLowerCase() ?? '';

/**
 * The kind of a file by its name: `read` and `not-read` are pictures by suffix, `other` is not a picture, and for `unknown`
 * the bytes decide.
 */
export function kindOfName(name: string): 'read' | 'not-read' | 'other' | 'unknown' {
  const suffix = suffixOf(name);
  if (READ.has(suffix)) return 'read';
  if (NOT_READ.has(suffix)) return 'not-read';
  return NO_PICTURE.has(suffix) ? 'other' : 'unknown';
}
