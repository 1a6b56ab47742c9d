// Runs the blocks of a launch one after the other, their threads as fibers.
#pragma once
#include <functional>
#include <string>
#include "emulation.h"

namespace emulation {

struct Launch {
  Index grid;
  Index block;
  size_t sharedBytes;
};

// Runs `body` once per thread. Returns an error message, or an empty string.
std::string runLaunch(const Launch& launch, const std::function<void()>& body);

// Ends the running fiber's launch with this message.
[[noreturn]] void fail(const std::string& message);

}  // namespace emulation
