// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=2},canonicalize,cse))' --split-input-file | FileCheck %s
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector{token-tile=1},canonicalize,cse))' --split-input-file | FileCheck %s --check-prefix=NOMUL
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(convert-mml-contract-to-vector))' --split-input-file | FileCheck %s --check-prefix=NOMUL

// Nothing is multiplied, whatever the tile; indices are of affine.apply.

// NOMUL-NOT: {{arith\.mul|math\.fma|vector\.(contract|fma|outerproduct|reduction|matrix_multiply)|linalg\.(matmul|generic|contract)|mml\.contract|llvm\.}}

// Two whole words of eight k; 64 outputs in two blocks.

// CHECK-LABEL: func @integers(
// CHECK-SAME:    %[[X:.*]]: tensor<?x16xi8>, %[[W:.*]]: tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>, %[[OUT:.*]]: tensor<?x64xi32>)
// CHECK-DAG:     %[[NONE:.*]] = arith.constant dense<0> : vector<32xi16>
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<1> : vector<32xi16>
// CHECK-DAG:     %[[TWO:.*]] = arith.constant dense<2> : vector<32xi16>
// CHECK-DAG:     %[[WORDS:.*]] = mml.storage %[[W]] : {{.*}} -> tensor<2x2x32xi16>
// CHECK-DAG:     %[[ACT:.*]] = arith.extsi %[[X]] : tensor<?x16xi8> to tensor<?x16xi16>
// CHECK-DAG:     %[[N:.*]] = tensor.dim %[[OUT]], %c0
// CHECK:         scf.for %[[BLOCK:.*]] = %c0 to %c2 step %c1 iter_args(%[[DEST:.*]] = %[[OUT]])
// CHECK:           %[[SLICE:.*]] = tensor.extract_slice %[[DEST]][0, %{{.*}}] [%[[N]], 32] [1, 1]
// CHECK:           %[[TILED:.*]] = affine.apply {{.*}}()[%[[N]]]
// Tiles of two tokens.
// CHECK:           %[[PART:.*]] = scf.for %[[T:.*]] = %c0 to %[[TILED]] step %c2 iter_args(%[[TILE:.*]] = %[[SLICE]])
// CHECK:             %[[OLD0:.*]] = vector.transfer_read %[[TILE]][%[[T]], %c0]
// CHECK:             %[[T1:.*]] = affine.apply {{.*}}(%[[T]])
// CHECK:             %[[OLD1:.*]] = vector.transfer_read %[[TILE]][%[[T1]], %c0]
// CHECK:             %[[SUMS:.*]]:2 = scf.for %[[WORD:.*]] = %c0 to %c2 step %c1 iter_args(%[[P0:.*]] = %[[NONE]], %[[P1:.*]] = %[[NONE]])
// CHECK:               %[[BITS:.*]] = vector.transfer_read %[[WORDS]][%[[BLOCK]], %[[WORD]], %c0], {{.*}} {in_bounds = [true]} : tensor<2x2x32xi16>, vector<32xi16>
// CHECK:               scf.for %[[J:.*]] = %c0 to %c8 step %c1 iter_args(%[[B:.*]] = %[[BITS]], %[[S0:.*]] = %[[P0]], %[[S1:.*]] = %[[P1]])
// CHECK-NEXT:            %[[AND1:.*]] = arith.andi %[[B]], %[[ONE]]
// CHECK-NEXT:            %[[PLUS:.*]] = arith.cmpi ne, %[[AND1]], %[[NONE]]
// CHECK-NEXT:            %[[AND2:.*]] = arith.andi %[[B]], %[[TWO]]
// CHECK-NEXT:            %[[MINUS:.*]] = arith.cmpi ne, %[[AND2]], %[[NONE]]
// CHECK-NEXT:            %[[K:.*]] = affine.apply {{.*}}(%[[WORD]], %[[J]])
// CHECK-NEXT:            %[[NEXT:.*]] = arith.shrui %[[B]], %[[TWO]]
// CHECK-NEXT:            %[[A0:.*]] = tensor.extract %[[ACT]][%[[T]], %[[K]]]
// CHECK-NEXT:            %[[V0:.*]] = vector.broadcast %[[A0]] : i16 to vector<32xi16>
// CHECK-NEXT:            %[[ADD0:.*]] = arith.select %[[PLUS]], %[[V0]], %[[NONE]]
// CHECK-NEXT:            %[[SUB0:.*]] = arith.select %[[MINUS]], %[[V0]], %[[NONE]]
// CHECK-NEXT:            %[[ADDED0:.*]] = arith.addi %[[S0]], %[[ADD0]]
// CHECK-NEXT:            %[[R0:.*]] = arith.subi %[[ADDED0]], %[[SUB0]]
// CHECK:                 %[[A1:.*]] = tensor.extract %[[ACT]][%[[T1]], %[[K]]]
// CHECK:                 %[[R1:.*]] = arith.subi
// CHECK-NEXT:            scf.yield %[[NEXT]], %[[R0]], %[[R1]] : vector<32xi16>, vector<32xi16>, vector<32xi16>
// The sums of sixteen k fit an i16; then they are added in i32.
// CHECK:             %[[WIDE0:.*]] = arith.extsi %[[SUMS]]#0 : vector<32xi16> to vector<32xi32>
// CHECK:             %[[SUM0:.*]] = arith.addi {{.*}}%[[WIDE0]]
// CHECK:             %[[WIDE1:.*]] = arith.extsi %[[SUMS]]#1 : vector<32xi16> to vector<32xi32>
// CHECK:             %[[SUM1:.*]] = arith.addi {{.*}}%[[WIDE1]]
// CHECK:             %[[WRITE:.*]] = vector.transfer_write %[[SUM0]], %[[TILE]][%[[T]], %c0]
// CHECK:             vector.transfer_write %[[SUM1]], %[[WRITE]][%[[T1]], %c0]
// The rest of the tokens, one by one.
// CHECK:           %[[REST:.*]] = scf.for %{{.*}} = %[[TILED]] to %[[N]] step %c1 iter_args(%{{.*}} = %[[PART]])
// CHECK:           tensor.insert_slice %[[REST]] into %[[DEST]][0, %{{.*}}] [%[[N]], 32] [1, 1]
func.func @integers(%x: tensor<?x16xi8>, %w: tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x64xi32>) -> tensor<?x64xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x16xi8>, tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x64xi32>) -> tensor<?x64xi32>
  return %0 : tensor<?x64xi32>
}

