// What tests set and read: which device is played, which call fails, what was called.
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
  int newestArchitecture = 121;  // that the compiler knows
};

struct PlannedFailure {
  int error;
  int after;  // calls that still succeed
};

extern Settings settings;

// Notes a call, and returns the error that a test has planned for it, or 0.
int called(const std::string& name, const std::string& detail = "");
void note(const std::string& line);

}  // namespace emulation
