// RUN: mml-opt %s --pass-pipeline="builtin.module(gpu.module(mml-resolve-device-functions))" --split-input-file --verify-diagnostics | FileCheck %s

// Instructions take the place of calls; nothing is left undeclared.

gpu.module @kernels {
  llvm.func @__nv_sqrtf(f32) -> f32
  llvm.func @__nv_rsqrtf(f32) -> f32
  llvm.func @__nv_rint(f64) -> f64
  llvm.func @own(%x: f32) -> f32 {
    llvm.return %x : f32
  }
  // CHECK-NOT: __nv
  // CHECK-LABEL: llvm.func @kernel(
  // CHECK-SAME:      %[[X:.*]]: f32, %[[Y:.*]]: f64
  llvm.func @kernel(%x: f32, %y: f64) -> f64 {
    // CHECK: %[[A:.*]] = llvm.intr.sqrt(%[[X]])
    %a = llvm.call @__nv_sqrtf(%x) : (f32) -> f32
    // CHECK: %[[ROOT:.*]] = llvm.intr.sqrt(%[[A]])
    // CHECK: %[[ONE:.*]] = llvm.mlir.constant(1.000000e+00 : f32)
    // CHECK: %[[B:.*]] = llvm.fdiv %[[ONE]], %[[ROOT]]
    %b = llvm.call @__nv_rsqrtf(%a) : (f32) -> f32
    // CHECK: llvm.call @own(%[[B]])
    %c = llvm.call @own(%b) : (f32) -> f32
    // CHECK: llvm.intr.roundeven(%[[Y]])
    %d = llvm.call @__nv_rint(%y) : (f64) -> f64
    llvm.return %d : f64
  }
  // CHECK-NOT: __nv
}

// -----

gpu.module @kernels {
  llvm.func @__nv_sinf(f32) -> f32
  llvm.func @kernel(%x: f32) -> f32 {
    // expected-error @below {{a GPU has no function '__nv_sinf'}}
    %a = llvm.call @__nv_sinf(%x) : (f32) -> f32
    llvm.return %a : f32
  }
}
