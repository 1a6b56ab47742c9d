import type { IForbiddenRuleType } from 'dependency-cruiser';

/** What the sources of each package may import of the other packages. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  metrics: [],
  data: [],
  'encoder-weights': [],
  'tfjs-backend-cuda': [],
  // and its cuda entry tfjs-backend-cuda, see below
  'ssm-kernels': [],
  model: ['ssm-kernels'],
  runs: ['metrics', 'data'],
  projects: ['runs', 'metrics', 'data'],
  inspect: ['model', 'metrics', 'data'],
};

/** The rooms of ssm-kernels that may use tfjs-backend-cuda: its cuda entry, and the rules of trust, which that package owns. */
const CUDA_ROOM = '(backends/cuda|system)';

/** Sources of packages that run on Node only: what stands behind a `/node` entry, or behind one with the condition `node`. */
const NODE_ONLY =
  '^packages/(' +
  [
    '[^/]+/src/node/',
    'tfjs-backend-cuda/src/',
    'ssm-kernels/src/system/',
    'ssm-kernels/src/backends/(cuda|tensorflow)/',
    'ssm-kernels/src/backends/webgpu/(node|device/vulkan)[.]ts$',
  ].join('|') +
  ')';
const NODE_PACKAGES = '(^|/)node_modules/(sharp|koffi|webgpu|@tensorflow/tfjs-node(-gpu)?)/';

const rule = (name: string, comment: string, from: object, to: object): IForbiddenRuleType => ({
  name,
  comment,
  severity: 'error',
  from,
  to,
});

/** `model may import ssm-kernels`, as half a sentence. */
function allowance(name: string, others: readonly string[]): string {
  return `${name} may import ${others.length > 0 ? others.join(', ') : 'no other package of this repository'}`;
}

function arrowsOf(name: string, others: readonly string[]): IForbiddenRuleType {
  const own = `^packages/${name}/src/`;
  const allowed = [name, ...others].join('|');
  const from = name === 'ssm-kernels' ? { path: own, pathNot: `${own}${CUDA_ROOM}/` } : { path: own };
  return rule(`arrows of ${name}`, allowance(name, others), from, {
    path: `^(packages/(?!(${allowed})/)|apps/|tools/|examples/)`,
  });
}

/** The rules, each with a comment that ends the sentence about an import that breaks it. */
export const RULES: IForbiddenRuleType[] = [
  ...Object.entries(MAY_IMPORT).map(([name, others]) => arrowsOf(name, others)),
  rule(
    'arrows of ssm-kernels/cuda',
    `the cuda entry and the system room of ${allowance('ssm-kernels', ['tfjs-backend-cuda'])}`,
    { path: `^packages/ssm-kernels/src/${CUDA_ROOM}/` },
    { path: '^(packages/(?!(ssm-kernels|tfjs-backend-cuda)/)|apps/|tools/|examples/)' },
  ),
  rule(
    'arrows of the apps',
    'an app may import packages only; what two apps need belongs into a package',
    { path: '^apps/([^/]+)/src/' },
    { path: '^(apps/(?!$1/)|tools/|examples/)' },
  ),
  rule(
    'by name',
    'a package is imported by its name and an entry of its manifest, not by a path',
    { path: '^(packages/[^/]+|apps/[^/]+|examples)/' },
    { path: '^packages/', pathNot: '^$1/', dependencyTypes: ['local'] },
  ),
  rule('no circle', 'these files import each other in a circle', {}, { circular: true }),
  rule(
    'node behind /node',
    'sources that browsers read may not need Node; put it behind a /node entry, or name its room in NODE_ONLY',
    { path: '^packages/[^/]+/src/', pathNot: NODE_ONLY },
    { dependencyTypes: ['core'] },
  ),
  rule(
    'node packages behind /node',
    'sources that browsers read may not need a package for Node; put it behind a /node entry',
    { path: '^packages/[^/]+/src/', pathNot: NODE_ONLY },
    { path: NODE_PACKAGES },
  ),
  rule(
    'node rooms behind /node',
    'sources that browsers read may not import a room for Node only',
    { path: '^packages/[^/]+/src/', pathNot: NODE_ONLY },
    { path: NODE_ONLY },
  ),
  rule(
    'no Node in the page',
    'the page runs in browsers, without Node',
    { path: '^apps/viewer/src/' },
    { path: [NODE_ONLY, NODE_PACKAGES] },
  ),
  rule(
    'no Node built-in in the page',
    'the page runs in browsers, without Node',
    { path: '^apps/viewer/src/' },
    { dependencyTypes: ['core'] },
  ),
  rule(
    'listed',
    'a package that is imported must be in the manifest of the importing package',
    { path: '^(packages|apps)/[^/]+/src/' },
    {
      dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'],
    },
  ),
  // the address of an asset is an import that Vite alone resolves
  rule('resolvable', 'there is no such file or entry', {}, { couldNotResolve: true, pathNot: '[?]url$' }),
];
