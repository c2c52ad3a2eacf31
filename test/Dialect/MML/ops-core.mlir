// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s
// RUN: mml-opt %s --emit-bytecode | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC

// Every operation of the core form on tensors and on memrefs.

#token = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#whole = #mml.absmax<i8, range = [-127, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
#mean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
#channel = #mml.threshold<factor = 5.0e-01, per = channel>

// CHECK-LABEL: func @constant(
// CHECK-NEXT:    mml.constant #mml.trits<dense<{{\[\[}}1, 0], [-1, 1]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
// CHECK-NEXT:    mml.constant #mml.trits<dense<0> : tensor<4x3x2xi8>> : tensor<4x3x2x!mml.trit>
func.func @constant() -> tensor<2x2x!mml.trit> {
  %0 = mml.constant #mml.trits<dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
  %1 = mml.constant #mml.trits<dense<0> : tensor<4x3x2xi8>> : tensor<4x3x2x!mml.trit>
  return %0 : tensor<2x2x!mml.trit>
}

// CHECK-LABEL: func @quantize(
// CHECK-NEXT:    %[[A:.*]]:2 = mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.000000e-05, limit = 1.000000e+09, per = token> ins(%arg0 : tensor<?x64xf32>) outs(%arg1, %arg2 : tensor<?x64xi8>, tensor<?xf32>) -> tensor<?x64xi8>, tensor<?xf32>
func.func @quantize(%x: tensor<?x64xf32>, %q: tensor<?x64xi8>, %s: tensor<?xf32>) -> (tensor<?x64xi8>, tensor<?xf32>) {
  %0:2 = mml.quantize #token ins(%x : tensor<?x64xf32>) outs(%q, %s : tensor<?x64xi8>, tensor<?xf32>) -> tensor<?x64xi8>, tensor<?xf32>
  return %0#0, %0#1 : tensor<?x64xi8>, tensor<?xf32>
}

// CHECK-LABEL: func @quantize_ranks(
// CHECK-NEXT:    %{{.*}} = mml.quantize #mml.absmax<i8, range = [-127, 127], epsilon = 1.000000e-05, limit = 1.000000e+09, per = tensor> ins(%arg0 : tensor<64xf32>) outs(%arg1, %arg2 : tensor<64xi8>, tensor<f32>) -> tensor<64xi8>, tensor<f32>
// CHECK-NEXT:    %{{.*}} = mml.quantize #mml.absmax<{{.*}}> ins(%arg3 : tensor<2x?x4x8xf32>) outs(%arg4, %arg5 : tensor<2x?x4x8xi8>, tensor<2x?x4xf32>) -> tensor<2x?x4x8xi8>, tensor<2x?x4xf32>
func.func @quantize_ranks(%x: tensor<64xf32>, %q: tensor<64xi8>, %s: tensor<f32>,
                          %x4: tensor<2x?x4x8xf32>, %q4: tensor<2x?x4x8xi8>, %s4: tensor<2x?x4xf32>) {
  %0:2 = mml.quantize #whole ins(%x : tensor<64xf32>) outs(%q, %s : tensor<64xi8>, tensor<f32>) -> tensor<64xi8>, tensor<f32>
  %1:2 = mml.quantize #token ins(%x4 : tensor<2x?x4x8xf32>) outs(%q4, %s4 : tensor<2x?x4x8xi8>, tensor<2x?x4xf32>) -> tensor<2x?x4x8xi8>, tensor<2x?x4xf32>
  return
}

// CHECK-LABEL: func @quantize_memref(
// CHECK-NEXT:    mml.quantize #mml.absmax<{{.*}}> ins(%arg0 : memref<?x64xf32>) outs(%arg1, %arg2 : memref<?x64xi8>, memref<?xf32>){{$}}
func.func @quantize_memref(%x: memref<?x64xf32>, %q: memref<?x64xi8>, %s: memref<?xf32>) {
  mml.quantize #token ins(%x : memref<?x64xf32>) outs(%q, %s : memref<?x64xi8>, memref<?xf32>)
  return
}

