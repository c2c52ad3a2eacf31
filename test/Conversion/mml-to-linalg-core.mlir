// RUN: mml-opt %s --convert-mml-to-linalg --canonicalize --split-input-file | FileCheck %s
// RUN: mml-opt %s --convert-mml-to-linalg --split-input-file | FileCheck %s --check-prefix=LEFT

// Nothing of the dialect is left but what describes entries.
// LEFT-NOT: {{mml\.[a-z]|!mml|#mml}}

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

// The largest magnitude of a row, the scale, and an integer that is clamped
// before it is converted: what is not finite would be poison.

// CHECK-LABEL: func @absmax_token(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %{{.*}}: tensor<?x8xi8>, %{{.*}}: tensor<?xf32>)
// CHECK-DAG:     %[[LOW:.*]] = arith.constant -1.280000e+02 : f32
// CHECK-DAG:     %[[HIGH:.*]] = arith.constant 1.270000e+02 : f32
// CHECK-DAG:     %[[LIMIT:.*]] = arith.constant 1.000000e+09 : f32
// CHECK-DAG:     %[[EPS:.*]] = arith.constant 9.99999974E-6 : f32
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}}"parallel", "reduction"]} ins(%[[X]]
// CHECK:           %[[ABS:.*]] = math.absf
// CHECK-NEXT:      arith.maximumf %{{.*}}, %[[ABS]]
// CHECK:         %[[SCALE:.*]] = linalg.generic {{.*}}"parallel"]} ins(%[[MAX]]
// CHECK:           %[[A:.*]] = arith.maximumf %{{.*}}, %[[EPS]]
// CHECK-NEXT:      %[[B:.*]] = arith.minimumf %[[A]], %[[LIMIT]]
// CHECK-NEXT:      arith.divf %[[HIGH]], %[[B]]
// CHECK:         %[[Q:.*]] = linalg.generic {{.*}}"parallel", "parallel"]} ins(%[[X]], %[[SCALE]],
// CHECK:           %[[C:.*]] = arith.mulf
// CHECK-NEXT:      %[[D:.*]] = arith.cmpf ogt, %[[C]], %[[LOW]]
// CHECK-NEXT:      %[[E:.*]] = arith.select %[[D]], %[[C]], %[[LOW]]
// CHECK-NEXT:      %[[F:.*]] = arith.cmpf olt, %[[E]], %[[HIGH]]
// CHECK-NEXT:      %[[G:.*]] = arith.select %[[F]], %[[E]], %[[HIGH]]
// CHECK-NEXT:      %[[H:.*]] = math.roundeven %[[G]]
// CHECK-NEXT:      arith.fptosi %[[H]] : f32 to i8
// CHECK:         return %[[Q]], %[[SCALE]] : tensor<?x8xi8>, tensor<?xf32>
func.func @absmax_token(%x: tensor<?x8xf32>, %q: tensor<?x8xi8>, %s: tensor<?xf32>) -> (tensor<?x8xi8>, tensor<?xf32>) {
  %0:2 = mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token> ins(%x : tensor<?x8xf32>) outs(%q, %s : tensor<?x8xi8>, tensor<?xf32>) -> tensor<?x8xi8>, tensor<?xf32>
  return %0#0, %0#1 : tensor<?x8xi8>, tensor<?xf32>
}

// One scale for all; the range is that of the quantizer.
// CHECK-LABEL: func @absmax_tensor(
// CHECK-DAG:     arith.constant -7.000000e+00 : f32
// CHECK-DAG:     arith.constant 7.000000e+00 : f32
// CHECK:         linalg.generic {{.*}}"reduction", "reduction", "reduction"]} ins(%{{.*}} : tensor<2x?x8xf32>) outs(%{{.*}} : tensor<f32>)
func.func @absmax_tensor(%x: tensor<2x?x8xf32>, %q: tensor<2x?x8xi8>, %s: tensor<f32>) -> (tensor<2x?x8xi8>, tensor<f32>) {
  %0:2 = mml.quantize #mml.absmax<i8, range = [-7, 7], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor> ins(%x : tensor<2x?x8xf32>) outs(%q, %s : tensor<2x?x8xi8>, tensor<f32>) -> tensor<2x?x8xi8>, tensor<f32>
  return %0#0, %0#1 : tensor<2x?x8xi8>, tensor<f32>
}

// The mean is summed in f64.
// CHECK-LABEL: func @absmean(
// CHECK-SAME:    %{{.*}}: tensor<4x8xf32>, %{{.*}}: tensor<4x8xi8>, %{{.*}}: tensor<f32>) -> (tensor<4x8xi8>, tensor<f32>)
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[COUNT:.*]] = arith.constant 3.200000e+01 : f64
// CHECK:         linalg.generic {{.*}}"reduction", "reduction"]}
// CHECK:           %[[A:.*]] = math.absf
// CHECK-NEXT:      %[[B:.*]] = arith.extf %[[A]] : f32 to f64
// CHECK-NEXT:      arith.addf %{{.*}}, %[[B]] : f64
// CHECK:           %[[C:.*]] = arith.divf %{{.*}}, %[[COUNT]] : f64
// CHECK-NEXT:      arith.truncf %[[C]] : f64 to f32
// CHECK:           arith.divf %[[ONE]]
// CHECK:           math.roundeven
// CHECK-NEXT:      arith.fptosi %{{.*}} : f32 to i8
func.func @absmean(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: tensor<f32>) -> (tensor<4x8x!mml.trit>, tensor<f32>) {
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor> ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, tensor<f32>) -> tensor<4x8x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<4x8x!mml.trit>, tensor<f32>
}

