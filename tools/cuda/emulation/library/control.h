// The state that tests set and read: the emulated device, the call that fails, the calls made.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace emulation {

struct Settings {
  int devices = 1;
  int major = 9;
  int minor = 0;
  int driverVersion = 13000;
  int compilerVersion = 13000;
  int newestArchitecture = 121;  // of the compiler
};

struct PlannedFailure {
  int error;
  int after;  // calls that still succeed
};

extern Settings settings;

// Records a call, and returns the error that a test injects into it, or 0.
int called(const std::string& name, const std::string& detail = "");
void note(const std::string& line);

}  // namespace emulation
