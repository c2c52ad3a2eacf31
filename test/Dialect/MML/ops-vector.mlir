// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s

// CHECK-LABEL: func @byte_dot(
func.func @byte_dot(%wide: vector<16xi32>, %pairs: vector<16xi16>,
                    %bytes: vector<64xi8>, %half: vector<32xi8>) {
  // CHECK: mml.byte_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi32>, vector<64xi8>
  %0 = mml.byte_dot %wide, %bytes, %bytes : vector<16xi32>, vector<64xi8>
  // CHECK: mml.byte_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi16>, vector<32xi8>
  %1 = mml.byte_dot %pairs, %half, %half : vector<16xi16>, vector<32xi8>
  return
}

// CHECK-LABEL: func @word_dot(
func.func @word_dot(%wide: vector<16xi32>, %words: vector<32xi16>,
                    %half: vector<8xi32>, %few: vector<16xi16>) {
  // CHECK: mml.word_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi32>, vector<32xi16>
  %0 = mml.word_dot %wide, %words, %words : vector<16xi32>, vector<32xi16>
  // CHECK: mml.word_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<8xi32>, vector<16xi16>
  %1 = mml.word_dot %half, %few, %few : vector<8xi32>, vector<16xi16>
  return
}

// CHECK-LABEL: func @lookup(
func.func @lookup(%table: vector<32xi8>, %wide: vector<64xi8>,
                  %half: vector<32xi8>, %quarter: vector<16xi8>) {
  // CHECK: mml.lookup vpermb %{{.*}}, %{{.*}} : vector<32xi8>, vector<64xi8>
  %0 = mml.lookup vpermb %table, %wide : vector<32xi8>, vector<64xi8>
  // CHECK: mml.lookup pshufb %{{.*}}, %{{.*}} : vector<32xi8>, vector<32xi8>
  %1 = mml.lookup pshufb %table, %half : vector<32xi8>, vector<32xi8>
  // CHECK: mml.lookup tbl %{{.*}}, %{{.*}} : vector<32xi8>, vector<16xi8>
  %2 = mml.lookup tbl %table, %quarter : vector<32xi8>, vector<16xi8>
  // CHECK: mml.lookup portable %{{.*}}, %{{.*}} : vector<32xi8>, vector<16xi8>
  %3 = mml.lookup portable %table, %quarter : vector<32xi8>, vector<16xi8>
  return
}

// CHECK-LABEL: func @lookup_floats(
func.func @lookup_floats(%table: vector<32xf32>, %words: vector<16xi32>) -> vector<16xf32> {
  // CHECK: mml.lookup vpermi2ps %{{.*}}, %{{.*}} : vector<32xf32>, vector<16xi32>
  %0 = mml.lookup vpermi2ps %table, %words : vector<32xf32>, vector<16xi32>
  // CHECK: mml.lookup portable %{{.*}}, %{{.*}} : vector<32xf32>, vector<16xi32>
  %1 = mml.lookup portable %table, %words : vector<32xf32>, vector<16xi32>
  return %1 : vector<16xf32>
}

// CHECK-LABEL: func @lookup_words(
func.func @lookup_words(%table: vector<32xi16>, %indices: vector<32xi16>) {
  // CHECK: mml.lookup vpermw %{{.*}}, %{{.*}} : vector<32xi16>, vector<32xi16>
  %0 = mml.lookup vpermw %table, %indices : vector<32xi16>, vector<32xi16>
  // CHECK: mml.lookup portable %{{.*}}, %{{.*}} : vector<32xi16>, vector<32xi16>
  %1 = mml.lookup portable %table, %indices : vector<32xi16>, vector<32xi16>
  return
}
