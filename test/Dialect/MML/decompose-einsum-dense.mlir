// RUN: mml-opt %s --mml-decompose-layers --canonicalize | FileCheck %s

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#mean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = channel>

// Floats: an einsum, then what follows it.
// CHECK-LABEL: func @float(
// CHECK-NEXT:    %[[S:.*]] = mml.einsum "abc,cde->abde" %arg0, %arg1 :
// CHECK-NEXT:    %[[B:.*]] = mml.merge add %[[S]], %arg2 : (tensor<?x8x4x16xf32>, tensor<4x16xf32>)
// CHECK-NEXT:    %[[Y:.*]] = mml.activation %[[B]] <relu>
// CHECK-NEXT:    return %[[Y]]
func.func @float(%x: tensor<?x8x64xf32>, %w: tensor<64x4x16xf32>, %b: tensor<4x16xf32>) -> tensor<?x8x4x16xf32> {
  %y = mml.einsum_dense "abc,cde->abde" %x, %w bias(%b) activation(#mml.activation<relu>) : (tensor<?x8x64xf32>, tensor<64x4x16xf32>, tensor<4x16xf32>) -> tensor<?x8x4x16xf32>
  return %y : tensor<?x8x4x16xf32>
}

// Trits: one scale for each index of the input's axes that stay, one for each of
// the kernel's. They rescale rows and columns of a matrix.
// CHECK-LABEL: func @ternary(
// CHECK:         %[[N:.*]] = mml.rms_norm %arg0 epsilon(1.000000e-06)
// CHECK:         %[[Q:.*]]:2 = mml.quantize #mml.absmax<{{.*}}> ins(%[[N]] : tensor<?x8x64xf32>) outs(%{{.*}}, %{{.*}} : tensor<?x8x64xi8>, tensor<?x8xf32>)
// CHECK:         %[[I:.*]] = mml.einsum "abc,cde->abde" %[[Q]]#0, %arg1 bound(128) :
// CHECK-DAG:     %[[M:.*]] = tensor.collapse_shape %[[I]] {{\[\[}}0, 1], [2, 3]]
// CHECK-DAG:     %[[R:.*]] = tensor.collapse_shape %[[Q]]#1 {{\[\[}}0, 1]]
// CHECK-DAG:     %[[C:.*]] = tensor.collapse_shape %arg2 {{\[\[}}0, 1]]
// CHECK:         %[[F:.*]] = mml.rescale row(%[[R]] divides : tensor<?xf32>) column(%[[C]] divides : tensor<64xf32>) ins(%[[M]] : tensor<?x64xi32>)
// CHECK:         tensor.expand_shape %[[F]] {{\[\[}}0, 1], [2, 3]]
func.func @ternary(%x: tensor<?x8x64xf32>, %w: tensor<64x4x16x!mml.trit>, %s: tensor<4x16xf32>) -> tensor<?x8x4x16xf32> {
  %y = mml.einsum_dense "abc,cde->abde" %x, %w scale(%s divides) norm(1.0e-6) quantizer(#q) : (tensor<?x8x64xf32>, tensor<64x4x16x!mml.trit>, tensor<4x16xf32>) -> tensor<?x8x4x16xf32>
  return %y : tensor<?x8x4x16xf32>
}

// An axis in the middle is summed: scales run along the others. The result moves
// once, as floats.
// CHECK-LABEL: func @permuted(
// CHECK:         %[[Q:.*]]:2 = mml.quantize #mml.absmax<{{.*}}> axes([1]) ins(%arg0 : tensor<?x8x64xf32>) outs(%{{.*}}, %{{.*}} : tensor<?x8x64xi8>, tensor<?x64xf32>)
// CHECK:         mml.einsum "abc,dbe->acde" %[[Q]]#0, %arg1 bound(128) :
// CHECK:         mml.rescale row(%{{.*}} divides : tensor<?xf32>) ins(
// CHECK:         linalg.transpose {{.*}} permutation = [0, 2, 3, 1]
func.func @permuted(%x: tensor<?x8x64xf32>, %w: tensor<4x8x16x!mml.trit>) -> tensor<?x4x16x64xf32> {
  %y = mml.einsum_dense "abc,dbe->adec" %x, %w quantizer(#q) : (tensor<?x8x64xf32>, tensor<4x8x16x!mml.trit>) -> tensor<?x4x16x64xf32>
  return %y : tensor<?x4x16x64xf32>
}

// A kernel of floats becomes ternary with a scale for each index of the axis that
// is not summed, which moves behind the others.
// CHECK-LABEL: func @latent(
// CHECK:         %[[W:.*]] = linalg.transpose ins(%arg1 : tensor<4x64xf32>)
// CHECK:         %[[T:.*]]:2 = mml.ternarize #mml.absmean<{{.*}}> ins(%[[W]] : tensor<64x4xf32>) outs(%{{.*}}, %{{.*}} : tensor<64x4x!mml.trit>, tensor<4xf32>)
// CHECK:         mml.einsum "abc,cd->abd" %{{.*}}#0, %[[T]]#0 bound(128)
// CHECK:         mml.rescale row(%{{.*}} divides : tensor<?xf32>) column(%[[T]]#1 divides : tensor<4xf32>)
func.func @latent(%x: tensor<?x8x64xf32>, %w: tensor<4x64xf32>) -> tensor<?x8x4xf32> {
  %y = mml.einsum_dense "abc,dc->abd" %x, %w quantizer(#q) kernel_quantizer(#mean) : (tensor<?x8x64xf32>, tensor<4x64xf32>) -> tensor<?x8x4xf32>
  return %y : tensor<?x8x4xf32>
}

// The branch of low rank is of floats, beside the ternary product: alpha / rank
// times x A B.
// CHECK-LABEL: func @lora(
// CHECK-DAG:     %[[TWO:.*]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK:         %[[F:.*]] = mml.rescale
// CHECK:         %[[L:.*]] = mml.einsum "ab,bd,dc->ac" %arg0, %arg3, %arg4 :
// CHECK:         %[[S:.*]] = mml.merge multiply %[[L]], %[[TWO]] :
// CHECK:         mml.merge add %[[F]], %[[S]] :
func.func @lora(%x: tensor<?x64xf32>, %w: tensor<64x16x!mml.trit>, %s: tensor<f32>, %a: tensor<64x2xf32>, %b: tensor<2x16xf32>) -> tensor<?x16xf32> {
  %y = mml.einsum_dense "ab,bc->ac" %x, %w scale(%s divides) lora(4.0) a(%a) b(%b) quantizer(#q) : (tensor<?x64xf32>, tensor<64x16x!mml.trit>, tensor<f32>, tensor<64x2xf32>, tensor<2x16xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
