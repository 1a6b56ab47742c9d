// Loaded into a judging process: from the signal on its engine fails at every upload, as one whose memory has run out.
process.on('SIGUSR2', () => {
  const { set } = Uint8Array.prototype;
  // oxlint-disable-next-line no-extend-native -- a fault is put into the engine from outside
  Uint8Array.prototype.set = function (...args) {
    // the heap of WebAssembly
    if (this.buffer.byteLength >= 2 ** 24) throw new WebAssembly.RuntimeError('unreachable');
    set.apply(this, args);
  };
});
