// Compiles the kernels of a source that uses OP_KERNEL for the host, and registers each.
#pragma once
#include "emulation.h"
#include "kernels.h"

#define OP_KERNEL(name, threads, Params, ...)                                                      \
  static void name(const Params& p) { __VA_ARGS__; }                                               \
  static const emulation::Registered registered_##name(                                            \
      #name, {[](const void* params) { name(*static_cast<const Params*>(params)); }, sizeof(Params)});