// A dynamic count, one mean for each channel, comparisons that are strict.
// CHECK-LABEL: func @threshold_factor(
// CHECK-DAG:     %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK:         linalg.generic {{.*}}"reduction", "parallel"]} ins(%{{.*}} : tensor<?x8xf32>) outs(%{{.*}} : tensor<8xf64>)
// CHECK:         %[[N:.*]] = tensor.dim %{{.*}}, %c0
// CHECK:         %[[I:.*]] = arith.index_cast %[[N]] : index to i64
// CHECK:         %[[COUNT:.*]] = arith.sitofp %[[I]] : i64 to f64
// CHECK:         %[[MEAN:.*]] = linalg.generic
// CHECK:           arith.divf %{{.*}}, %[[COUNT]]
// CHECK:           %[[T:.*]] = arith.mulf %{{.*}}, %[[HALF]] : f32
// CHECK-NEXT:      %[[M:.*]] = arith.negf %[[T]]
// CHECK-NEXT:      arith.cmpf ogt, %[[X:.*]], %[[T]]
// CHECK-NEXT:      arith.cmpf olt, %[[X]], %[[M]]
// CHECK:         return %{{.*}}, %[[MEAN]]
func.func @threshold_factor(%w: tensor<?x8xf32>, %t: tensor<?x8x!mml.trit>, %s: tensor<8xf32>) -> (tensor<?x8x!mml.trit>, tensor<8xf32>) {
  %0:2 = mml.ternarize #mml.threshold<factor = 5.0e-01, per = channel> ins(%w : tensor<?x8xf32>) outs(%t, %s : tensor<?x8x!mml.trit>, tensor<8xf32>) -> tensor<?x8x!mml.trit>, tensor<8xf32>
  return %0#0, %0#1 : tensor<?x8x!mml.trit>, tensor<8xf32>
}

// A fixed threshold needs no statistic.
// CHECK-LABEL: func @threshold_value(
// CHECK-NOT:     "reduction"
// CHECK:         arith.cmpf ogt, %{{.*}}, %cst{{.*}} : f32
// CHECK-NOT:     "reduction"
// CHECK:         return
func.func @threshold_value(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: tensor<f32>) -> (tensor<4x8x!mml.trit>, tensor<f32>) {
  %0:2 = mml.ternarize #mml.threshold<value = 3.0e-01, per = tensor> ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, tensor<f32>) -> tensor<4x8x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<4x8x!mml.trit>, tensor<f32>
}

