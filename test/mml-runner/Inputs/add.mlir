// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// y = x + w for rows of four, with w = [1, 2, 3, 4], in the LLVM dialect.

llvm.func @malloc(i64) -> !llvm.ptr
llvm.mlir.global external @w() {addr_space = 0 : i32, mml.resource = dense_resource<w> : tensor<4xf32>} : !llvm.array<4 x f32>
llvm.func @main(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64, %arg3: i64, %arg4: i64, %arg5: i64, %arg6: i64) -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)> attributes {llvm.emit_c_interface, mml.input_names = ["x"], mml.macs = 16 : i64, mml.output_names = ["y"], mml.signature = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
  %0 = llvm.mlir.addressof @w : !llvm.ptr
  %1 = llvm.mlir.zero : !llvm.ptr
  %2 = llvm.mlir.constant(4 : index) : i64
  %3 = llvm.mlir.constant(1 : index) : i64
  %4 = llvm.mlir.constant(0 : index) : i64
  %5 = llvm.mlir.poison : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %6 = llvm.getelementptr %0[0, 0] : (!llvm.ptr) -> !llvm.ptr, !llvm.array<4 x f32>
  %7 = llvm.mul %arg3, %2 : i64
  %8 = llvm.getelementptr %1[%7] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %9 = llvm.ptrtoint %8 : !llvm.ptr to i64
  %10 = llvm.call @malloc(%9) : (i64) -> !llvm.ptr
  %11 = llvm.insertvalue %10, %5[0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %12 = llvm.insertvalue %10, %11[1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %13 = llvm.insertvalue %4, %12[2] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %14 = llvm.insertvalue %arg3, %13[3, 0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %15 = llvm.insertvalue %2, %14[3, 1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %16 = llvm.insertvalue %2, %15[4, 0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %17 = llvm.insertvalue %3, %16[4, 1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  llvm.br ^bb1(%4 : i64)
^bb1(%18: i64):  // 2 preds: ^bb0, ^bb5
  %19 = llvm.icmp "slt" %18, %arg3 : i64
  llvm.cond_br %19, ^bb2, ^bb6
^bb2:  // pred: ^bb1
  llvm.br ^bb3(%4 : i64)
^bb3(%20: i64):  // 2 preds: ^bb2, ^bb4
  %21 = llvm.icmp "slt" %20, %2 : i64
  llvm.cond_br %21, ^bb4, ^bb5
^bb4:  // pred: ^bb3
  %22 = llvm.mul %18, %2 overflow<nsw, nuw> : i64
  %23 = llvm.add %22, %20 overflow<nsw, nuw> : i64
  %24 = llvm.getelementptr inbounds|nuw %arg1[%23] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %25 = llvm.load %24 : !llvm.ptr -> f32
  %26 = llvm.getelementptr inbounds|nuw %6[%20] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %27 = llvm.load %26 : !llvm.ptr -> f32
  %28 = llvm.fadd %25, %27 : f32
  %29 = llvm.getelementptr inbounds|nuw %10[%23] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  llvm.store %28, %29 : f32, !llvm.ptr
  %30 = llvm.add %20, %3 : i64
  llvm.br ^bb3(%30 : i64)
^bb5:  // pred: ^bb3
  %31 = llvm.add %18, %3 : i64
  llvm.br ^bb1(%31 : i64)
^bb6:  // pred: ^bb1
  llvm.return %17 : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
}
llvm.func @_mlir_ciface_main(%arg0: !llvm.ptr, %arg1: !llvm.ptr) attributes {llvm.emit_c_interface, mml.input_names = ["x"], mml.macs = 16 : i64, mml.output_names = ["y"], mml.signature = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
  %0 = llvm.load %arg1 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %1 = llvm.extractvalue %0[0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %2 = llvm.extractvalue %0[1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %3 = llvm.extractvalue %0[2] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %4 = llvm.extractvalue %0[3, 0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %5 = llvm.extractvalue %0[3, 1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %6 = llvm.extractvalue %0[4, 0] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %7 = llvm.extractvalue %0[4, 1] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %8 = llvm.call @main(%1, %2, %3, %4, %5, %6, %7) : (!llvm.ptr, !llvm.ptr, i64, i64, i64, i64, i64) -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  llvm.store %8, %arg0 : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>, !llvm.ptr
  llvm.return
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x400000000000803F000000400000404000008040"
    }
  }
#-}
