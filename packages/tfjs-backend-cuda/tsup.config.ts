import { lib } from '../../tsup.base.js';

export default lib({
  entry: { index: 'src/index.ts', extend: 'src/extend.ts', 'system/index': 'src/system/index.ts' },
});
