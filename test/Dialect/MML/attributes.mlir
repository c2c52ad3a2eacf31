// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --emit-bytecode | mml-opt | FileCheck %s

// Types and attributes as they are printed: parameters that equal the defaults
// of the table are left out, other names become the first one.

// CHECK-LABEL: @types
// CHECK-SAME:    lookup = tensor<4x4x!mml.trit, #mml.lookup<rows = 64>>
// CHECK-SAME:    scalar = !mml.trit
// CHECK-SAME:    tensors = [tensor<?x4x!mml.trit>, tensor<!mml.trit>, memref<?x!mml.trit, strided<[?], offset: ?>>]
// CHECK-SAME:    tiled = [tensor<4x4x!mml.trit, #mml.tiled<rows = 4>>, #mml.tiled<rows = 1024>]
// CHECK-SAME:    words = tensor<4x4x!mml.trit, #mml.word_lookup<rows = 16>>
func.func private @types() attributes {
  lookup = tensor<4x4x!mml.trit, #mml.lookup<rows = 64>>,
  words = tensor<4x4x!mml.trit, #mml.word_lookup<rows = 16>>,
  scalar = !mml.trit,
  tensors = [tensor<?x4x!mml.trit>, tensor<!mml.trit>, memref<?x!mml.trit, strided<[?], offset: ?>>],
  tiled = [tensor<4x4x!mml.trit, #mml.tiled<rows = 4>>, #mml.tiled<rows = 1024>]
}

// CHECK-LABEL: @trits
// CHECK-SAME:    bytes = #mml.trits<dense<[36, 6]> : tensor<2xui8>> : tensor<2x3x!mml.trit>
// CHECK-SAME:    bytes_of_one = #mml.trits<dense<85> : tensor<8xui8>> : tensor<4x8x!mml.trit>
// CHECK-SAME:    elements = #mml.trits<dense<{{\[\[}}-1, 0, 1], [1, 0, -1]]> : tensor<2x3xi8>> : tensor<2x3x!mml.trit>
// CHECK-SAME:    none = #mml.trits<dense<> : tensor<0x3xi8>> : tensor<0x3x!mml.trit>
// CHECK-SAME:    scalar = #mml.trits<dense<1> : tensor<i8>> : tensor<!mml.trit>
// CHECK-SAME:    words = #mml.trits<dense<0> : tensor<16xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 4>>
func.func private @trits() attributes {
  bytes = #mml.trits<dense<[36, 6]> : tensor<2xui8>> : tensor<2x3x!mml.trit>,
  bytes_of_one = #mml.trits<dense<0x55> : tensor<8xui8>> : tensor<4x8x!mml.trit>,
  elements = #mml.trits<dense<[[-1, 0, 1], [1, 0, -1]]> : tensor<2x3xi8>> : tensor<2x3x!mml.trit>,
  none = #mml.trits<dense<> : tensor<0x3xi8>> : tensor<0x3x!mml.trit>,
  scalar = #mml.trits<dense<1> : tensor<i8>> : tensor<!mml.trit>,
  words = #mml.trits<dense<0> : tensor<16xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 4>>
}

// CHECK-LABEL: @quantizers
// CHECK-SAME:    absmax = [#mml.absmax<i8, range = [-128, 127], epsilon = 1.000000e-05, limit = 1.000000e+09, per = token>,
// CHECK-SAME:              #mml.absmax<i8, range = [-1, 1], epsilon = 2.000000e+00, limit = 2.000000e+00, per = tensor>]
// CHECK-SAME:    absmean = [#mml.absmean<epsilon = 1.000000e-05, limit = 1.000000e+09, per = tensor>,
// CHECK-SAME:               #mml.absmean<epsilon = 1.000000e-14, limit = 1.000000e+09, per = channel>]
// CHECK-SAME:    threshold = [#mml.threshold<factor = 5.000000e-01, per = tensor>,
// CHECK-SAME:                 #mml.threshold<value = 0.000000e+00, per = channel>]
func.func private @quantizers() attributes {
  absmax = [#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>,
            #mml.absmax<i8, range = [-1, 1], epsilon = 2.0, limit = 2.0, per = tensor>],
  absmean = [#mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>,
             #mml.absmean<epsilon = 1.0e-14, limit = 1.0e+09, per = channel>],
  threshold = [#mml.threshold<factor = 5.0e-01, per = tensor>,
               #mml.threshold<value = 0.0, per = channel>]
}

// CHECK-LABEL: @activations
// CHECK-SAME:    aliases = [#mml.activation<silu>, #mml.activation<hard_silu>]
// CHECK-SAME:    changed = [#mml.activation<leaky_relu(negative_slope = 3.000000e-01)>,
// CHECK-SAME:               #mml.activation<relu(negative_slope = 1.000000e-01, max_value = 6.000000e+00, threshold = -1.000000e-03)>,
// CHECK-SAME:               #mml.activation<relu(max_value = 1.000000e-01)>]
// CHECK-SAME:    defaults = [#mml.activation<leaky_relu>, #mml.activation<relu>, #mml.activation<elu>]
// CHECK-SAME:    required = #mml.activation<threshold(threshold = 1.000000e+00, default_value = -5.000000e+00)>
func.func private @activations() attributes {
  aliases = [#mml.activation<swish>, #mml.activation<hard_swish>],
  changed = [#mml.activation<leaky_relu(negative_slope = 3.0e-01)>,
             #mml.activation<relu(threshold = -1.0e-3, negative_slope = 0.1, max_value = 6.0)>,
             #mml.activation<relu(max_value = 0.1)>],
  defaults = [#mml.activation<leaky_relu(negative_slope = 0.2)>,
              #mml.activation<relu(max_value = inf)>, #mml.activation<elu>],
  required = #mml.activation<threshold(default_value = -5.0, threshold = 1.0)>
}

// All names of the table.
// CHECK-LABEL: @names
// CHECK-SAME:    names = [#mml.activation<celu>, #mml.activation<elu>, #mml.activation<exponential>, #mml.activation<gelu>, #mml.activation<gelu_tanh>, #mml.activation<glu>, #mml.activation<hard_shrink>, #mml.activation<hard_sigmoid>, #mml.activation<hard_silu>, #mml.activation<hard_tanh>, #mml.activation<leaky_relu>, #mml.activation<linear>, #mml.activation<log_sigmoid>, #mml.activation<log_softmax>, #mml.activation<mish>, #mml.activation<relu>, #mml.activation<relu2>, #mml.activation<relu6>, #mml.activation<selu>, #mml.activation<sigmoid>, #mml.activation<silu>, #mml.activation<soft_shrink>, #mml.activation<softmax>, #mml.activation<softplus>, #mml.activation<softsign>, #mml.activation<sparse_plus>, #mml.activation<sparse_sigmoid>, #mml.activation<sparsemax>, #mml.activation<squareplus>, #mml.activation<tanh>, #mml.activation<tanh_shrink>]
func.func private @names() attributes {
  names = [
    #mml.activation<celu>, #mml.activation<elu>, #mml.activation<exponential>, #mml.activation<gelu>,
    #mml.activation<gelu_tanh>, #mml.activation<glu>, #mml.activation<hard_shrink>,
    #mml.activation<hard_sigmoid>, #mml.activation<hard_silu>, #mml.activation<hard_tanh>,
    #mml.activation<leaky_relu>, #mml.activation<linear>, #mml.activation<log_sigmoid>,
    #mml.activation<log_softmax>, #mml.activation<mish>, #mml.activation<relu>,
    #mml.activation<relu2>, #mml.activation<relu6>, #mml.activation<selu>, #mml.activation<sigmoid>,
    #mml.activation<silu>, #mml.activation<soft_shrink>, #mml.activation<softmax>,
    #mml.activation<softplus>, #mml.activation<softsign>, #mml.activation<sparse_plus>,
    #mml.activation<sparse_sigmoid>, #mml.activation<sparsemax>, #mml.activation<squareplus>,
    #mml.activation<tanh>, #mml.activation<tanh_shrink>]
}

// CHECK-LABEL: @enumerations
// CHECK-SAME:    directions = [#mml<scale_direction multiplies>, #mml<scale_direction divides>]
// CHECK-SAME:    merges = [#mml<merge_kind add>, #mml<merge_kind subtract>, #mml<merge_kind multiply>, #mml<merge_kind average>, #mml<merge_kind maximum>, #mml<merge_kind minimum>]
// CHECK-SAME:    pools = [#mml<pool_kind mean>, #mml<pool_kind max>]
func.func private @enumerations() attributes {
  directions = [#mml<scale_direction multiplies>, #mml<scale_direction divides>],
  merges = [#mml<merge_kind add>, #mml<merge_kind subtract>, #mml<merge_kind multiply>, #mml<merge_kind average>, #mml<merge_kind maximum>, #mml<merge_kind minimum>],
  pools = [#mml<pool_kind mean>, #mml<pool_kind max>]
}

// What describes an entry and its weights.
// CHECK-LABEL: func.func @entry(
// CHECK-SAME:    attributes {mml.input_names = ["x"], mml.macs = 32 : i64, mml.output_names = ["y", "z"], mml.signature = (tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<f32>)}
func.func @entry(%x: memref<?x4xf32>) attributes {
  mml.input_names = ["x"], mml.macs = 32, mml.output_names = ["y", "z"],
  mml.signature = (tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<f32>)
} {
  return
}
