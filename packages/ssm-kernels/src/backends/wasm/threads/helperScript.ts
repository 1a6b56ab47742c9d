// The script of a browser's helping thread, for pages whose policy allows no worker made of text: a worker file that imports this module
// and nothing else is one. See WasmThreadsOptions.
import { help, type HelperTask } from './helper.js';

addEventListener(
  'message',
  ({ data }: MessageEvent<HelperTask>) => help(data, (message) => postMessage(message)),
  {
    once: true,
  },
);