// -----

//===----------------------------------------------------------------------===//
// Contraction and rescale
//===----------------------------------------------------------------------===//

// A trit selects: the element is added, taken, or neither.

// CHECK-LABEL: func @contract_integers(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xi8>, %[[W:.*]]: tensor<8x4xi8>, %[[OUT:.*]]: tensor<?x4xi32>)
// CHECK:         %[[ZERO:.*]] = arith.constant 0 : i8
// CHECK:         linalg.generic {{.*}}"parallel", "reduction", "parallel"]} ins(%[[X]], %[[W]] : tensor<?x8xi8>, tensor<8x4xi8>) outs(%[[OUT]] : tensor<?x4xi32>)
// CHECK-NEXT:    ^bb0(%[[A:.*]]: i8, %[[T:.*]]: i8, %[[SUM:.*]]: i32):
// CHECK-NEXT:      %[[PLUS:.*]] = arith.cmpi sgt, %[[T]], %[[ZERO]]
// CHECK-NEXT:      %[[MINUS:.*]] = arith.cmpi slt, %[[T]], %[[ZERO]]
// CHECK-NEXT:      %[[WIDE:.*]] = arith.extsi %[[A]] : i8 to i32
// CHECK-NEXT:      %[[ADDED:.*]] = arith.addi %[[SUM]], %[[WIDE]]
// CHECK-NEXT:      %[[TAKEN:.*]] = arith.subi %[[SUM]], %[[WIDE]]
// CHECK-NEXT:      %[[R:.*]] = arith.select %[[MINUS]], %[[TAKEN]], %[[SUM]]
// CHECK-NEXT:      %[[S:.*]] = arith.select %[[PLUS]], %[[ADDED]], %[[R]]
// CHECK-NEXT:      linalg.yield %[[S]]
func.func @contract_integers(%x: tensor<?x8xi8>, %w: tensor<8x4x!mml.trit>, %out: tensor<?x4xi32>) -> tensor<?x4xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x8xi8>, tensor<8x4x!mml.trit>) outs(%out : tensor<?x4xi32>) -> tensor<?x4xi32>
  return %0 : tensor<?x4xi32>
}