// -----

// Floats are summed in their own type; a trit of 0 adds x - x, which is NaN of
// what is not finite. Half the tile: floats take twice the registers.

// CHECK-LABEL: func @floats(
// CHECK:         scf.for %[[WORD:.*]] = %c0 to %c2 step %c1 iter_args(%[[S:.*]] = %{{.*}}) -> (vector<32xf32>)
// CHECK:           %[[BITS16:.*]] = vector.transfer_read {{.*}} vector<32xi16>
// CHECK:           %[[BITS:.*]] = arith.extui %[[BITS16]] : vector<32xi16> to vector<32xi32>
// CHECK:           scf.for %[[J:.*]] = %c0 to %c8 step %c1 iter_args(%[[B:.*]] = %[[BITS]], %[[SUM:.*]] = %[[S]])
// CHECK:             %[[PLUS:.*]] = arith.cmpi ne
// CHECK:             %[[MINUS:.*]] = arith.cmpi ne
// CHECK:             %[[V:.*]] = vector.broadcast %{{.*}} : f32 to vector<32xf32>
// CHECK-NEXT:        %[[NONE:.*]] = arith.subf %[[V]], %[[V]]
// CHECK-NEXT:        %[[NEG:.*]] = arith.negf %[[V]]
// CHECK-NEXT:        %[[A:.*]] = arith.select %[[MINUS]], %[[NEG]], %[[NONE]]
// CHECK-NEXT:        %[[B1:.*]] = arith.select %[[PLUS]], %[[V]], %[[A]]
// CHECK-NEXT:        %[[R:.*]] = arith.addf %[[SUM]], %[[B1]]
// CHECK-NEXT:        scf.yield %{{.*}}, %[[R]]
func.func @floats(%x: tensor<?x16xf32>, %w: tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = mml.contract ins(%x, %w : tensor<?x16xf32>, tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

// Tails: 20 products are two words and four of the third, 70 outputs are two
// blocks and six of the third.

// CHECK-LABEL: func @tails(
// CHECK:         mml.storage {{.*}} -> tensor<3x3x32xi16>
// CHECK:         %[[BLOCKS:.*]] = scf.for %{{.*}} = %c0 to %c2 step %c1 iter_args
// CHECK:           scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c8 step %c1
// CHECK:           vector.transfer_read %{{.*}}[%{{.*}}, %c2, %c0]
// CHECK:           scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK:         tensor.extract_slice %[[BLOCKS]][0, 64] [%{{.*}}, 6] [1, 1]
// CHECK:           vector.transfer_read %{{.*}} : tensor<?x6xi32>, vector<6xi32>
// CHECK:           vector.insert_strided_slice %{{.*}} {offsets = [0], strides = [1]} : vector<6xi32> into vector<32xi32>
// CHECK:             vector.transfer_read %{{.*}}[%c2, %{{.*}}, %c0]
// CHECK:           vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [6], strides = [1]}
// CHECK:           vector.transfer_write %{{.*}} : vector<6xi32>, tensor<?x6xi32>
// CHECK:         tensor.insert_slice %{{.*}} into %[[BLOCKS]][0, 64] [%{{.*}}, 6] [1, 1]
func.func @tails(%x: tensor<?x20xi8>, %w: tensor<20x70x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x70xi32>) -> tensor<?x70xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x20xi8>, tensor<20x70x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x70xi32>) -> tensor<?x70xi32>
  return %0 : tensor<?x70xi32>
}