// CHECK-LABEL: func @ternarize(
// CHECK-NEXT:    %{{.*}} = mml.ternarize #mml.absmean<epsilon = 1.000000e-05, limit = 1.000000e+09, per = tensor> ins(%arg0 : tensor<64x?xf32>) outs(%arg1, %arg2 : tensor<64x?x!mml.trit>, tensor<f32>) -> tensor<64x?x!mml.trit>, tensor<f32>
// CHECK-NEXT:    %{{.*}} = mml.ternarize #mml.threshold<{{.*}}> ins(%arg0 : tensor<64x?xf32>) outs(%arg1, %arg3 : tensor<64x?x!mml.trit>, tensor<?xf32>) -> tensor<64x?x!mml.trit>, tensor<?xf32>
func.func @ternarize(%w: tensor<64x?xf32>, %t: tensor<64x?x!mml.trit>, %s: tensor<f32>, %c: tensor<?xf32>) {
  %0:2 = mml.ternarize #mean ins(%w : tensor<64x?xf32>) outs(%t, %s : tensor<64x?x!mml.trit>, tensor<f32>) -> tensor<64x?x!mml.trit>, tensor<f32>
  %1:2 = mml.ternarize #channel ins(%w : tensor<64x?xf32>) outs(%t, %c : tensor<64x?x!mml.trit>, tensor<?xf32>) -> tensor<64x?x!mml.trit>, tensor<?xf32>
  return
}

// CHECK-LABEL: func @ternarize_memref(
// CHECK-NEXT:    mml.ternarize #mml.absmean<{{.*}}> ins(%arg0 : memref<64x?xf32>) outs(%arg1, %arg2 : memref<64x?x!mml.trit>, memref<f32>){{$}}
func.func @ternarize_memref(%w: memref<64x?xf32>, %t: memref<64x?x!mml.trit>, %s: memref<f32>) {
  mml.ternarize #mean ins(%w : memref<64x?xf32>) outs(%t, %s : memref<64x?x!mml.trit>, memref<f32>)
  return
}

