// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-vectorize-linalg))' --remarks-filter=mml-vectorize-linalg --remark-format=emitRemark --verify-diagnostics | FileCheck %s
// RUN: not mml-opt %s --pass-pipeline='builtin.module(func.func(mml-vectorize-linalg{vector-bits=100}))' 2>&1 | FileCheck %s --check-prefix=BITS

// BITS: error: expected 'vector-bits' of 128, 256 or 512 but got 100

#vector = affine_map<(d0) -> (d0)>
#matrix = affine_map<(d0, d1) -> (d0, d1)>

// What has no vectors stays as it is, and the reason is told.

// CHECK-LABEL: func @dynamic(
// CHECK:         linalg.exp
func.func @dynamic(%x: tensor<4x?xf32>, %out: tensor<4x?xf32>) -> tensor<4x?xf32> {
  // expected-remark @below {{axis 1 is dynamic}}
  %0 = linalg.exp ins(%x : tensor<4x?xf32>) outs(%out : tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: func @one_element(
// CHECK:         linalg.exp
func.func @one_element(%x: tensor<?x1xf32>, %out: tensor<?x1xf32>) -> tensor<?x1xf32> {
  // expected-remark @below {{axis 1 has 1 elements}}
  %0 = linalg.exp ins(%x : tensor<?x1xf32>) outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// CHECK-LABEL: func @no_element(
// CHECK:         linalg.reduce
func.func @no_element(%x: tensor<4x0xf32>, %out: tensor<4xf32>) -> tensor<4xf32> {
  // expected-remark @below {{axis 1 has 0 elements}}
  %0 = linalg.reduce {arith.addf} ins(%x : tensor<4x0xf32>) outs(%out : tensor<4xf32>) dimensions = [1]
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @buffers(
// CHECK:         linalg.exp
func.func @buffers(%x: memref<4x16xf32>, %out: memref<4x16xf32>) {
  // expected-remark @below {{operands are not tensors}}
  linalg.exp ins(%x : memref<4x16xf32>) outs(%out : memref<4x16xf32>)
  return
}

// CHECK-LABEL: func @strided(
// CHECK:         linalg.transpose
func.func @strided(%x: tensor<16x32xf32>, %out: tensor<32x16xf32>) -> tensor<32x16xf32> {
  // expected-remark @below {{operand #0 is not contiguous along axis 1}}
  %0 = linalg.transpose ins(%x : tensor<16x32xf32>) outs(%out : tensor<32x16xf32>) permutation = [1, 0]
  return %0 : tensor<32x16xf32>
}

// CHECK-LABEL: func @diagonal(
// CHECK:         linalg.generic
func.func @diagonal(%x: tensor<16x16xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  // expected-remark @below {{operand #0 is not contiguous along axis 0}}
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0, d0)>, #vector], iterator_types = ["parallel"]}
      ins(%x : tensor<16x16xf32>) outs(%out : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// A vector of i1 is packed in memory, a tensor is not.

// CHECK-LABEL: func @bits(
// CHECK:         linalg.generic
func.func @bits(%x: tensor<16xf32>, %out: tensor<16xi1>) -> tensor<16xi1> {
  // expected-remark @below {{vectors of 'i1' do not lie in memory as tensors do}}
  %0 = linalg.generic {indexing_maps = [#vector, #vector], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<16xi1>) {
  ^bb0(%a: f32, %o: i1):
    %1 = arith.cmpf une, %a, %a : f32
    linalg.yield %1 : i1
  } -> tensor<16xi1>
  return %0 : tensor<16xi1>
}

// CHECK-LABEL: func @complex(
// CHECK:         linalg.generic
func.func @complex(%x: tensor<16xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  // expected-remark @below {{'complex.create' is not vectorizable}}
  %0 = linalg.generic {indexing_maps = [#vector, #vector], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = complex.create %a, %a : complex<f32>
    %2 = complex.abs %1 : complex<f32>
    linalg.yield %2 : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// CHECK-LABEL: func @gather(
// CHECK:         linalg.generic
func.func @gather(%ids: tensor<16xi32>, %table: tensor<11xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  // expected-remark @below {{'tensor.extract' gathers along axis 0}}
  %0 = linalg.generic {indexing_maps = [#vector, #vector], iterator_types = ["parallel"]}
      ins(%ids : tensor<16xi32>) outs(%out : tensor<16xf32>) {
  ^bb0(%id: i32, %o: f32):
    %i = arith.index_cast %id : i32 to index
    %1 = tensor.extract %table[%i] : tensor<11xf32>
    linalg.yield %1 : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// CHECK-LABEL: func @call(
// CHECK:         linalg.generic
func.func private @unknown(f32) -> f32
func.func @call(%x: tensor<16xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  // expected-remark @below {{'func.call' is not vectorizable}}
  %0 = linalg.generic {indexing_maps = [#vector, #vector], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = func.call @unknown(%a) : (f32) -> f32
    linalg.yield %1 : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// The last one of many cannot be found from partial results.

// CHECK-LABEL: func @last(
// CHECK:         linalg.generic
func.func @last(%x: tensor<16xf32>, %out: tensor<f32>) -> tensor<f32> {
  // expected-remark @below {{output #0 is not reduced by one operation}}
  %0 = linalg.generic {indexing_maps = [#vector, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    linalg.yield %a : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func @difference(
// CHECK:         linalg.generic
func.func @difference(%x: tensor<16xf32>, %out: tensor<f32>) -> tensor<f32> {
  // expected-remark @below {{'arith.subf' on 'f32' has no reduction of a vector}}
  %0 = linalg.generic {indexing_maps = [#vector, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    %1 = arith.subf %acc, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// Iterations of a parallel axis that write one element have no order.

// CHECK-LABEL: func @race(
// CHECK:         linalg.generic
func.func @race(%x: tensor<16xf32>, %out: tensor<f32>) -> tensor<f32> {
  // expected-remark @below {{operand #1 is not indexed by each parallel axis once}}
  %0 = linalg.generic {indexing_maps = [#vector, affine_map<(d0) -> ()>], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%out : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    linalg.yield %a : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func @reduction_kept(
// CHECK:         linalg.generic
func.func @reduction_kept(%x: tensor<4x16xf32>, %out: tensor<4x16xf32>) -> tensor<4x16xf32> {
  // expected-remark @below {{operand #1 is not indexed by each parallel axis once}}
  %0 = linalg.generic {indexing_maps = [#matrix, #matrix], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x16xf32>) outs(%out : tensor<4x16xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %1 = arith.addf %acc, %a : f32
    linalg.yield %1 : f32
  } -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// CHECK-LABEL: func @no_output(
// CHECK:         linalg.generic
func.func @no_output(%x: tensor<16xf32>) {
  // expected-remark @below {{there are no outputs}}
  linalg.generic {indexing_maps = [#vector], iterator_types = ["parallel"]} ins(%x : tensor<16xf32>) {
  ^bb0(%a: f32):
    func.call @sink(%a) : (f32) -> ()
    linalg.yield
  }
  return
}
func.func private @sink(f32)

// CHECK-LABEL: func @vectorized(
// CHECK-NOT:     linalg
func.func @vectorized(%x: tensor<16xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  // expected-remark @below {{axis=0, lanes=16, op=linalg.exp}}
  %0 = linalg.exp ins(%x : tensor<16xf32>) outs(%out : tensor<16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}
