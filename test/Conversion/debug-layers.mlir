// RUN: mml-opt %s --split-input-file --ensure-debug-info-scope-on-llvm-func --mml-debug-layers --mlir-print-debuginfo | FileCheck %s
// RUN: mml-opt %s --split-input-file --mml-debug-layers --mlir-print-debuginfo | FileCheck %s --check-prefix=NO-SCOPE

// Code of a layer is in a function of its name, inlined where it is. Its line is
// the number of the layer, unless it has one.

// CHECK-LABEL: llvm.func @main
// CHECK:         llvm.fmul {{.*}} loc([[FIRST:#.*]])
// CHECK-NEXT:    llvm.fadd {{.*}} loc([[FIRST]])
// CHECK-NEXT:    llvm.fsub {{.*}} loc([[SECOND:#.*]])
// CHECK-NEXT:    llvm.fneg {{.*}} loc([[NOWHERE:#.*]])
// CHECK-NEXT:    llvm.fneg {{.*}} loc([[TEXT:#.*]])
// CHECK-DAG:   [[DENSE:#.*]] = #llvm.di_subprogram<{{.*}}name = "dense", {{.*}}line = 1,{{.*}}Definition
// CHECK-DAG:   [[NORM:#.*]] = #llvm.di_subprogram<{{.*}}name = "norm", {{.*}}line = 2,
// CHECK-DAG:   [[NOWHERE]] = loc("model.keras":0:0)
// CHECK-DAG:   [[PLACE:#.*]] = loc("text.mlir":7:3)
// CHECK-DAG:   [[TEXT]] = loc(fused<{{.*}}>{{\[}}[[PLACE]]])
// CHECK-DAG:   [[INNER:#.*]] = loc(fused<[[DENSE]]>[{{#.*}}])
// CHECK-DAG:   [[LINED:#.*]] = loc(fused<[[NORM]]>[{{#.*}}])
// CHECK-DAG:   [[FIRST]] = loc(callsite([[INNER]] at [[NOWHERE]]))
// CHECK-DAG:   [[SECOND]] = loc(callsite([[LINED]] at [[NOWHERE]]))
// NO-SCOPE-LABEL: llvm.func @main
// NO-SCOPE-NOT: di_subprogram
// NO-SCOPE:     loc("dense")
llvm.func @main(%a: f32, %b: f32) -> f32 {
  %0 = llvm.fmul %a, %b : f32 loc("dense")
  %1 = llvm.fadd %0, %b : f32 loc("dense")
  %2 = llvm.fsub %1, %b : f32 loc("norm"("text.mlir":5:1))
  %3 = llvm.fneg %2 : f32 loc(unknown)
  %4 = llvm.fneg %3 : f32 loc("text.mlir":7:3)
  llvm.return %4 : f32
} loc("model.keras":0:0)

// -----

// A function that two layers call is in none of them; one that a single layer
// calls is in that.

// CHECK-LABEL: llvm.func @shared
// CHECK:         llvm.fneg {{.*}} loc([[NOWHERE:#.*]])
// CHECK-LABEL: llvm.func @own
// CHECK:         llvm.fneg {{.*}} loc([[OWN:#.*]])
// CHECK-LABEL: llvm.func @calls
// CHECK:         llvm.call @shared{{.*}} loc([[OWN]])
// CHECK-NEXT:    llvm.call @shared{{.*}} loc([[OTHER:#.*]])
// CHECK-DAG:   [[NOWHERE]] = loc("model.keras":0:0)
// CHECK-DAG:   [[OTHER]] = loc(callsite(
llvm.func @shared(%a: f32) -> f32 {
  %0 = llvm.fneg %a : f32 loc("first")
  llvm.return %0 : f32
} loc("model.keras":0:0)
llvm.func @own(%a: f32) -> f32 {
  %0 = llvm.fneg %a : f32 loc("first")
  llvm.return %0 : f32
} loc("model.keras":0:0)
llvm.func @calls(%a: f32) -> f32 {
  %0 = llvm.call @shared(%a) : (f32) -> f32 loc("first")
  %1 = llvm.call @shared(%0) : (f32) -> f32 loc("second")
  %2 = llvm.call @own(%1) : (f32) -> f32 loc("first")
  llvm.return %2 : f32
} loc("model.keras":0:0)
