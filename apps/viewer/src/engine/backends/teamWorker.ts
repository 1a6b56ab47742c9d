// A thread that helps the engine with one picture, where the page may share memory. This entry file must contain only this line, see ../worker.ts.
import '@pyramid-mamba/ssm-kernels/wasm/threads/helper';
