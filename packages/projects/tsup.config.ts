import { lib } from '../../tsup.base.js';
export default lib({ entry: { index: 'src/index.ts' } });
