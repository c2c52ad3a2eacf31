// RUN: mml-opt %s --mml-lower-math=expand-roundeven=true | FileCheck %s

// CHECK-LABEL: func.func @vectors(
// CHECK-SAME: %[[X:.*]]: vector<4xf32>
// CHECK: %[[MAGIC:.*]] = arith.constant dense<0x4B000000> : vector<4xf32>
// CHECK: %[[ABS:.*]] = math.absf %[[X]]
// CHECK: %[[SUM:.*]] = arith.addf %[[ABS]], %[[MAGIC]]
// CHECK: %[[ROUNDED:.*]] = arith.subf %[[SUM]], %[[MAGIC]]
// CHECK: %[[SIGNED:.*]] = math.copysign %[[ROUNDED]], %[[X]]
// CHECK: %[[HAS_FRACTION:.*]] = arith.cmpf olt, %[[ABS]], %[[MAGIC]]
// CHECK: arith.select %[[HAS_FRACTION]], %[[SIGNED]], %[[X]]
func.func @vectors(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = math.roundeven %x : vector<4xf32>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func.func @doubles(
// CHECK: math.roundeven
func.func @doubles(%x: vector<4xf64>) -> vector<4xf64> {
  %0 = math.roundeven %x : vector<4xf64>
  return %0 : vector<4xf64>
}
