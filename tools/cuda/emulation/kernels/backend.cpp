// The kernels of backend.cu, compiled for the host. The include path leads to them.
#include "opKernel.h"
#include "backend.cu"
