export { NativeEncoder, type NativeOptions } from './nativeEncoder.js';
export { nativeEngine, type NativeEngineOptions } from './nativeEngine.js';
export {
  boundRuntime,
  onnxRuntime,
  RUNTIME,
  type BoundRuntime,
  type BoundSession,
  type OnnxRuntime,
  type OnnxSession,
  type OnnxTensor,
} from './runtime.js';
