//===- KernelNotes.cpp - Kernels other than those asked for ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelNotes.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <memory>
#include <string>

using namespace mml::runner;
using llvm::StringRef;

namespace {
/// Collects what the pass that chooses kernels remarks.
class Collector : public mlir::remark::detail::MLIRRemarkStreamerBase {
public:
  void
  streamOptimizationRemark(const mlir::remark::detail::Remark &remark) override;
  void finalize() override;

private:
  /// Layers with one kernel for one reason.
  struct Layers {
    std::string first;
    unsigned count = 0;
  };
  std::map<std::string, Layers> notes;
};
} // namespace

void Collector::streamOptimizationRemark(
    const mlir::remark::detail::Remark &remark) {
  std::string text;
  for (const auto &argument : remark.getArgs())
    text += argument.val;
  // What is predicted is another number for each layer.
  text.resize(std::min(text.size(), text.find(", predicted")));
  Layers &layers = notes[text];
  if (layers.count++ == 0)
    if (auto name = remark.getLocation()->findInstanceOf<mlir::NameLoc>())
      layers.first = name.getName().str();
}

void Collector::finalize() {
  for (const auto &[text, layers] : notes) {
    llvm::errs() << "mml-runner: ";
    if (!layers.first.empty())
      llvm::errs() << "layer '" << layers.first << "'";
    else
      llvm::errs() << "a contraction";
    if (layers.count > 1)
      llvm::errs() << " and " << layers.count - 1 << " more";
    llvm::errs() << ": " << text << '\n';
  }
}

KernelNotes::KernelNotes(mlir::MLIRContext &context) : context(context) {
  mlir::remark::RemarkCategories categories;
  categories.missed = "mml-pack-weights";
  // Fails for a file that cannot be opened, of which there is none.
  (void)mlir::remark::enableOptimizationRemarks(
      context, std::make_unique<Collector>(),
      std::make_unique<mlir::remark::RemarkEmittingPolicyAll>(), categories);
}

KernelNotes::~KernelNotes() { context.setRemarkEngine(nullptr); }
