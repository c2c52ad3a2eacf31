// RUN: mml-opt %s --mml-attach-gpu-target | FileCheck %s --check-prefix=DEFAULT
// RUN: mml-opt %s --mml-attach-gpu-target="chip=sm_90a features=+ptx83 opt-level=1" | FileCheck %s --check-prefix=OPTIONS

// DEFAULT: gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_80", features = "+ptx70">]
// OPTIONS: gpu.module @kernels [#nvvm.target<O = 1, chip = "sm_90a", features = "+ptx83">]
gpu.module @kernels {
}

// What LLVM would end the process for is an error.

// RUN: not mml-opt %s --mml-attach-gpu-target=chip=sm_61 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: error: expected a GPU of sm_75 or newer but got 'sm_61'
// RUN: not mml-opt %s --mml-attach-gpu-target=chip=sm_77 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: expected a GPU that is known, one of sm_75, {{.*}}, but got 'sm_77'
// RUN: not mml-opt %s --mml-attach-gpu-target=chip=volta 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: expected a GPU that is known, one of sm_75, {{.*}}, but got 'volta'
// RUN: not mml-opt %s --mml-attach-gpu-target="chip=sm_90 features=+ptx77" 2>&1 | FileCheck %s --check-prefix=PTX
// PTX: error: expected version 7.8 of PTX or a newer one for sm_90 but got '+ptx77'
// RUN: not mml-opt %s --mml-attach-gpu-target=features=+fast 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not mml-opt %s --mml-attach-gpu-target=features=+ptx79 2>&1 | FileCheck %s --check-prefix=FEATURE
// FEATURE: error: expected a version of PTX, such as +ptx70, but got '{{\+fast|\+ptx79}}'
// RUN: not mml-opt %s --mml-attach-gpu-target=opt-level=4 2>&1 | FileCheck %s --check-prefix=LEVEL
// LEVEL: error: expected an optimization level up to 3 but got 4
