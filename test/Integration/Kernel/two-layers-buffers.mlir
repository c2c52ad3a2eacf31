// Each of two layers needs seven buffers: of the sums of squares, of normed
// activations, of their largest magnitudes, of scales, of quantized activations,
// of the sums of the contraction and of results. Nothing is copied.

// RUN: mml-opt %s --mml-cpu=stop-after=buffer -o %t
// RUN: grep -c 'memref.alloc(' %t | FileCheck %s --check-prefix=COUNT
// RUN: FileCheck %s < %t
// COUNT: 14
// CHECK-NOT: memref.copy
// CHECK-NOT: bufferization.clone

func.func @main(%x: tensor<?x64xf32>, %s: tensor<f32>) -> tensor<?x48xf32> {
  %w0 = mml.constant #mml.trits<dense<1> : tensor<64x96xi8>> : tensor<64x96x!mml.trit>
  %w1 = mml.constant #mml.trits<dense<1> : tensor<96x48xi8>> : tensor<96x48x!mml.trit>
  %h = mml.dense %x, %w0 scale(%s divides) norm(1.0e-14)
         quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
         activation(#mml.activation<relu>)
       : (tensor<?x64xf32>, tensor<64x96x!mml.trit>, tensor<f32>) -> tensor<?x96xf32>
  %y = mml.dense %h, %w1 scale(%s divides) norm(1.0e-14)
         quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
       : (tensor<?x96xf32>, tensor<96x48x!mml.trit>, tensor<f32>) -> tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}
