// RUN: mml-opt %s --convert-to-llvm | FileCheck %s

// Lookups become the instruction that they name.

// CHECK-LABEL: llvm.func @vpermb(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xi8>, %[[WIDE:.*]]: vector<64xi8>,
// CHECK-SAME:    %[[HALF:.*]]: vector<32xi8>, %[[QUARTER:.*]]: vector<16xi8>)
func.func @vpermb(%table: vector<32xi8>, %wide: vector<64xi8>,
                  %half: vector<32xi8>, %quarter: vector<16xi8>)
    -> (vector<64xi8>, vector<32xi8>, vector<16xi8>) {
  // Two copies of the table, and the sixth bit of an index is of no matter.
  // CHECK: %[[TWICE:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [0, 1, {{.*}}, 31, 0, 1, {{.*}}, 31]
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.512"(%[[TWICE]], %[[WIDE]])
  %0 = mml.lookup vpermb %table, %wide : vector<32xi8>, vector<64xi8>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.256"(%[[TABLE]], %[[HALF]])
  %1 = mml.lookup vpermb %table, %half : vector<32xi8>, vector<32xi8>
  // CHECK: %[[LOW:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [0, 1, {{.*}}, 15]
  // CHECK: %[[HIGH:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [16, 17, {{.*}}, 31]
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.128"(%[[LOW]], %[[QUARTER]], %[[HIGH]])
  %2 = mml.lookup vpermb %table, %quarter : vector<32xi8>, vector<16xi8>
  return %0, %1, %2 : vector<64xi8>, vector<32xi8>, vector<16xi8>
}

// CHECK-LABEL: llvm.func @pshufb(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xi8>, %[[WIDE:.*]]: vector<64xi8>,
// CHECK-SAME:    %[[HALF:.*]]: vector<32xi8>, %[[QUARTER:.*]]: vector<16xi8>)
func.func @pshufb(%table: vector<32xi8>, %wide: vector<64xi8>,
                  %half: vector<32xi8>, %quarter: vector<16xi8>)
    -> (vector<64xi8>, vector<32xi8>, vector<16xi8>) {
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.pshuf.b.512"
  %0 = mml.lookup pshufb %table, %wide : vector<32xi8>, vector<64xi8>
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"
  %1 = mml.lookup pshufb %table, %half : vector<32xi8>, vector<32xi8>
  // Either of the two indices of a lane has its highest bit set.
  // CHECK-DAG: %[[C31:.*]] = llvm.mlir.constant(dense<31> : vector<16xi8>)
  // CHECK-DAG: %[[C112:.*]] = llvm.mlir.constant(dense<112> : vector<16xi8>)
  // CHECK-DAG: %[[C16:.*]] = llvm.mlir.constant(dense<16> : vector<16xi8>)
  // CHECK-DAG: %[[INDEX:.*]] = llvm.and %[[QUARTER]], %[[C31]]
  // CHECK-DAG: %[[BELOW:.*]] = llvm.add %[[INDEX]], %[[C112]]
  // CHECK-DAG: %[[ABOVE:.*]] = llvm.sub %[[INDEX]], %[[C16]]
  // CHECK-DAG: %[[LOW:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [0, 1, {{.*}}, 15]
  // CHECK-DAG: %[[HIGH:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [16, 17, {{.*}}, 31]
  // CHECK-DAG: %[[A:.*]] = llvm.call_intrinsic "llvm.x86.ssse3.pshuf.b.128"(%[[LOW]], %[[BELOW]])
  // CHECK-DAG: %[[B:.*]] = llvm.call_intrinsic "llvm.x86.ssse3.pshuf.b.128"(%[[HIGH]], %[[ABOVE]])
  // CHECK: llvm.or
  %2 = mml.lookup pshufb %table, %quarter : vector<32xi8>, vector<16xi8>
  return %0, %1, %2 : vector<64xi8>, vector<32xi8>, vector<16xi8>
}

