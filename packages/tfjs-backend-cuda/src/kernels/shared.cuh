#pragma once

// Dynamic shared memory; the launch sets its size.
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(name) extern __shared__ float name[]
#endif
