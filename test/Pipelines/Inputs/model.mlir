#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>

func.func @main(%x: tensor<?x3x20xf32>, %k: tensor<24x10xf32>) -> tensor<?x10xf32>
    attributes {mml.input_names = ["x", "kernel"], mml.output_names = ["y"]} {
  // Quantized activations, constant trits, a norm with a gain along the sequence.
  %w0 = mml.constant #mml.trits<dense_resource<first> : tensor<240xui8>> : tensor<20x48x!mml.trit>
  %s0 = arith.constant dense<2.5> : tensor<f32>
  %g0 = arith.constant dense<[[1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]> : tensor<3x20xf32>
  %b0 = arith.constant dense<1.0> : tensor<48xf32>
  %0 = mml.dense %x, %w0 scale(%s0 divides) norm(1.0e-3) gain(%g0) bias(%b0) quantizer(#q) activation(#mml.activation<gelu>)
     : (tensor<?x3x20xf32>, tensor<20x48x!mml.trit>, tensor<f32>, tensor<3x20xf32>, tensor<48xf32>) -> tensor<?x3x48xf32>
  %1 = mml.gate %0 <silu> : (tensor<?x3x48xf32>) -> tensor<?x3x24xf32>
  %2 = mml.pool mean %1 axis(1) : (tensor<?x3x24xf32>) -> tensor<?x24xf32>
  // Float activations.
  %w1 = mml.constant #mml.trits<dense<1> : tensor<24x24xi8>> : tensor<24x24x!mml.trit>
  %3 = mml.dense %2, %w1 activation(#mml.activation<relu>) : (tensor<?x24xf32>, tensor<24x24x!mml.trit>) -> tensor<?x24xf32>
  %4 = mml.merge add %2, %3 : (tensor<?x24xf32>, tensor<?x24xf32>) -> tensor<?x24xf32>
  // A kernel that the caller passes.
  %5 = mml.dense %4, %k quantizer(#q) kernel_quantizer(#k) activation(#mml.activation<softmax>) : (tensor<?x24xf32>, tensor<24x10xf32>) -> tensor<?x10xf32>
  return %5 : tensor<?x10xf32>
}
{-#
  dialect_resources: { builtin: { first: "0x40000000485406516289042849222521450A1AA6A694998425A9460A5612A926082899952A294A946255A896200A8640444801896959411591624020A9891A4A9A860141490622864A049A846564014991649A2000525A45682811416828522905A1108041085266161890560519A166214144A8514446A80210892055602840A10628A90A252861991945618289501942609A0A6558AA09684899A126A841A1645AA24892A04A5414066958A460821284941956600428A682599A4156961A1692AA92A6492A8959A94AA2498A0552A65191241A61A0489A2114A8A542AAA56494498A581128A6580256816840052048AA652810" } }
#-}
