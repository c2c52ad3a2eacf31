// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 add-sub=false" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t

// Where the add/subtract kernel cannot be had, floats read the dot kernel's
// layout.

// REMARK: remark: {{.*}}dot{{.*}}floats are added and subtracted
// CHECK-LABEL: func.func @floats(
// CHECK:         mml.constant {{.*}} tensor<20x40x!mml.trit, #mml.dot<rows = 32>>
func.func @floats(%x: tensor<?x20xf32>, %out: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<20x40xi8>> : tensor<20x40x!mml.trit>
  %y = mml.contract ins(%x, %w : tensor<?x20xf32>, tensor<20x40x!mml.trit>) outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
