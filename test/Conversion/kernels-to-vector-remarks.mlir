// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector))" --remarks-filter=convert-mml-kernels-to-vector --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefixes=DOT,LOOKUP,MIXED
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd}))" --remarks-filter=convert-mml-kernels-to-vector --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefixes=LOOKUP,PRODUCTS --implicit-check-not="kernel dot: by"
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd lookup=pshufb}))" --remarks-filter=convert-mml-kernels-to-vector --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=PRODUCTS --implicit-check-not="kernel lookup"
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd dot-bits=512 lookup=pshufb}))" --remarks-filter=convert-mml-kernels-to-vector --remark-format=emitRemark -o /dev/null 2>&1 | count 0

// A kernel that is there by its layout is built without its instruction, too,
// and a remark says so.

// DOT:    remarks.mlir:[[#@LINE+4]]:{{.*}}remark: {{.*}}KernelIsPortable{{.*}}kernel dot: by vector operations that every target has
// LOOKUP: remarks.mlir:[[#@LINE+4]]:{{.*}}remark: {{.*}}KernelIsPortable{{.*}}kernel lookup: by vector operations that every target has
func.func @kernels(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x128xi8>, %out: memref<4x64xi32>,
    %tables: memref<2x10x64xi8>, %v: memref<2x7x32xi8>, %y: memref<2x64xi32>, %q: memref<1x1x16x192xi8>, %l: memref<1x1x4x128x32xi16>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<4x64xi32>)
  mml.contract_packed #mml.lookup<rows = 32> bound(128) ins(%tables : memref<2x10x64xi8>) kernel(%v : memref<2x7x32xi8>) outs(%y : memref<2x64xi32>)
  // MIXED:    remarks.mlir:[[#@LINE+2]]:{{.*}}remark: {{.*}}KernelIsPortable{{.*}}kernel dot: by vector operations that every target has
  // PRODUCTS: remarks.mlir:[[#@LINE+1]]:{{.*}}remark: {{.*}}KernelReplaced{{.*}}kernel dot: the target is said to have no instruction for mixed
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : memref<1x1x16x64xi8>, memref<1x16xi32>, memref<1x1x16x192xi8>, memref<1x1x4x128x32xi16>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<4x64xi32>)
  return
}