// CHECK-LABEL: func @contract_floats(
// CHECK:         linalg.generic
// CHECK-NOT:       arith.mul
// CHECK:           %[[NONE:.*]] = arith.subf %[[A:.*]], %[[A]]
// CHECK-NEXT:      %[[NEG:.*]] = arith.negf %[[A]]
// CHECK-NEXT:      %[[R:.*]] = arith.select %{{.*}}, %[[NEG]], %[[NONE]]
// CHECK-NEXT:      %[[S:.*]] = arith.select %{{.*}}, %[[A]], %[[R]]
// CHECK-NEXT:      arith.addf %{{.*}}, %[[S]]
func.func @contract_floats(%x: tensor<?x?xf32>, %w: tensor<?x?x!mml.trit>, %out: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = mml.contract ins(%x, %w : tensor<?x?xf32>, tensor<?x?x!mml.trit>) outs(%out : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// Scales that divide are multiplied first and divide once.
// CHECK-LABEL: func @rescale_divides(
// CHECK:           %[[F:.*]] = arith.sitofp %{{.*}} : i32 to f32
// CHECK-NEXT:      %[[D:.*]] = arith.mulf
// CHECK-NEXT:      %[[R:.*]] = arith.divf %[[F]], %[[D]]
// CHECK-NEXT:      linalg.yield %[[R]]
func.func @rescale_divides(%x: tensor<?x4xi32>, %r: tensor<?xf32>, %c: tensor<4xf32>, %out: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mml.rescale row(%r divides : tensor<?xf32>) column(%c divides : tensor<4xf32>) ins(%x : tensor<?x4xi32>) outs(%out : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func @rescale_both(
// CHECK:         ^bb0(%[[X:.*]]: f32, %[[R:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[M:.*]] = arith.mulf %[[X]], %[[S]]
// CHECK-NEXT:      %[[D:.*]] = arith.divf %[[M]], %[[R]]
// CHECK-NEXT:      linalg.yield %[[D]]
func.func @rescale_both(%x: tensor<?x4xf32>, %r: tensor<?xf32>, %s: tensor<f32>, %out: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mml.rescale row(%r divides : tensor<?xf32>) column(%s multiplies : tensor<f32>) ins(%x : tensor<?x4xf32>) outs(%out : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Trits in memory
//===----------------------------------------------------------------------===//

// Arguments, results, calls and constants of trits become those of the integers
// that hold them; in a layout these are its words.

// CHECK-LABEL: func.func private @callee(tensor<8x4xi8>) -> tensor<8x4xi8>
// CHECK-LABEL: func @functions(
// CHECK-SAME:    %[[W:.*]]: tensor<8x4xi8>, %[[P:.*]]: tensor<1x1x4xi16>) -> (tensor<8x4xi8>, tensor<1x1x4xi16>, tensor<2x2xi8>)
// CHECK:         %[[C:.*]] = arith.constant dense<{{\[\[}}1, 0], [-1, 1]]> : tensor<2x2xi8>
// CHECK:         %[[R:.*]] = call @callee(%[[W]]) : (tensor<8x4xi8>) -> tensor<8x4xi8>
// CHECK:         return %[[R]], %[[P]], %[[C]]
func.func private @callee(tensor<8x4x!mml.trit>) -> tensor<8x4x!mml.trit>
func.func @functions(%w: tensor<8x4x!mml.trit>, %p: tensor<8x4x!mml.trit, #mml.tiled<rows = 4>>)
    -> (tensor<8x4x!mml.trit>, tensor<1x1x4xi16>, tensor<2x2x!mml.trit>) {
  %c = mml.constant #mml.trits<dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
  %0 = func.call @callee(%w) : (tensor<8x4x!mml.trit>) -> tensor<8x4x!mml.trit>
  %1 = mml.storage %p : tensor<8x4x!mml.trit, #mml.tiled<rows = 4>> -> tensor<1x1x4xi16>
  return %0, %1, %c : tensor<8x4x!mml.trit>, tensor<1x1x4xi16>, tensor<2x2x!mml.trit>
}

// -----

// What only passes tensors on does it with the integers.

// CHECK-LABEL: func @passing(
// CHECK-SAME:    %[[W:.*]]: tensor<8x4xi8>, %[[I:.*]]: index)
// CHECK:         %[[A:.*]] = tensor.extract_slice %[[W]][0, 0] [2, 4] [1, 1] : tensor<8x4xi8> to tensor<2x4xi8>
// CHECK:         return %[[A]], %[[I]]
func.func @passing(%w: tensor<8x4x!mml.trit>, %i: index) -> (tensor<2x4x!mml.trit>, index) {
  %c0 = arith.constant 0 : index
  %0 = tensor.extract_slice %w[0, 0] [%i, 4] [1, 1] : tensor<8x4x!mml.trit> to tensor<?x4x!mml.trit>
  %1 = tensor.cast %0 : tensor<?x4x!mml.trit> to tensor<2x4x!mml.trit>
  %2 = tensor.dim %0, %c0 : tensor<?x4x!mml.trit>
  return %1, %2 : tensor<2x4x!mml.trit>, index
}

// CHECK-LABEL: func @select(
// CHECK-SAME:    %[[A:.*]]: tensor<8x4xi8>, %[[B:.*]]: tensor<8x4xi8>, %[[C:.*]]: i1)
// CHECK-NEXT:    arith.select %[[C]], %[[A]], %[[B]] : tensor<8x4xi8>
func.func @select(%a: tensor<8x4x!mml.trit>, %b: tensor<8x4x!mml.trit>, %c: i1) -> tensor<8x4x!mml.trit> {
  %0 = arith.select %c, %a, %b : tensor<8x4x!mml.trit>
  return %0 : tensor<8x4x!mml.trit>
}