// Fewer products than a word has, fewer outputs than a block: no loops over
// either.
// CHECK-LABEL: func @small(
// CHECK:         mml.storage {{.*}} -> tensor<1x1x4xi16>
// CHECK:         scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK:         vector.transfer_write %{{.*}} : vector<2xi32>, tensor<2x2xi32>
func.func @small(%x: tensor<2x3xi8>, %w: tensor<3x2x!mml.trit, #mml.tiled<rows = 4>>, %out: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<2x3xi8>, tensor<3x2x!mml.trit, #mml.tiled<rows = 4>>) outs(%out : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}

// -----

// How many words are summed in i16 follows from the bound: 31 * 8 * 128 and
// 32 * 8 * 127 fit, one word more does not.

// CHECK-LABEL: func @bound_128(
// CHECK:         scf.for %[[FIRST:.*]] = %c0 to %c40 step %c31
// CHECK:           %[[LAST:.*]] = affine.min #[[$MIN:.*]](%[[FIRST]])
// CHECK:           scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] step %c1
// CHECK:           arith.extsi %{{.*}} : vector<32xi16> to vector<32xi32>
func.func @bound_128(%x: tensor<?x320xi8>, %w: tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x32xi32>) -> tensor<?x32xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x320xi8>, tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}
// CHECK-LABEL: func @bound_127(
// CHECK:         scf.for %{{.*}} = %c0 to %c40 step %c32
func.func @bound_127(%x: tensor<?x320xi8>, %w: tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x32xi32>) -> tensor<?x32xi32> {
  %0 = mml.contract bound(127) ins(%x, %w : tensor<?x320xi8>, tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}
// With a bound of 100 all forty words are summed in i16.
// CHECK-LABEL: func @bound_100(
// CHECK-NOT:     affine.min
// CHECK:         scf.for %{{.*}} = %c0 to %c40 step %c1
func.func @bound_100(%x: tensor<?x320xi8>, %w: tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x32xi32>) -> tensor<?x32xi32> {
  %0 = mml.contract bound(100) ins(%x, %w : tensor<?x320xi8>, tensor<320x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}

// -----

// A destination of zeros is not read.

// CHECK-LABEL: func @zeros(
// CHECK-NOT:     linalg.fill
// CHECK:         %[[EMPTY:.*]] = tensor.empty
// CHECK-NOT:     vector.transfer_read {{.*}} vector<32xi32>
// CHECK:         return
func.func @zeros(%x: tensor<?x16xi8>, %w: tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>) -> tensor<?x32xi32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %n = tensor.dim %x, %c0 : tensor<?x16xi8>
  %empty = tensor.empty(%n) : tensor<?x32xi32>
  %out = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x32xi32>) -> tensor<?x32xi32>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x16xi8>, tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}

