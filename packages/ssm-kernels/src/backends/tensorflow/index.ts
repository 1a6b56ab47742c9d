// TensorFlow itself, through @tensorflow/tfjs-node or -gpu, for Node.
export { tensorflowFolder } from './start/folder.js';
export { registerTensorflowKernels } from './register.js';
export {
  isGpuTensorflowInstalled,
  isTensorflowInstalled,
  startTensorflow,
  type TensorflowInfo,
  type TensorflowOptions,
} from './start/start.js';
