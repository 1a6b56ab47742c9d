// The kernels of training.cu, compiled for the host. The include path leads to them.
#include "opKernel.h"
#include "training.cu"
