//===- Baselines.cpp - The libraries that we compare with -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Baselines.h"

#include "Plan.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mml::bench;
using llvm::Expected;
using llvm::StringRef;

std::vector<Baseline> mml::bench::getBaselines(StringRef cpu) {
  std::vector<Baseline> baselines;
  bool isAvx2 = cpu == avx2Cpu;
  for (llvm::StringLiteral library : getLibraries()) {
    if (library == "openblas" && !isAvx2)
      baselines.push_back({"OpenBLAS f32", library, {}});
    if (library != "onednn")
      continue;
    if (isAvx2) {
      baselines.push_back(
          {"oneDNN int8 AVX2", library, {"ONEDNN_MAX_CPU_ISA=AVX2"}});
      continue;
    }
    baselines.push_back({"oneDNN int8", library, {}});
    if (llvm::sys::getHostCPUFeatures().lookup("amx-int8"))
      baselines.push_back({"oneDNN int8 VNNI",
                           library,
                           {"ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI"}});
  }
  return baselines;
}

Expected<std::unique_ptr<Contestant>>
BaselineWorkers::create(const Baseline &baseline, const Task &task) {
  std::string threads = std::to_string(task.threads);
  std::shared_ptr<WorkerProcess> &worker =
      workers[baseline.name + "/" + threads];
  if (!worker) {
    std::vector<std::string> environment = baseline.environment;
    environment.push_back("OMP_NUM_THREADS=" + threads);
    environment.push_back("OPENBLAS_NUM_THREADS=" + threads);
    // How long idle threads look for work: about a millisecond instead of up
    // to twenty, which the next contestant would have to wait for.
    environment.push_back("GOMP_SPINCOUNT=20000");
    environment.push_back("OPENBLAS_THREAD_TIMEOUT=21");
    auto started = WorkerProcess::start(program, baseline.library, environment);
    if (!started)
      return started.takeError();
    worker = std::move(*started);
  }
  auto contestant = createRemote(worker, baseline.name, task);
  // One that has ended cannot be asked again.
  if (!contestant)
    worker = nullptr;
  return contestant;
}
