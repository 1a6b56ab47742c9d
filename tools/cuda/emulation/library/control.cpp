#include "control.h"
#include <cstring>
#include "memory.h"

namespace emulation {
namespace {
std::vector<std::string> trace;
std::map<std::string, PlannedFailure> failures;
std::string read;
}  // namespace

Settings settings;

void note(const std::string& line) {
  trace.push_back(line);
}

int called(const std::string& name, const std::string& detail) {
  note(detail.empty() ? name : name + " " + detail);
  const auto planned = failures.find(name);
  if (planned == failures.end()) return 0;
  if (planned->second.after-- > 0) return 0;
  const int error = planned->second.error;
  failures.erase(planned);
  return error;
}
}  // namespace emulation

extern "C" {
void emulationSet(const char* key, long long value) {
  using namespace emulation;
  if (!strcmp(key, "devices")) settings.devices = int(value);
  if (!strcmp(key, "major")) settings.major = int(value);
  if (!strcmp(key, "minor")) settings.minor = int(value);
  if (!strcmp(key, "driverVersion")) settings.driverVersion = int(value);
  if (!strcmp(key, "compilerVersion")) settings.compilerVersion = int(value);
  if (!strcmp(key, "newestArchitecture")) settings.newestArchitecture = int(value);
  if (!strcmp(key, "memory")) deviceMemory.capacity = size_t(value);
}

// The call after the next `after` calls of this name returns `error`.
void emulationFail(const char* call, int error, int after) {
  emulation::failures[call] = {error, after};
}

// The calls since the last query, one per line.
const char* emulationTrace() {
  using namespace emulation;
  read.clear();
  for (const std::string& line : trace) read += line + "\n";
  trace.clear();
  return read.c_str();
}

long long emulationAllocations() {
  return (long long)emulation::deviceMemory.count();
}
}
