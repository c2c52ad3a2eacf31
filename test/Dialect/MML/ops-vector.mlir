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
