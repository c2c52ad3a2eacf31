// RUN: mml-opt %s --convert-mml-to-linalg | FileCheck %s

// Floats are added and subtracted as packed trits say, which are read where they
// are: a byte has four trits plus one, for every fourth k.

// CHECK-DAG:   #[[BLOCK:.*]] = affine_map<()[s0] -> (s0 floordiv 32)>
// CHECK-DAG:   #[[GROUP:.*]] = affine_map<()[s0] -> (s0 floordiv 16)>
// CHECK-DAG:   #[[BYTE:.*]] = affine_map<()[s0, s1] -> (s0 * 4 + s1 - (s0 floordiv 32) * 128 - (s1 floordiv 4) * 4)>
// CHECK-DAG:   #[[BITS:.*]] = affine_map<()[s0] -> (((s0 mod 16) floordiv 4) * 2)>
// CHECK-LABEL: func.func @floats(
// CHECK-SAME:      %[[X:.*]]: tensor<?x20xf32>, %[[W:.*]]: tensor<2x2x128xi8>, %[[OUT:.*]]: tensor<?x40xf32>
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[X]] : tensor<?x20xf32>) outs(%[[OUT]] : tensor<?x40xf32>) {
// CHECK-DAG:       %[[K:.*]] = linalg.index 1
// CHECK-DAG:       %[[M:.*]] = linalg.index 2
// CHECK:           %[[E:.*]] = tensor.extract %[[W]][
// CHECK:           %[[S:.*]] = arith.shrui %[[E]]
// CHECK:           %[[C:.*]] = arith.andi %[[S]], %{{.*}} : i8
// CHECK:           arith.subi %[[C]]
// CHECK-NOT:       arith.mulf
// CHECK:           arith.addf
// CHECK:           linalg.yield
func.func @floats(%x: tensor<?x20xf32>, %w: tensor<20x40x!mml.trit, #mml.dot<rows = 32>>, %out: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = mml.contract ins(%x, %w : tensor<?x20xf32>, tensor<20x40x!mml.trit, #mml.dot<rows = 32>>) outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// CHECK-LABEL: func.func @batch(
// CHECK-SAME:      %{{.*}}: tensor<3x?x20xf32>, %[[W:.*]]: tensor<3x2x2x128xi8>
// CHECK:           %[[B:.*]] = linalg.index 0
// CHECK:           tensor.extract %[[W]][%[[B]],
func.func @batch(%x: tensor<3x?x20xf32>, %w: tensor<3x20x40x!mml.trit, #mml.dot<rows = 32>>, %out: tensor<3x?x40xf32>) -> tensor<3x?x40xf32> {
  %y = mml.contract ins(%x, %w : tensor<3x?x20xf32>, tensor<3x20x40x!mml.trit, #mml.dot<rows = 32>>) outs(%out : tensor<3x?x40xf32>) -> tensor<3x?x40xf32>
  return %y : tensor<3x?x40xf32>
}
