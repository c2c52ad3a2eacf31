// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=1},canonicalize,cse))' | FileCheck %s --check-prefix=ONE
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector,canonicalize,cse))' | FileCheck %s --check-prefix=FOUR
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=4},canonicalize,cse))' | FileCheck %s --check-prefix=FOUR
// RUN: not mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=0}))' 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=65}))' 2>&1 | FileCheck %s --check-prefix=MANY

// ZERO: error: expected a token tile from 1 to 64 but got 0
// MANY: error: expected a token tile from 1 to 64 but got 65

// How many tokens are summed at once.

// ONE-LABEL: func @tokens(
// ONE-NOT:     affine.apply {{.*}}()[%
// ONE:         scf.for %{{.*}} = %c0 to %{{.*}} step %c1 iter_args(%{{.*}} = %{{.*}}) -> (tensor<?x32xi32>)
// ONE:           scf.for %{{.*}} = %c0 to %c2 step %c1 iter_args(%{{.*}} = %{{.*}}) -> (vector<32xi16>)
// ONE:             tensor.extract %
// ONE-NOT:         tensor.extract %
// ONE:         return

// FOUR-LABEL: func @tokens(
// FOUR:        scf.for %{{.*}} = %c0 to %{{.*}} step %c4 iter_args(%{{.*}} = %{{.*}}) -> (tensor<?x32xi32>)
// FOUR:          scf.for {{.*}} -> (vector<32xi16>, vector<32xi16>, vector<32xi16>, vector<32xi16>)
// FOUR-COUNT-4:    tensor.extract %
// FOUR-NOT:        tensor.extract %
// FOUR:        scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c1 iter_args(%{{.*}} = %{{.*}}) -> (tensor<?x32xi32>)
// FOUR:          tensor.extract %
// FOUR-NOT:      tensor.extract %
// FOUR:        return
func.func @tokens(%x: tensor<?x16xi8>, %w: tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x32xi32>) -> tensor<?x32xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x16xi8>, tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}

// What is not packed, or not on tensors, is left to the conversion to linalg.

// ONE-LABEL: func @others(
// ONE-NEXT:    mml.contract ins(%arg0, %arg1 :
// ONE-NEXT:    mml.contract ins(%arg3, %arg4 :
// ONE-NEXT:    return
func.func @others(%x: tensor<?x16xf32>, %w: tensor<16x32x!mml.trit>, %out: tensor<?x32xf32>,
                  %mx: memref<?x16xf32>, %mw: memref<16x32x!mml.trit>, %mout: memref<?x32xf32>) -> tensor<?x32xf32> {
  %0 = mml.contract ins(%x, %w : tensor<?x16xf32>, tensor<16x32x!mml.trit>) outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  mml.contract ins(%mx, %mw : memref<?x16xf32>, memref<16x32x!mml.trit>) outs(%mout : memref<?x32xf32>)
  return %0 : tensor<?x32xf32>
}
