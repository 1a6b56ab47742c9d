#pragma once

// A kernel without C++ name mangling, with blocks of at most `threads` threads.
#ifndef OP_KERNEL
#define OP_KERNEL(name, threads, Params, ...) \
  extern "C" __global__ void __launch_bounds__(threads) name(const Params p) { __VA_ARGS__; }
#endif
