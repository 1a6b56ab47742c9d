import { FormatError } from '../errors.js';
import type { MethodGraph } from '../onnx/types.js';
import type { DetectorConfig, Method } from './types.js';

/** A method's graph. Throws a FormatError for one that has none. */
export function methodGraph<C extends DetectorConfig>(
  { name, graph }: Pick<Method<C>, 'name' | 'graph'>,
  config: C,
): Promise<MethodGraph<C>> {
  if (!graph) throw new FormatError(`the method ${name} cannot be exported to ONNX: it has no graph`);
  return graph(config);
}
