// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What no type or attribute may say. Each case names the attribute and the
// constraint of its definition.

// TiledLayoutAttr (C1)
// expected-error @below {{expected the rows of a tiled layout to be a multiple of 4 up to 1024 but got 0}}
func.func private @f(tensor<8x8x!mml.trit, #mml.tiled<rows = 0>>)

// -----

// TiledLayoutAttr (C1)
// expected-error @below {{expected the rows of a tiled layout to be a multiple of 4 up to 1024 but got -4}}
func.func private @f(tensor<8x8x!mml.trit, #mml.tiled<rows = -4>>)

// -----

// TiledLayoutAttr (C1)
// expected-error @below {{expected the rows of a tiled layout to be a multiple of 4 up to 1024 but got 30}}
func.func private @f(tensor<8x8x!mml.trit, #mml.tiled<rows = 30>>)

// -----

// TiledLayoutAttr (C1)
// expected-error @below {{expected the rows of a tiled layout to be a multiple of 4 up to 1024 but got 1028}}
func.func private @f(tensor<8x8x!mml.trit, #mml.tiled<rows = 1028>>)

// -----

// TiledLayoutAttr (C2)
// expected-error @below {{layout #mml.tiled<rows = 32> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<8x!mml.trit, #mml.tiled<rows = 32>>)

// -----

// TiledLayoutAttr (C2)
// expected-error @below {{layout #mml.tiled<rows = 32> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<2x2x8x8x!mml.trit, #mml.tiled<rows = 32>>)

// -----

// TiledLayoutAttr (C2)
// expected-error @below {{layout #mml.tiled<rows = 32> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<?x8x!mml.trit, #mml.tiled<rows = 32>>)

// -----

// TiledLayoutAttr (C2)
// expected-error @below {{layout #mml.tiled<rows = 32> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<8x8xi8, #mml.tiled<rows = 32>>)

// -----

// DotLayoutAttr (C1)
// expected-error @below {{expected the rows of a dot layout to be a multiple of 4 up to 1024 but got 6}}
func.func private @f(tensor<8x8x!mml.trit, #mml.dot<rows = 6>>)

// -----

// DotLayoutAttr (C2)
// expected-error @below {{layout #mml.dot<rows = 32> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<?x8x!mml.trit, #mml.dot<rows = 32>>)

// -----

// DotLayoutAttr (C3)
// expected-error @below {{expected 32 rows of a mixed layout but got 16}}
func.func private @f(tensor<8x8x!mml.trit, #mml.dot<rows = 16, mixed = true>>)

// -----

// LookupLayoutAttr (C1)
// expected-error @below {{expected the rows of a lookup layout to be a multiple of 16 up to 1024 but got 24}}
func.func private @f(tensor<8x8x!mml.trit, #mml.lookup<rows = 24>>)

// -----

// WordLookupLayoutAttr (C1)
// expected-error @below {{expected the rows of a word lookup layout to be a multiple of 16 up to 1024 but got 24}}
func.func private @f(tensor<8x8x!mml.trit, #mml.word_lookup<rows = 24>>)

// -----

// WordLookupLayoutAttr (C2)
// expected-error @below {{layout #mml.word_lookup<rows = 64> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<8x?x!mml.trit, #mml.word_lookup<rows = 64>>)

// -----

// TritsAttr (C2)
// expected-error @below {{expected 128 bytes for 'tensor<19x5x!mml.trit, #mml.word_lookup<rows = 16>>' but got 12}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<12xui8>> : tensor<19x5x!mml.trit, #mml.word_lookup<rows = 16>>}

// -----

// LookupLayoutAttr (C1)
// expected-error @below {{expected the rows of a lookup layout to be a multiple of 16 up to 1024 but got 0}}
func.func private @f(tensor<8x8x!mml.trit, #mml.lookup<rows = 0>>)

// -----

// LookupLayoutAttr (C2)
// expected-error @below {{layout #mml.lookup<rows = 64> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<8x?x!mml.trit, #mml.lookup<rows = 64>>)

// -----

// LookupLayoutAttr (C2)
// expected-error @below {{layout #mml.lookup<rows = 64> is for static tensors of trits of rank 2 or 3}}
func.func private @f(tensor<8x!mml.trit, #mml.lookup<rows = 64>>)

// -----

// TritsAttr (C1)
// expected-error @below {{expected a static tensor of trits but got 'tensor<?x2x!mml.trit>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<2x2xi8>> : tensor<?x2x!mml.trit>}

// -----

// TritsAttr (C1)
// expected-error @below {{expected a static tensor of trits but got 'tensor<2x2xi8>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<2x2xi8>> : tensor<2x2xi8>}

// -----

// TritsAttr (C1)
// expected-error @below {{expected fewer than 2^40 trits but got 'tensor<1099511627776x!mml.trit>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<1099511627776xi8>> : tensor<1099511627776x!mml.trit>}

// -----

// TritsAttr (C1): the number of trits does not fit an i64.
// expected-error @below {{expected fewer than 2^40 trits but got 'tensor<9223372036854775807x9223372036854775807x!mml.trit>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<4xi8>> : tensor<9223372036854775807x9223372036854775807x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected trits in a tensor but got 'vector<4xi8>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : vector<4xi8>> : tensor<4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected trits of shape [2, 3] but got [3, 2]}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<3x2xi8>> : tensor<2x3x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected the bytes of layout #mml.tiled<rows = 4> but got 'tensor<2x4xi8>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<2x4xi8>> : tensor<2x4x!mml.trit, #mml.tiled<rows = 4>>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected one trit an element in a dense attribute}}
func.func private @f() attributes {a = #mml.trits<dense_resource<r> : tensor<4xi8>> : tensor<4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected trits as i8 elements or as ui8 bytes in a tensor of rank 1 but got 'tensor<4xi32>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<4xi32>> : tensor<4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected trits as i8 elements or as ui8 bytes in a tensor of rank 1 but got 'tensor<4xf32>'}}
func.func private @f() attributes {a = #mml.trits<dense<0.0> : tensor<4xf32>> : tensor<4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected trits as i8 elements or as ui8 bytes in a tensor of rank 1 but got 'tensor<2x2xui8>'}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<2x2xui8>> : tensor<4x4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected the bytes of trits in a dense or a dense_resource attribute}}
func.func private @f() attributes {a = #mml.trits<sparse<0, 1> : tensor<4xui8>> : tensor<4x4x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected 2 bytes for 'tensor<5x!mml.trit>' but got 1}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<1xui8>> : tensor<5x!mml.trit>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected 128 bytes for 'tensor<9x5x!mml.trit, #mml.tiled<rows = 32>>' but got 12}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<12xui8>> : tensor<9x5x!mml.trit, #mml.tiled<rows = 32>>}

// -----

// TritsAttr (C2)
// expected-error @below {{expected 32 bytes for 'tensor<9x5x!mml.trit, #mml.lookup<rows = 16>>' but got 12}}
func.func private @f() attributes {a = #mml.trits<dense<0> : tensor<12xui8>> : tensor<9x5x!mml.trit, #mml.lookup<rows = 16>>}

// -----

// TritsAttr (C3)
// expected-error @below {{expected trits of -1, 0 or 1 but got 2}}
func.func private @f() attributes {a = #mml.trits<dense<[0, 2]> : tensor<2xi8>> : tensor<2x!mml.trit>}

// -----

// TritsAttr (C3)
// expected-error @below {{expected trits of -1, 0 or 1 but got -128}}
func.func private @f() attributes {a = #mml.trits<dense<-128> : tensor<2xi8>> : tensor<2x!mml.trit>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected integers of type i8 but got 'i4'}}
func.func private @f() attributes {a = #mml.absmax<i4, range = [-8, 7], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected integers of type i8 but got 'ui8'}}
func.func private @f() attributes {a = #mml.absmax<ui8, range = [-8, 7], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected a range with -128 <= low < 0 < high <= 127 but got [-129, 127]}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-129, 127], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected a range with -128 <= low < 0 < high <= 127 but got [-128, 128]}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 128], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected a range with -128 <= low < 0 < high <= 127 but got [0, 127]}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [0, 127], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C1)
// expected-error @below {{expected a range with -128 <= low < 0 < high <= 127 but got [-1, 0]}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-1, 0], epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C2)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = 0}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 127], epsilon = 0.0, limit = 1.0e9, per = token>}

// -----

// AbsMaxAttr (C2)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = 2.000000e+00, limit = 1.000000e+00}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 127], epsilon = 2.0, limit = 1.0, per = token>}

// -----

// AbsMaxAttr (C2)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = 1.000000e-05, limit = INF}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-5, limit = inf, per = token>}

// -----

// AbsMaxAttr (C2)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = nan}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 127], epsilon = 0x7FF8000000000000, limit = 1.0, per = token>}

// -----

// AbsMaxAttr (C3)
// expected-error @below {{expected per = token or tensor but got channel}}
func.func private @f() attributes {a = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-5, limit = 1.0e9, per = channel>}

// -----

// AbsMeanAttr (C1)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = -1.000000e+00, limit = 1.000000e+00}}
func.func private @f() attributes {a = #mml.absmean<epsilon = -1.0, limit = 1.0, per = tensor>}

// -----

// AbsMeanAttr (C1)
// expected-error @below {{expected 0 < epsilon <= limit but got epsilon = INF, limit = INF}}
func.func private @f() attributes {a = #mml.absmean<epsilon = inf, limit = inf, per = tensor>}

// -----

// AbsMeanAttr (C2)
// expected-error @below {{expected per = tensor or channel but got token}}
func.func private @f() attributes {a = #mml.absmean<epsilon = 1.0e-5, limit = 1.0e9, per = token>}

// -----

// ThresholdAttr (C1)
// expected-error @below {{expected either a factor or a value}}
func.func private @f() attributes {a = #mml.threshold<per = tensor>}

// -----

// ThresholdAttr (C1)
// expected-error @below {{expected either a factor or a value}}
func.func private @f() attributes {a = #mml.threshold<factor = 5.0e-1, value = 1.0, per = tensor>}

// -----

// ThresholdAttr (C1)
// expected-error @below {{expected a factor that is finite and not negative but got -5.000000e-01}}
func.func private @f() attributes {a = #mml.threshold<factor = -5.0e-1, per = tensor>}

// -----

// ThresholdAttr (C1)
// expected-error @below {{expected a value that is finite and not negative but got INF}}
func.func private @f() attributes {a = #mml.threshold<value = inf, per = tensor>}

// -----

// ThresholdAttr (C2)
// expected-error @below {{expected per = tensor or channel but got token}}
func.func private @f() attributes {a = #mml.threshold<factor = 5.0e-1, per = token>}

// -----

// ThresholdAttr (C2)
// expected-error @below {{expected ::mlir::mml::Granularity to be one of: tensor, token, channel}}
// expected-error @below {{failed to parse MML_ThresholdAttr parameter 'per'}}
func.func private @f() attributes {a = #mml.threshold<factor = 5.0e-1, per = group>}

// -----

// ActivationAttr (C1)
// expected-error @below {{unknown activation 'sofmax'; the nearest known ones are 'softmax', 'linear', 'log_softmax'}}
func.func private @f() attributes {a = #mml.activation<sofmax>}

// -----

// ActivationAttr (C1): a name that is far from all of them.
// expected-error @below {{unknown activation 'quicksort'; the nearest known ones are 'linear', 'mish', 'sigmoid'}}
func.func private @f() attributes {a = #mml.activation<quicksort>}

// -----

// ActivationAttr (C1): names are case sensitive.
// expected-error @below {{unknown activation 'ReLU'}}
func.func private @f() attributes {a = #mml.activation<ReLU>}

// -----

// ActivationAttr (C1)
// expected-error @below {{expected valid keyword}}
func.func private @f() attributes {a = #mml.activation<>}

// -----

// ActivationAttr (C2)
// expected-error @below {{activation 'leaky_relu' has no parameter 'slope'}}
func.func private @f() attributes {a = #mml.activation<leaky_relu(slope = 0.1)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{activation 'gelu' has no parameter 'alpha'}}
func.func private @f() attributes {a = #mml.activation<gelu(alpha = 0.1)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{activation 'leaky_relu' got the parameter 'negative_slope' twice}}
func.func private @f() attributes {a = #mml.activation<leaky_relu(negative_slope = 0.1, negative_slope = 0.1)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{activation 'threshold' needs the parameter 'default_value'}}
func.func private @f() attributes {a = #mml.activation<threshold(threshold = 0.1)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{expected a finite 'negative_slope' of activation 'leaky_relu' but got nan}}
func.func private @f() attributes {a = #mml.activation<leaky_relu(negative_slope = 0x7FF8000000000000)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{expected a finite 'negative_slope' of activation 'leaky_relu' but got -inf}}
func.func private @f() attributes {a = #mml.activation<leaky_relu(negative_slope = -inf)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{expected 'alpha' of activation 'celu' not to be 0 but got 0}}
func.func private @f() attributes {a = #mml.activation<celu(alpha = 0.0)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{expected '='}}
func.func private @f() attributes {a = #mml.activation<elu(alpha)>}

// -----

// ActivationAttr (C2)
// expected-error @below {{expected floating point literal}}
func.func private @f() attributes {a = #mml.activation<elu(alpha = true)>}

// -----

// expected-error @below {{unknown  type `bit` in dialect `mml`}}
func.func private @f(!mml.bit)

// -----

// EquationAttr (C1): the column of the text, in quotes.
// expected-error @below {{expected a label, '...', ',' or '->' but got '1'}}
func.func private @f() attributes {a = #mml.equation<"a1,bc->ac">}

// -----

// EquationAttr (C2)
// expected-error @below {{output}}
func.func private @f() attributes {a = #mml.equation<"ab,bc->ad">}
