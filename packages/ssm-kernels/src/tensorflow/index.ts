// TensorFlow itself, through @tensorflow/tfjs-node or -gpu, for Node.
export { tensorflowFolder } from './folder.js';
export { registerTensorflowKernels } from './registerAll.js';
export {
  isGpuTensorflowInstalled,
  isTensorflowInstalled,
  startTensorflow,
  type TensorflowInfo,
  type TensorflowOptions,
} from './start.js';
