// A CUDA compiler (NVRTC) that compiles nothing: its images name the architecture, and the emulated driver has the kernels.
#include <cstring>
#include <string>
#include "control.h"

using namespace emulation;

namespace {
struct Program {
  std::string source;
  std::string log;
  std::string cubin;
  std::string ptx;
};
enum { SUCCESS = 0, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6 };
}  // namespace

extern "C" {
int nvrtcVersion(int* major, int* minor) {
  *major = settings.compilerVersion / 1000;
  *minor = settings.compilerVersion % 1000 / 10;
  return called("nvrtcVersion");
}

int nvrtcGetNumSupportedArchs(int* count) {
  *count = settings.newestArchitecture >= 90 ? 4 : 3;
  return called("nvrtcGetNumSupportedArchs");
}

int nvrtcGetSupportedArchs(int* architectures) {
  const int known[] = {75, 80, 86, 90};
  for (int i = 0; i < (settings.newestArchitecture >= 90 ? 4 : 3); i++) architectures[i] = known[i];
  return called("nvrtcGetSupportedArchs");
}

int nvrtcCreateProgram(Program** program, const char* source, const char* name, int headers, const char* const*, const char* const*) {
  if (const int error = called("nvrtcCreateProgram", std::string(name) + ", " + std::to_string(headers) + " headers")) return error;
  *program = new Program{source, "", "", ""};
  return SUCCESS;
}

int nvrtcCompileProgram(Program* program, int count, const char* const* options) {
  std::string all, architecture;
  for (int i = 0; i < count; i++) {
    all += (i ? " " : "") + std::string(options[i]);
    if (!strncmp(options[i], "--gpu-architecture=", 19)) architecture = options[i] + 19;
  }
  if (const int error = called("nvrtcCompileProgram", all)) {
    program->log = "kernel.cu(1): error: planned by a test\n";
    return error;
  }
  if (architecture.empty()) return INVALID_OPTION;
  if (architecture.rfind("sm_", 0) == 0) program->cubin = "EMULATED CUBIN " + architecture;
  program->ptx = "EMULATED PTX " + architecture;
  return SUCCESS;
}

int nvrtcGetProgramLogSize(Program* program, size_t* size) {
  *size = program->log.size() + 1;
  return SUCCESS;
}

int nvrtcGetProgramLog(Program* program, char* log) {
  memcpy(log, program->log.c_str(), program->log.size() + 1);
  return SUCCESS;
}

int nvrtcGetCUBINSize(Program* program, size_t* size) {
  *size = program->cubin.empty() ? 0 : program->cubin.size() + 1;
  return SUCCESS;
}

int nvrtcGetCUBIN(Program* program, char* image) {
  memcpy(image, program->cubin.c_str(), program->cubin.size() + 1);
  return SUCCESS;
}

int nvrtcGetPTXSize(Program* program, size_t* size) {
  *size = program->ptx.size() + 1;
  return SUCCESS;
}

int nvrtcGetPTX(Program* program, char* image) {
  memcpy(image, program->ptx.c_str(), program->ptx.size() + 1);
  return SUCCESS;
}

int nvrtcDestroyProgram(Program** program) {
  delete *program;
  *program = nullptr;
  return called("nvrtcDestroyProgram");
}

const char* nvrtcGetErrorString(int error) {
  return error == COMPILATION ? "NVRTC_ERROR_COMPILATION" : error == INVALID_OPTION ? "NVRTC_ERROR_INVALID_OPTION" : "NVRTC_ERROR";
}
}