// CHECK-LABEL: llvm.func @tbl(
func.func @tbl(%table: vector<32xi8>, %wide: vector<64xi8>,
               %quarter: vector<16xi8>) -> (vector<64xi8>, vector<16xi8>) {
  // CHECK-COUNT-4: llvm.call_intrinsic "llvm.aarch64.neon.tbl2.v16i8"
  // CHECK-COUNT-2: llvm.shufflevector %{{.*}} [0, 1, {{.*}}, 31] : vector<16xi8>
  // CHECK:         llvm.shufflevector %{{.*}} [0, 1, {{.*}}, 63] : vector<32xi8>
  %0 = mml.lookup tbl %table, %wide : vector<32xi8>, vector<64xi8>
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.tbl2.v16i8"
  // CHECK-NOT: llvm.call_intrinsic
  %1 = mml.lookup tbl %table, %quarter : vector<32xi8>, vector<16xi8>
  return %0, %1 : vector<64xi8>, vector<16xi8>
}

// CHECK-LABEL: llvm.func @portable(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xi8>
func.func @portable(%table: vector<32xi8>, %indices: vector<16xi8>)
    -> vector<16xi8> {
  // CHECK: %[[MASKED:.*]] = llvm.and
  // CHECK: %[[LANE:.*]] = llvm.mlir.constant(15 : i64)
  // CHECK: %[[INDEX:.*]] = llvm.extractelement %[[MASKED]][%[[LANE]] : i64]
  // CHECK: %[[BYTE:.*]] = llvm.extractelement %[[TABLE]][%[[INDEX]] : i8]
  // CHECK: llvm.insertelement %[[BYTE]], %{{.*}}[%[[LANE]] : i64]
  %0 = mml.lookup portable %table, %indices : vector<32xi8>, vector<16xi8>
  return %0 : vector<16xi8>
}

// CHECK-LABEL: llvm.func @vpermi2ps(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xf32>, %[[WORDS:.*]]: vector<16xi32>)
func.func @vpermi2ps(%table: vector<32xf32>, %words: vector<16xi32>) -> vector<16xf32> {
  // CHECK-DAG: %[[LOW:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [0, 1, {{.*}}, 15]
  // CHECK-DAG: %[[HIGH:.*]] = llvm.shufflevector %[[TABLE]], %[[TABLE]] [16, 17, {{.*}}, 31]
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.ps.512"(%[[LOW]], %[[WORDS]], %[[HIGH]]) : (vector<16xf32>, vector<16xi32>, vector<16xf32>) -> vector<16xf32>
  %0 = mml.lookup vpermi2ps %table, %words : vector<32xf32>, vector<16xi32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: llvm.func @portable_floats(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xf32>, %[[WORDS:.*]]: vector<16xi32>)
func.func @portable_floats(%table: vector<32xf32>, %words: vector<16xi32>) -> vector<16xf32> {
  // CHECK: %[[MASKED:.*]] = llvm.and %[[WORDS]]
  // CHECK: %[[LANE:.*]] = llvm.mlir.constant(15 : i64)
  // CHECK: %[[INDEX:.*]] = llvm.extractelement %[[MASKED]][%[[LANE]] : i64]
  // CHECK: %[[SUM:.*]] = llvm.extractelement %[[TABLE]][%[[INDEX]] : i32]
  // CHECK: llvm.insertelement %[[SUM]], %{{.*}}[%[[LANE]] : i64] : vector<16xf32>
  %0 = mml.lookup portable %table, %words : vector<32xf32>, vector<16xi32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: llvm.func @words(
// CHECK-SAME:    %[[TABLE:.*]]: vector<32xi16>, %[[INDICES:.*]]: vector<32xi16>
func.func @words(%table: vector<32xi16>, %indices: vector<32xi16>) -> (vector<32xi16>, vector<32xi16>) {
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"(%[[TABLE]], %[[INDICES]])
  %0 = mml.lookup vpermw %table, %indices : vector<32xi16>, vector<32xi16>
  // CHECK: llvm.and %[[INDICES]]
  // CHECK: llvm.extractelement %[[TABLE]]
  %1 = mml.lookup portable %table, %indices : vector<32xi16>, vector<32xi16>
  return %0, %1 : vector<32xi16>, vector<32xi16>
}
