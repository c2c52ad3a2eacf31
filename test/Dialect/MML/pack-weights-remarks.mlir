// RUN: mml-opt %s --mml-pack-weights --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=AUTO
// RUN: mml-opt %s --mml-pack-weights=kernel=addsub --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=ADDSUB
// RUN: mml-opt %s --mml-pack-weights=kernel=reference --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REFERENCE
// RUN: mml-opt %s --mml-pack-weights=kernel=lookup --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LOOKUP
// RUN: mml-opt %s --mml-pack-weights=kernel=dot --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=DOT
// RUN: mml-opt %s --mml-pack-weights="kernel=lookup dot=vpdpbusd" --remarks-filter=mml-pack-weights --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=NEXT
// RUN: mml-opt %s --mml-pack-weights 2>&1 | FileCheck %s --check-prefix=SILENT

// Which kernel was chosen, and why.

// AUTO:       pack-weights-remarks.mlir:[[#@LINE+17]]:8: remark: {{.*}}KernelChosen{{.*}}addsub{{.*}}predicted {{.*}}GOP/s
// AUTO:       pack-weights-remarks.mlir:[[#@LINE+17]]:8: remark: {{.*}}KernelChosen{{.*}}reference{{.*}}the trits are not constant
// AUTO-NOT:   remark
// ADDSUB:     remark: {{.*}}addsub{{.*}}asked for
// ADDSUB:     remark: {{.*}}reference{{.*}}the trits are not constant
// REFERENCE:  remark: {{.*}}reference{{.*}}asked for
// REFERENCE:  remark: {{.*}}reference{{.*}}asked for
// LOOKUP:     remark: {{.*}}KernelReplaced{{.*}}addsub{{.*}}the target has no instruction for lookup, predicted {{.*}}GOP/s
// LOOKUP:     remark: {{.*}}KernelReplaced{{.*}}reference{{.*}}the trits are not constant
// LOOKUP:     remark: {{.*}}KernelReplaced{{.*}}addsub{{.*}}the trits are packed for it already
// DOT:        remark: {{.*}}KernelReplaced{{.*}}addsub{{.*}}the target has no instruction for dot, predicted {{.*}}GOP/s
// DOT:        remark: {{.*}}KernelReplaced{{.*}}reference{{.*}}the trits are not constant
// DOT:        remark: {{.*}}KernelReplaced{{.*}}addsub{{.*}}the trits are packed for it already
// NEXT:       remark: {{.*}}KernelReplaced{{.*}}dot{{.*}}the target has no instruction for lookup, predicted {{.*}}GOP/s
// SILENT-NOT: remark
func.func @f(%x: tensor<?x2xi8>, %v: tensor<2x2x!mml.trit>, %p: tensor<2x2x!mml.trit, #mml.tiled<rows = 4>>, %out: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x2xi8>, tensor<2x2x!mml.trit>) outs(%out : tensor<?x2xi32>) -> tensor<?x2xi32>
  %1 = mml.contract bound(128) ins(%x, %v : tensor<?x2xi8>, tensor<2x2x!mml.trit>) outs(%0 : tensor<?x2xi32>) -> tensor<?x2xi32>
  // Nothing is chosen where the trits are packed.
  %2 = mml.contract bound(128) ins(%x, %p : tensor<?x2xi8>, tensor<2x2x!mml.trit, #mml.tiled<rows = 4>>) outs(%1 : tensor<?x2xi32>) -> tensor<?x2xi32>
  return %2 : tensor<?x2xi32>
}
