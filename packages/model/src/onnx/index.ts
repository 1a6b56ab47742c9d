export { ONNX_METADATA, onnxModel, type OnnxOptions } from './exportModel.js';
export { VERDICTS, type OnnxProduct } from './verdict.js';
