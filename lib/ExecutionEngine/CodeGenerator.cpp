//===- CodeGenerator.cpp - From the LLVM dialect to machine code ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/CodeGenerator.h"

#include "Runtime.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/ArmNeon/ArmNeonToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mml::engine;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

/// Registers the targets that we compile for, once a process.
static void initializeTargets() {
  static const bool once = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    return true;
  }();
  (void)once;
}

/// What this process is compiled for.
static llvm::Triple getHostTriple() {
  return llvm::Triple(llvm::sys::getProcessTriple());
}

/// The triple of `spec`, of an architecture that we compile for: 64 bits in a
/// pointer and the lowest byte first.
static Expected<llvm::Triple> getTriple(const TargetSpec &spec) {
  if (spec.triple.empty())
    return getHostTriple();
  llvm::Triple triple(llvm::Triple::normalize(spec.triple));
  bool hasWidePointers =
      !triple.isX32() && triple.getEnvironment() != llvm::Triple::GNUILP32;
  if (!hasWidePointers || (triple.getArch() != llvm::Triple::x86_64 &&
                           triple.getArch() != llvm::Triple::aarch64))
    return createStringError("expected a target triple of x86_64 or aarch64 "
                             "but got '" +
                             spec.triple + "'");
  // Others crash LLVM.
  if (!triple.isOSBinFormatELF() && !triple.isOSBinFormatMachO() &&
      !(triple.isOSBinFormatCOFF() && triple.isOSWindows()))
    return createStringError("expected a target triple whose object files are "
                             "ELF, Mach-O or those of Windows but got '" +
                             spec.triple + "'");
  return triple;
}

/// LLVM only warns of names that it does not know, and goes on without them.
static Error checkNames(const llvm::MCSubtargetInfo &known, StringRef cpu,
                        StringRef features) {
  if (!known.isCPUStringValid(cpu))
    return createStringError("unknown processor '" + cpu + "'");
  llvm::SubtargetFeatures asked(features);
  for (const std::string &feature : asked.getFeatures()) {
    StringRef name(feature);
    bool hasSign = name.consume_front("+") || name.consume_front("-");
    if (!hasSign ||
        llvm::none_of(known.getAllProcessorFeatures(),
                      [&](const llvm::SubtargetFeatureKV &candidate) {
                        return name == candidate.Key;
                      }))
      return createStringError("unknown processor feature '" + feature +
                               "', expected names after '+' or '-'");
  }
  return Error::success();
}

Expected<CodeGenerator> CodeGenerator::create(const TargetSpec &spec) {
  initializeTargets();
  Expected<llvm::Triple> triple = getTriple(spec);
  if (!triple)
    return triple.takeError();
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(*triple, message);
  if (!target)
    return createStringError("target '" + triple->str() +
                             "' is not supported: " + message);

  llvm::Triple host = getHostTriple();
  bool isHostArch = triple->getArch() == host.getArch();
  if (spec.cpu == "native" && !isHostArch)
    return createStringError("expected a processor for target '" +
                             triple->str() +
                             "' but got 'native', which is "
                             "this machine's of " +
                             host.getArchName());
  bool isNative = isHostArch && (spec.cpu.empty() || spec.cpu == "native");
  std::string cpu = spec.cpu;
  if (isNative)
    cpu = llvm::sys::getHostCPUName().str();
  else if (cpu.empty())
    cpu = triple->isX86() ? "x86-64" : "generic";
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(*triple, "", ""));
  if (!known)
    return createStringError("target '" + triple->str() + "' is not supported");
  if (Error error = checkNames(*known, cpu, spec.features))
    return std::move(error);

  llvm::SubtargetFeatures features;
  if (isNative)
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      features.AddFeature(
          feature.first(),
          feature.second &&
              (!feature.first().starts_with("amx-") || allowMatrixRegisters()));
  llvm::SubtargetFeatures asked(spec.features);
  for (const std::string &feature : asked.getFeatures())
    features.AddFeature(feature);

  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      *triple, cpu, features.getString(), llvm::TargetOptions(),
      llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return createStringError("target '" + triple->str() + "' is not supported");
  return CodeGenerator(std::move(machine), isNative && spec.triple.empty());
}

Error CodeGenerator::checkRunsHere() const {
  const llvm::Triple &triple = machine->getTargetTriple();
  llvm::Triple here = getHostTriple();
  if (triple.getArch() != here.getArch() || triple.getOS() != here.getOS())
    return createStringError("cannot run code for '" + triple.str() +
                             "' here: this machine is '" + here.str() + "'");
  const llvm::MCSubtargetInfo &used = *machine->getMCSubtargetInfo();
  llvm::StringMap<bool, llvm::MallocAllocator> host =
      llvm::sys::getHostCPUFeatures();
  for (const llvm::SubtargetFeatureKV &feature :
       used.getAllProcessorFeatures()) {
    auto known = host.find(feature.Key);
    if (known != host.end() && !known->second &&
        used.getFeatureBits().test(feature.Value))
      return createStringError(
          "cannot run code for processor '" + machine->getTargetCPU() +
          "' here: this machine lacks the feature '" + feature.Key + "'");
  }
  if (hasFeature("amx-tile") && !allowMatrixRegisters())
    return createStringError("cannot run code for processor '" +
                             machine->getTargetCPU() +
                             "' here: the system gives no matrix registers");
  return Error::success();
}

