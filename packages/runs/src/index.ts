// where runs lie
export {
  MIB,
  partsOf,
  requireSize,
  RunError,
  type Bytes,
  type Files,
  type Found,
  type RunFiles,
  type FolderFiles,
  type WritableFiles,
} from './storage/port.js';
export { filesOf, findFile, needFile, readFile, type RunFile } from './storage/found.js';
export { entryFiles, handleFiles, listedFiles } from './storage/listed.js';
export { sameOriginFolder, servedFiles } from './storage/served.js';
export { Folder, writeWhole } from './storage/opfs.js';
// what they hold
export { MOST, readJson, readLines, type Words } from './read.js';
export {
  RUN_FORMAT,
  runConfigSchema,
  type RunConfig,
  type Stages,
  type StageSettings,
} from './schemas/config.js';
export * from './schemas/limits.js';
export {
  manifestText,
  readManifest,
  VIEWER_FORMAT,
  type Manifest,
  type ManifestItem,
} from './schemas/manifest.js';
export {
  comparedTitle,
  seedsText,
  readComparison,
  type ComparedPicture,
  type ComparedRow,
  type ComparisonFile,
} from './schemas/comparison.js';
export { calibrationSchema } from './schemas/calibration.js';
export { namedRecord } from './schemas/named.js';
export {
  AGAIN,
  jsonLines,
  readCurves,
  readEpochs,
  readMetrics,
  readScores,
  type EpochLine,
  type Evaluated,
  type RunCurves,
  type RunMetrics,
  type ScoreLine,
  type StoredCurve,
} from './results.js';
export {
  classCurves,
  CURVE_POINTS,
  metricsReport,
  type ClassCurves,
  type Figures,
  type MetricsReport,
} from './report.js';
export { levelBytes, levelsFile, readLevels, type LevelShapes, type SmallMap } from './levels.js';
// how they look
export { COLOR_MAP } from './look/colorMap.js';
export { COLUMNS, FIGURES, HEADINGS, percentOf, type Column } from './look/columns.js';
export { heatIndex, heatOpacity, heatPosition, scaleOf, type HeatScale, type RunScale } from './look/heat.js';
export { MEANING } from './look/verdicts.js';
export { markdownTable, overall } from './look/table.js';
export { Pace } from './look/pace.js';
export { limitText, multipleText, scoreOfLimit, scoreText } from './look/limit.js';
export { duration, inMib, inPercent } from './look/units.js';
