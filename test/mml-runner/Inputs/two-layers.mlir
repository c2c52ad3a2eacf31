func.func @main(%x: tensor<?x8xf32>, %s: tensor<f32>) -> tensor<?x3xf32> {
  %w0 = mml.constant #mml.trits<dense<1> : tensor<8x5xi8>> : tensor<8x5x!mml.trit>
  %w1 = mml.constant #mml.trits<dense<-1> : tensor<5x3xi8>> : tensor<5x3x!mml.trit>
  %h = mml.dense %x, %w0 scale(%s divides)
         quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
       : (tensor<?x8xf32>, tensor<8x5x!mml.trit>, tensor<f32>) -> tensor<?x5xf32>
  %y = mml.dense %h, %w1 scale(%s divides)
         quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
       : (tensor<?x5xf32>, tensor<5x3x!mml.trit>, tensor<f32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