unsigned CodeGenerator::getVectorBits() const {
  // LLVM answers for a function, as each may have a processor of its own.
  llvm::LLVMContext context;
  llvm::Module module("", context);
  module.setDataLayout(machine->createDataLayout());
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), false),
      llvm::GlobalValue::ExternalLinkage, "", module);
  unsigned bits =
      machine->getTargetTransformInfo(*function)
          .getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector)
          .getFixedValue();
  return std::clamp(bits, 128u, 512u);
}

bool CodeGenerator::hasFeature(StringRef feature) const {
  const llvm::MCSubtargetInfo &info = *machine->getMCSubtargetInfo();
  for (const llvm::SubtargetFeatureKV &known : info.getAllProcessorFeatures())
    if (feature == known.Key)
      return info.getFeatureBits().test(known.Value);
  return false;
}

//===----------------------------------------------------------------------===//
// Translation
//===----------------------------------------------------------------------===//

void mml::engine::registerTranslations(mlir::DialectRegistry &registry) {
  mlir::registerArmNeonDialectTranslation(registry);
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerGPUDialectTranslation(registry);
  mlir::gpu::registerOffloadingLLVMTranslationInterfaceExternalModels(registry);
  mlir::registerLLVMDialectTranslation(registry);
  mlir::registerOpenMPDialectTranslation(registry);
}

/// What cannot become the declaration of a symbol that the loader defines.
static Error checkResourceGlobal(mlir::LLVM::GlobalOp global) {
  if (global.getValueAttr() || global.getInitializerBlock())
    return createStringError("global '@" + global.getSymName() +
                             "' has both '" + resourceAttrName +
                             "' and an initial value");
  if (global.getLinkage() != mlir::LLVM::Linkage::External)
    return createStringError("global '@" + global.getSymName() + "' has '" +
                             resourceAttrName +
                             "' and so has to have external linkage");
  return Error::success();
}

Expected<std::unique_ptr<llvm::Module>>
CodeGenerator::translate(mlir::ModuleOp module,
                         llvm::LLVMContext &context) const {
  llvm::SmallVector<mlir::LLVM::GlobalOp> resources;
  for (auto global : module.getOps<mlir::LLVM::GlobalOp>()) {
    if (!global->hasAttr(resourceAttrName))
      continue;
    if (Error error = checkResourceGlobal(global))
      return std::move(error);
    resources.push_back(global);
  }

  mlir::DialectRegistry registry;
  registerTranslations(registry);
  module->getContext()->appendDialectRegistry(registry);

  std::string message;
  mlir::ScopedDiagnosticHandler handler(
      module->getContext(), [&](mlir::Diagnostic &diagnostic) {
        if (message.empty() &&
            diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
          message = diagnostic.str();
        return mlir::success();
      });
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, "model");
  if (!result)
    return createStringError("cannot translate to LLVM IR: " +
                             StringRef(message).split('\n').first);

  result->setTargetTriple(machine->getTargetTriple());
  result->setDataLayout(machine->createDataLayout());
  for (mlir::LLVM::GlobalOp resource : resources) {
    llvm::GlobalVariable *global =
        result->getNamedGlobal(resource.getSymName());
    // Its memory may be anywhere: 32-bit displacements must not be used.
    global->setDSOLocal(false);
    global->setAlignment(std::max(global->getAlign().valueOrOne(),
                                  llvm::Align(resourceAlignment)));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Optimization and emission
//===----------------------------------------------------------------------===//

namespace {
/// Keeps the first error. LLVM's own handler would end the process.
class ErrorCollector : public llvm::DiagnosticHandler {
public:
  explicit ErrorCollector(std::string &message) : message(message) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() == llvm::DS_Error && message.empty()) {
      llvm::raw_string_ostream os(message);
      llvm::DiagnosticPrinterRawOStream printer(os);
      info.print(printer);
    }
    return true;
  }

private:
  std::string &message;
};
} // namespace

/// Calls `step` and turns what it reports to the context into an error.
static Error collectErrors(llvm::LLVMContext &context,
                           llvm::function_ref<Error()> step) {
  std::string message;
  context.setDiagnosticHandler(std::make_unique<ErrorCollector>(message));
  Error error = step();
  context.setDiagnosticHandler(nullptr);
  if (error || message.empty())
    return error;
  // What follows quotes assembly.
  return createStringError("cannot generate code: " +
                           StringRef(message).split('\n').first);
}

void CodeGenerator::generateQuickly() {
  machine->setOptLevel(llvm::CodeGenOptLevel::None);
}

Error CodeGenerator::optimize(llvm::Module &module) const {
  return collectErrors(module.getContext(), [&] {
    llvm::PipelineTuningOptions tuning;
    tuning.SLPVectorization = true;
    llvm::PassBuilder builder(machine.get(), tuning);
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
        .run(module, modules);
    return Error::success();
  });
}

Error CodeGenerator::emit(llvm::Module &module, OutputKind kind,
                          llvm::raw_pwrite_stream &os) const {
  if (kind == OutputKind::LLVMIR) {
    module.print(os, /*AAW=*/nullptr);
    return Error::success();
  }
  return collectErrors(module.getContext(), [&]() -> Error {
    llvm::legacy::PassManager passes;
    llvm::CodeGenFileType type = kind == OutputKind::Assembly
                                     ? llvm::CodeGenFileType::AssemblyFile
                                     : llvm::CodeGenFileType::ObjectFile;
    if (machine->addPassesToEmitFile(passes, os, /*DwoOut=*/nullptr, type))
      return createStringError("target '" + machine->getTargetTriple().str() +
                               "' cannot be emitted as such a file");
    passes.run(module);
    return Error::success();
  });
}