// Another value is.
// CHECK-LABEL: func @ones(
// CHECK:         linalg.fill
// CHECK:         vector.transfer_read {{.*}} vector<32xi32>
func.func @ones(%x: tensor<?x16xi8>, %w: tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>) -> tensor<?x32xi32> {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i32
  %n = tensor.dim %x, %c0 : tensor<?x16xi8>
  %empty = tensor.empty(%n) : tensor<?x32xi32>
  %out = linalg.fill ins(%one : i32) outs(%empty : tensor<?x32xi32>) -> tensor<?x32xi32>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x16xi8>, tensor<16x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %0 : tensor<?x32xi32>
}

// -----

// Blocks of a large kernel are the iterations of a parallel loop.

// CHECK-LABEL: func @parallel(
// CHECK:         scf.forall (%[[BLOCK:.*]]) in (16) shared_outs(%[[DEST:.*]] = %arg2)
// CHECK:           tensor.extract_slice %[[DEST]][0, %[[OFFSET:.*]]] [%{{.*}}, 32] [1, 1]
// CHECK:           scf.forall.in_parallel
// CHECK:             tensor.parallel_insert_slice %{{.*}} into %[[DEST]][0, %[[OFFSET]]] [%{{.*}}, 32] [1, 1]
func.func @parallel(%x: tensor<?x512xi8>, %w: tensor<512x512x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x512xi32>) -> tensor<?x512xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x512xi8>, tensor<512x512x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x512xi32>) -> tensor<?x512xi32>
  return %0 : tensor<?x512xi32>
}

// Dynamic sizes that the layout says.
// CHECK-LABEL: func @dynamic(
// CHECK:         tensor.extract_slice {{.*}} : tensor<?x?xi32> to tensor<?x32xi32>
func.func @dynamic(%x: tensor<?x?xi8>, %w: tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x?xi8>, tensor<16x64x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<?x?xi32>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// Where a size is 0 nothing is added.
// CHECK-LABEL: func @empty(
// CHECK-SAME:    %{{.*}}, %{{.*}}, %{{.*}}, %[[A:.*]]: tensor<0x8xi32>, %{{.*}}, %[[B:.*]]: tensor<2x8xi32>
// CHECK-NEXT:    return %[[A]], %[[B]]
func.func @empty(%x: tensor<0x4xi8>, %w: tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>, %y: tensor<2x0xi8>,
                 %a: tensor<0x8xi32>, %v: tensor<0x8x!mml.trit, #mml.tiled<rows = 32>>, %b: tensor<2x8xi32>)
    -> (tensor<0x8xi32>, tensor<2x8xi32>) {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<0x4xi8>, tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>) outs(%a : tensor<0x8xi32>) -> tensor<0x8xi32>
  %1 = mml.contract bound(128) ins(%y, %v : tensor<2x0xi8>, tensor<0x8x!mml.trit, #mml.tiled<rows = 32>>) outs(%b : tensor<2x8xi32>) -> tensor<2x8xi32>
  return %0, %1 : tensor<0x8xi32>, tensor<2x8xi32>
}

// -----

// A batch: the kernel of each element, and its rows.
// CHECK-LABEL: func @batch(
// CHECK:         scf.for
// CHECK:           scf.for
func.func @batch(%x: tensor<3x?x16xi8>, %w: tensor<3x16x32x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<3x?x32xi32>) -> tensor<3x?x32xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<3x?x16xi8>, tensor<3x16x32x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<3x?x32xi32>) -> tensor<3x?x32xi32>
  return %0 : tensor<3x?x32xi32>
}
