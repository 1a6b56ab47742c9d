// A module of its own, so that tests can take onnxruntime-node away.
export { onnxRuntime, RUNTIME, type OnnxRuntime } from '@pyramid-mamba/model/node';
