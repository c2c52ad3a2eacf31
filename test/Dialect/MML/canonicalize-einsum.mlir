// RUN: mml-opt %s --canonicalize | FileCheck %s

//===----------------------------------------------------------------------===//
// Constants and identities
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @constants(
// CHECK-DAG:     %[[I:.*]] = arith.constant dense<{{\[\[}}19, 22], [43, 50]]> : tensor<2x2xi32>
// CHECK-DAG:     %[[F:.*]] = arith.constant dense<1.100000e+01> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = arith.constant dense<[-2, 2]> : tensor<2xi32>
// CHECK:         return %[[I]], %[[F]], %[[T]]
func.func @constants() -> (tensor<2x2xi32>, tensor<f32>, tensor<2xi32>) {
  %a = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %b = arith.constant dense<[[5, 6], [7, 8]]> : tensor<2x2xi32>
  %f = arith.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %g = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %w = mml.constant #mml.trits<dense<[[-1, 1], [0, 0]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
  %c = arith.constant dense<[2, 3]> : tensor<2xi8>
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  %1 = mml.einsum "a,a->" %f, %g : (tensor<2xf32>, tensor<2xf32>) -> tensor<f32>
  %2 = mml.einsum "a,ab->b" %c, %w : (tensor<2xi8>, tensor<2x2x!mml.trit>) -> tensor<2xi32>
  return %0, %1, %2 : tensor<2x2xi32>, tensor<f32>, tensor<2xi32>
}

// Integers wrap around in the accumulator's type.
// CHECK-LABEL: func @wraps(
// CHECK-NEXT:    %[[I:.*]] = arith.constant dense<-56> : tensor<i8>
// CHECK-NEXT:    return %[[I]]
func.func @wraps() -> tensor<i8> {
  %a = arith.constant dense<[100, 100]> : tensor<2xi8>
  %0 = mml.einsum "a->" %a accumulate(i8) : (tensor<2xi8>) -> tensor<i8>
  return %0 : tensor<i8>
}

// CHECK-LABEL: func @identity(
// CHECK-SAME:    %[[A:.*]]: tensor<?x3xf32>
// CHECK-NEXT:    return %[[A]]
func.func @identity(%a: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = mml.einsum "...a->...a" %a : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// The same axes in another type are another tensor.
// CHECK-LABEL: func @widens(
// CHECK-NEXT:    mml.einsum "a->a"
func.func @widens(%a: tensor<3xi8>) -> tensor<3xi32> {
  %0 = mml.einsum "a->a" %a : (tensor<3xi8>) -> tensor<3xi32>
  return %0 : tensor<3xi32>
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @transposes(
// CHECK:         %[[T:.*]] = linalg.transpose ins(%{{.*}} : tensor<2x?x4xf32>) outs(%{{.*}} : tensor<4x2x?xf32>) permutation = [2, 0, 1]
// CHECK-NEXT:    return %[[T]]
func.func @transposes(%a: tensor<2x?x4xf32>) -> tensor<4x2x?xf32> {
  %0 = mml.einsum "abc->cab" %a : (tensor<2x?x4xf32>) -> tensor<4x2x?xf32>
  return %0 : tensor<4x2x?xf32>
}

// CHECK-LABEL: func @reduces(
// CHECK:         %[[R:.*]] = linalg.reduce ins(%{{.*}} : tensor<2x3x4xi32>) outs(%{{.*}} : tensor<3xi32>) dimensions = [0, 2]
// CHECK:           arith.addi
// CHECK:         return %[[R]]
func.func @reduces(%a: tensor<2x3x4xi32>) -> tensor<3xi32> {
  %0 = mml.einsum "abc->b" %a : (tensor<2x3x4xi32>) -> tensor<3xi32>
  return %0 : tensor<3xi32>
}

// CHECK-LABEL: func @diagonal(
// CHECK-NEXT:    mml.einsum "aa->a"
func.func @diagonal(%a: tensor<3x3xf32>) -> tensor<3xf32> {
  %0 = mml.einsum "aa->a" %a : (tensor<3x3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

//===----------------------------------------------------------------------===//
// Transposes and reshapes around it
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @transposed_operand(
// CHECK-SAME:    %[[A:.*]]: tensor<3x2xf32>, %[[B:.*]]: tensor<3x4xf32>
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ba,bc->ac" %[[A]], %[[B]]
// CHECK-NEXT:    return %[[R]]
func.func @transposed_operand(%a: tensor<3x2xf32>, %b: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %e = tensor.empty() : tensor<2x3xf32>
  %t = linalg.transpose ins(%a : tensor<3x2xf32>) outs(%e : tensor<2x3xf32>) permutation = [1, 0]
  %0 = mml.einsum "ab,bc->ac" %t, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// A size that stretches keeps its operand.
// CHECK-LABEL: func @stretched_operand(
// CHECK:         linalg.transpose
// CHECK:         mml.einsum "...a,...a->..."
func.func @stretched_operand(%a: tensor<3x1xf32>, %b: tensor<4x3xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<1x3xf32>
  %t = linalg.transpose ins(%a : tensor<3x1xf32>) outs(%e : tensor<1x3xf32>) permutation = [1, 0]
  %0 = mml.einsum "...a,...a->..." %t, %b : (tensor<1x3xf32>, tensor<4x3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @transposed_result(
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ca" %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<4x2xf32>
// CHECK-NEXT:    return %[[R]]
func.func @transposed_result(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<4x2xf32> {
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %t = linalg.transpose ins(%0 : tensor<2x4xf32>) outs(%e : tensor<4x2xf32>) permutation = [1, 0]
  return %t : tensor<4x2xf32>
}

// What another operation uses stays.
// CHECK-LABEL: func @result_with_two_uses(
// CHECK:         mml.einsum "ab,bc->ac"
// CHECK:         linalg.transpose
func.func @result_with_two_uses(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> (tensor<2x4xf32>, tensor<4x2xf32>) {
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %t = linalg.transpose ins(%0 : tensor<2x4xf32>) outs(%e : tensor<4x2xf32>) permutation = [1, 0]
  return %0, %t : tensor<2x4xf32>, tensor<4x2xf32>
}

// Collapsed alike in both: each axis gets a label of its own.
// CHECK-LABEL: func @collapsed_operands(
// CHECK-SAME:    %[[A:.*]]: tensor<2x3x4xf32>, %[[B:.*]]: tensor<3x4x5xf32>
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "[[M:.]][[K:..]],[[K]][[N:.]]->[[M]][[N]]" %[[A]], %[[B]]
// CHECK-NEXT:    return %[[R]]
func.func @collapsed_operands(%a: tensor<2x3x4xf32>, %b: tensor<3x4x5xf32>) -> tensor<2x5xf32> {
  %0 = tensor.collapse_shape %a [[0], [1, 2]] : tensor<2x3x4xf32> into tensor<2x12xf32>
  %1 = tensor.collapse_shape %b [[0, 1], [2]] : tensor<3x4x5xf32> into tensor<12x5xf32>
  %2 = mml.einsum "ab,bc->ac" %0, %1 : (tensor<2x12xf32>, tensor<12x5xf32>) -> tensor<2x5xf32>
  return %2 : tensor<2x5xf32>
}

// What reaches the result is collapsed there.
// CHECK-LABEL: func @collapsed_rows(
// CHECK-NEXT:    %[[R:.*]] = mml.einsum
// CHECK-SAME:      -> tensor<2x3x5xf32>
// CHECK-NEXT:    tensor.collapse_shape %[[R]] {{\[\[}}0, 1], [2]]
func.func @collapsed_rows(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf32>) -> tensor<6x5xf32> {
  %0 = tensor.collapse_shape %a [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %1 = mml.einsum "ab,bc->ac" %0, %b : (tensor<6x4xf32>, tensor<4x5xf32>) -> tensor<6x5xf32>
  return %1 : tensor<6x5xf32>
}

// Not from the same sizes.
// CHECK-LABEL: func @collapsed_differently(
// CHECK-COUNT-2: tensor.collapse_shape
// CHECK:         mml.einsum "ab,bc->ac"
func.func @collapsed_differently(%a: tensor<2x3x4xf32>, %b: tensor<4x3x5xf32>) -> tensor<2x5xf32> {
  %0 = tensor.collapse_shape %a [[0], [1, 2]] : tensor<2x3x4xf32> into tensor<2x12xf32>
  %1 = tensor.collapse_shape %b [[0, 1], [2]] : tensor<4x3x5xf32> into tensor<12x5xf32>
  %2 = mml.einsum "ab,bc->ac" %0, %1 : (tensor<2x12xf32>, tensor<12x5xf32>) -> tensor<2x5xf32>
  return %2 : tensor<2x5xf32>
}

// Transposes and reshapes of constant kernels happen at compile time.
// CHECK-LABEL: func @constant_kernel(
// CHECK-NEXT:    %[[W:.*]] = mml.constant #mml.trits<dense_resource<trits> : tensor<2xui8>> : tensor<3x2x!mml.trit>
// CHECK-NEXT:    return %[[W]]
func.func @constant_kernel() -> tensor<3x2x!mml.trit> {
  %w = mml.constant #mml.trits<dense<[[-1, 1, 0], [0, 0, 1]]> : tensor<2x3xi8>> : tensor<2x3x!mml.trit>
  %e = tensor.empty() : tensor<3x2x!mml.trit>
  %t = linalg.transpose ins(%w : tensor<2x3x!mml.trit>) outs(%e : tensor<3x2x!mml.trit>) permutation = [1, 0]
  return %t : tensor<3x2x!mml.trit>
}

//===----------------------------------------------------------------------===//
// mml.einsum_dense
//===----------------------------------------------------------------------===//

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>

// CHECK-LABEL: func @dense(
// CHECK-NEXT:    mml.dense %{{.*}}, %{{.*}} scale(%{{.*}} divides) norm(1.000000e-06) bias(%{{.*}}) quantizer(#mml.absmax<{{.*}}>) activation(<relu>) :
func.func @dense(%x: tensor<?x8x64xf32>, %w: tensor<64x16x!mml.trit>, %s: tensor<f32>, %b: tensor<16xf32>) -> tensor<?x8x16xf32> {
  %y = mml.einsum_dense "...x,xy->...y" %x, %w scale(%s divides) norm(1.0e-6) bias(%b) quantizer(#q) activation(#mml.activation<relu>)
     : (tensor<?x8x64xf32>, tensor<64x16x!mml.trit>, tensor<f32>, tensor<16xf32>) -> tensor<?x8x16xf32>
  return %y : tensor<?x8x16xf32>
}

// The kernel the other way round, a branch of low rank, a bias along other
// axes: not that of a dense layer.
// CHECK-LABEL: func @not_dense(
// CHECK-COUNT-3: mml.einsum_dense
func.func @not_dense(%x: tensor<?x8x64xf32>, %w: tensor<16x64xf32>, %v: tensor<64x16xf32>,
                     %a: tensor<64x2xf32>, %b: tensor<2x16xf32>, %c: tensor<8x1xf32>)
    -> (tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<?x8x16xf32>) {
  %0 = mml.einsum_dense "...x,yx->...y" %x, %w : (tensor<?x8x64xf32>, tensor<16x64xf32>) -> tensor<?x8x16xf32>
  %1 = mml.einsum_dense "...x,xy->...y" %x, %v lora(1.0) a(%a) b(%b)
     : (tensor<?x8x64xf32>, tensor<64x16xf32>, tensor<64x2xf32>, tensor<2x16xf32>) -> tensor<?x8x16xf32>
  %2 = mml.einsum_dense "...x,xy->...y" %x, %v bias(%c) : (tensor<?x8x64xf32>, tensor<64x16xf32>, tensor<8x1xf32>) -> tensor<?x8x16xf32>
  return %0, %1, %2 : tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<?x8x16xf32>
}
