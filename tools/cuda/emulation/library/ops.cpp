// The kernels of ops.cu, compiled for the host. The include path leads to them.
#include "emulation.h"
#include "kernels.h"

#define OP_KERNEL(name, threads, Params, ...)                                                      \
  static void name(const Params& p) { __VA_ARGS__; }                                               \
  static const emulation::Registered registered_##name(                                            \
      #name, {[](const void* params) { name(*static_cast<const Params*>(params)); }, sizeof(Params)});

#include "ops.cu"
