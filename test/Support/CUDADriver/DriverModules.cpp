//===- DriverModules.cpp - Modules behind the driver's entry points -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstring>

using namespace llvm;

namespace mml::cuda {

using ptx::maxShared;
constexpr unsigned maxThreads = 1024;

unsigned Driver::getMaxSharedOptIn() const {
  switch (options.chip) {
  case 75:
    return 64 * 1024;
  case 80:
  case 87:
    return 163 * 1024;
  case 86:
  case 89:
    return 99 * 1024;
  default:
    return options.chip >= 90 ? 227 * 1024 : maxShared;
  }
}

CUresult Driver::loadModule(CUmodule *result, const void *image,
                            std::string &message) {
  if (!result || !image)
    return CUDA_ERROR_INVALID_VALUE;
  const char *text = static_cast<const char *>(image);
  // Machine code begins with the magic of ELF or of a fat binary.
  if (std::memcmp(text, "\177ELF", 4) == 0 ||
      std::memcmp(text, "\x50\xed\x55\xba", 4) == 0) {
    message = "this driver executes PTX text only";
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  Expected<std::unique_ptr<ptx::Module>> loaded =
      ptx::Module::load(text, memory, options.chip);
  if (!loaded) {
    CUresult code = CUDA_ERROR_INVALID_PTX;
    handleAllErrors(loaded.takeError(), [&](const ptx::ModuleError &error) {
      message = error.message();
      if (error.getKind() == ptx::ModuleError::Kind::Version)
        code = CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
      else if (error.getKind() == ptx::ModuleError::Kind::Memory)
        code = CUDA_ERROR_OUT_OF_MEMORY;
    });
    say(message);
    return code;
  }
  auto module = std::make_unique<CUmod_st>();
  module->context = getCurrent();
  module->module = std::move(*loaded);
  *result = module.get();
  modules[*result] = std::move(module);
  return CUDA_SUCCESS;
}

CUresult Driver::unloadModule(CUmodule module) {
  drainAll();
  return modules.erase(module) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult Driver::getFunction(CUfunction *result, CUmodule module,
                             const char *name) {
  if (!modules.count(module))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!result || !name)
    return CUDA_ERROR_INVALID_VALUE;
  const ptx::Kernel *kernel = module->module->getKernel(name);
  if (!kernel)
    return CUDA_ERROR_NOT_FOUND;
  std::unique_ptr<CUfunc_st> &function = module->functions[name];
  if (!function) {
    function = std::make_unique<CUfunc_st>();
    function->module = module;
    function->kernel = kernel;
    function->maxDynamicShared =
        maxShared - std::min(maxShared, kernel->sharedBytes);
  }
  *result = function.get();
  return CUDA_SUCCESS;
}

CUresult Driver::getGlobal(CUdeviceptr *address, size_t *size, CUmodule module,
                           const char *name) {
  if (!modules.count(module))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!name)
    return CUDA_ERROR_INVALID_VALUE;
  const ptx::Allocation *variable = module->module->getVariable(name);
  if (!variable)
    return CUDA_ERROR_NOT_FOUND;
  if (address)
    *address = variable->base;
  if (size)
    *size = variable->size;
  return CUDA_SUCCESS;
}

bool Driver::isFunction(CUfunction function) const {
  for (const auto &[module, data] : modules)
    for (const auto &[name, known] : data->functions)
      if (known.get() == function)
        return true;
  return false;
}

static CUresult getError(ptx::Fault::Kind kind) {
  switch (kind) {
  case ptx::Fault::Kind::IllegalAddress:
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  case ptx::Fault::Kind::MisalignedAddress:
    return CUDA_ERROR_MISALIGNED_ADDRESS;
  case ptx::Fault::Kind::IllegalInstruction:
    return CUDA_ERROR_ILLEGAL_INSTRUCTION;
  case ptx::Fault::Kind::Timeout:
    return CUDA_ERROR_LAUNCH_TIMEOUT;
  case ptx::Fault::Kind::Trap:
  case ptx::Fault::Kind::Failure:
    return CUDA_ERROR_LAUNCH_FAILED;
  }
  return CUDA_ERROR_UNKNOWN;
}

CUresult Driver::prepare(PreparedLaunch &result, CUfunction function,
                         ptx::Dim3 grid, ptx::Dim3 block, unsigned shared,
                         void **params) {
  if (!isFunction(function))
    return CUDA_ERROR_INVALID_HANDLE;
  const ptx::Kernel &kernel = *function->kernel;
  auto refuse = [&](const Twine &why) {
    say("kernel '" + kernel.name + "': " + why);
    return CUDA_ERROR_INVALID_VALUE;
  };
  uint64_t threads = block.count();
  if (!threads || !grid.count())
    return refuse("expected at least one block of at least one thread");
  if (threads > maxThreads || block.z > 64)
    return refuse(
        "expected at most 1024 threads a block, 64 along z, but got " +
        Twine(threads) + ", " + Twine(block.z) + " along z");
  if (grid.x > INT32_MAX || grid.y > 65535 || grid.z > 65535)
    return refuse(
        "expected at most 2147483647 x 65535 x 65535 blocks but got " +
        Twine(grid.x) + " x " + Twine(grid.y) + " x " + Twine(grid.z));
  if (kernel.maxThreads && threads > kernel.maxThreads)
    return refuse("expected at most " + Twine(kernel.maxThreads) +
                  " threads a block, as it declares, but got " +
                  Twine(threads));
  if (kernel.requiredThreads && threads != kernel.requiredThreads)
    return refuse("expected " + Twine(kernel.requiredThreads) +
                  " threads a block, as it declares, but got " +
                  Twine(threads));
  if (shared > function->maxDynamicShared)
    return refuse("expected at most " + Twine(function->maxDynamicShared) +
                  " bytes of dynamic shared memory but got " + Twine(shared));
  auto config = std::make_shared<ptx::LaunchConfig>();
  config->grid = grid;
  config->block = block;
  config->dynamicShared = shared;
  config->isReversed = options.isReversed;
  const ptx::Code &code = *kernel.entry;
  for (auto [i, slot] : enumerate(code.params)) {
    if (!params || !params[i])
      return refuse("expected " + Twine(code.params.size()) + " parameters");
    config->params.resize(slot.offset + slot.size);
    std::memcpy(&config->params[slot.offset], params[i], slot.size);
  }
  result = {&kernel, config};
  return CUDA_SUCCESS;
}

void Driver::run(const PreparedLaunch &launch, CUcontext context) {
  ptx::LaunchCounters counters;
  std::optional<ptx::Fault> fault =
      ptx::run(memory, *launch.kernel, *launch.config, counters);
  if (!options.report.empty())
    launches.push_back(counters.toJSON());
  if (!fault)
    return;
  say(fault->message);
  setFault(context, getError(fault->kind));
}

CUresult Driver::launch(CUfunction function, ptx::Dim3 grid, ptx::Dim3 block,
                        unsigned shared, CUstream stream, void **params) {
  stream = findStream(stream);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  PreparedLaunch prepared;
  CUresult result = prepare(prepared, function, grid, block, shared, params);
  if (result != CUDA_SUCCESS)
    return result;
  CUcontext context = stream->context;
  submit(stream, [=] { run(prepared, context); });
  return CUDA_SUCCESS;
}

} // namespace mml::cuda
