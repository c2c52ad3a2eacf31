// Two patterns in a signal of four samples, then a layer of MML's own.
func.func @main(%signal: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %scores = edge.correlate %signal,
      dense<[[1, -1], [1, -1], [0, 1], [-1, 1]]> : tensor<4x2xi8>
      quantizer(#mml.absmax<i8, range = [-127, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
      : tensor<?x4xf32> -> tensor<?x2xf32>
  %positive = mml.activation %scores <relu> : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %positive : tensor<?x2xf32>
}