// CHECK-LABEL: func @contract(
// CHECK-NEXT:    %{{.*}} = mml.contract bound(128) ins(%arg0, %arg1 : tensor<?x64xi8>, tensor<64x128x!mml.trit>) outs(%arg2 : tensor<?x128xi32>) -> tensor<?x128xi32>
// CHECK-NEXT:    %{{.*}} = mml.contract ins(%arg3, %arg4 : tensor<?x?xf32>, tensor<?x?x!mml.trit>) outs(%arg5 : tensor<?x?xf32>) -> tensor<?x?xf32>
// GENERIC-LABEL: sym_name = "contract"
// GENERIC:       "mml.contract"(%{{.*}}, %{{.*}}, %{{.*}}) <{bound = 128 : i64}> : (tensor<?x64xi8>, tensor<64x128x!mml.trit>, tensor<?x128xi32>) -> tensor<?x128xi32>
// GENERIC:       "mml.contract"(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<?x?xf32>, tensor<?x?x!mml.trit>, tensor<?x?xf32>) -> tensor<?x?xf32>
func.func @contract(%q: tensor<?x64xi8>, %w: tensor<64x128x!mml.trit>, %acc: tensor<?x128xi32>,
                    %x: tensor<?x?xf32>, %v: tensor<?x?x!mml.trit>, %out: tensor<?x?xf32>) {
  %0 = mml.contract bound(128) ins(%q, %w : tensor<?x64xi8>, tensor<64x128x!mml.trit>) outs(%acc : tensor<?x128xi32>) -> tensor<?x128xi32>
  %1 = mml.contract ins(%x, %v : tensor<?x?xf32>, tensor<?x?x!mml.trit>) outs(%out : tensor<?x?xf32>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @contract_packed(
// CHECK-NEXT:    %{{.*}} = mml.contract bound(127) ins(%arg0, %arg1 : tensor<?x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%arg2 : tensor<?x128xi32>) -> tensor<?x128xi32>
func.func @contract_packed(%q: tensor<?x64xi8>, %w: tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>, %acc: tensor<?x128xi32>) {
  %0 = mml.contract bound(127) ins(%q, %w : tensor<?x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%acc : tensor<?x128xi32>) -> tensor<?x128xi32>
  return
}

// CHECK-LABEL: func @contract_memref(
// CHECK-NEXT:    mml.contract bound(128) ins(%arg0, %arg1 : memref<?x64xi8>, memref<64x128x!mml.trit>) outs(%arg2 : memref<?x128xi32>){{$}}
func.func @contract_memref(%q: memref<?x64xi8>, %w: memref<64x128x!mml.trit>, %acc: memref<?x128xi32>) {
  mml.contract bound(128) ins(%q, %w : memref<?x64xi8>, memref<64x128x!mml.trit>) outs(%acc : memref<?x128xi32>)
  return
}

// CHECK-LABEL: func @rescale(
// CHECK-NEXT:    %{{.*}} = mml.rescale row(%arg2 divides : tensor<?xf32>) column(%arg4 divides : tensor<f32>) ins(%arg0 : tensor<?x128xi32>) outs(%arg1 : tensor<?x128xf32>) -> tensor<?x128xf32>
// CHECK-NEXT:    %{{.*}} = mml.rescale row(%arg4 multiplies : tensor<f32>) ins(%arg1 : tensor<?x128xf32>) outs(%arg1 : tensor<?x128xf32>) -> tensor<?x128xf32>
// CHECK-NEXT:    %{{.*}} = mml.rescale column(%arg3 multiplies : tensor<128xf32>) ins(%arg1 : tensor<?x128xf32>) outs(%arg1 : tensor<?x128xf32>) -> tensor<?x128xf32>
// GENERIC-LABEL: sym_name = "rescale"
// GENERIC:       "mml.rescale"({{.*}}) <{column_direction = #mml<scale_direction divides>, operandSegmentSizes = array<i32: 1, 1, 1, 1>, row_direction = #mml<scale_direction divides>}>
// GENERIC:       "mml.rescale"({{.*}}) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>, row_direction = #mml<scale_direction multiplies>}>
func.func @rescale(%a: tensor<?x128xi32>, %f: tensor<?x128xf32>, %r: tensor<?xf32>, %c: tensor<128xf32>, %s: tensor<f32>) {
  %0 = mml.rescale row(%r divides : tensor<?xf32>) column(%s divides : tensor<f32>) ins(%a : tensor<?x128xi32>) outs(%f : tensor<?x128xf32>) -> tensor<?x128xf32>
  %1 = mml.rescale row(%s multiplies : tensor<f32>) ins(%f : tensor<?x128xf32>) outs(%f : tensor<?x128xf32>) -> tensor<?x128xf32>
  %2 = mml.rescale column(%c multiplies : tensor<128xf32>) ins(%f : tensor<?x128xf32>) outs(%f : tensor<?x128xf32>) -> tensor<?x128xf32>
  return
}

// CHECK-LABEL: func @rescale_memref(
// CHECK-NEXT:    mml.rescale row(%arg2 divides : memref<?xf32>) column(%arg3 multiplies : memref<128xf32>) ins(%arg0 : memref<?x128xi32>) outs(%arg1 : memref<?x128xf32>){{$}}
func.func @rescale_memref(%a: memref<?x128xi32>, %f: memref<?x128xf32>, %r: memref<?xf32>, %c: memref<128xf32>) {
  mml.rescale row(%r divides : memref<?xf32>) column(%c multiplies : memref<128xf32>) ins(%a : memref<?x128xi32>) outs(%f : memref<?x128xf32>)
  return
}

// CHECK-LABEL: func @storage(
// CHECK-NEXT:    %{{.*}} = mml.storage %arg0 : tensor<60x?x!mml.trit> -> tensor<60x?xi8>
// CHECK-NEXT:    %{{.*}} = mml.storage %arg1 : tensor<60x120x!mml.trit, #mml.tiled<rows = 32>> -> tensor<4x8x32xi16>
func.func @storage(%w: tensor<60x?x!mml.trit>, %v: tensor<60x120x!mml.trit, #mml.tiled<rows = 32>>) {
  %0 = mml.storage %w : tensor<60x?x!mml.trit> -> tensor<60x?xi8>
  %1 = mml.storage %v : tensor<60x120x!mml.trit, #mml.tiled<rows = 32>> -> tensor<4x8x32xi16>
  return
}
