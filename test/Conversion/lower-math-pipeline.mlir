// No vector of floats is taken apart for a call of libm, nor is it to be
// rounded, where a target of 128 bits may lack the instruction.

// RUN: mml-opt %s --mml-cpu=vector-bits=256 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,WIDE --implicit-check-not=@tanhf
// RUN: mml-opt %s --mml-cpu="vector-bits=128 expand-roundeven" \
// RUN:   | FileCheck %s --implicit-check-not=@tanhf --implicit-check-not=llvm.intr.roundeven

// The pass adds declarations to a module, and so does not run on functions.
// RUN: not mml-opt %s --pass-pipeline='builtin.module(func.func(mml-lower-math))' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FUNCTION
// FUNCTION: unable to schedule pass 'LowerMathPass' on a PassManager intended to run on 'func.func'

// CHECK-LABEL: llvm.func @main
// CHECK: llvm.intr.copysign({{.*}}vector<{{8|16}}xf32>
// WIDE: llvm.intr.roundeven({{.*}}vector<16xf32>
func.func @main(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = math.tanh %x : tensor<?x64xf32>
  %1 = math.roundeven %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}
