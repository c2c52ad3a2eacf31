//===- Engine.cpp - Load a compiled model and call it ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Profile.h"

#include "Constructors.h"
#include "Invocation.h"
#include "ParallelErrors.h"
#include "Resources.h"
#include "Runtime.h"

#include "mml/CUDARuntime/HostFunctions.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace mml::engine;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// The name of the function that `addTrampoline` makes.
static constexpr llvm::StringLiteral trampolineName = "__mml_call_entry";

struct Engine::Impl {
  EntrySignature signature;
  ResourceMap resources;
  /// The GPU, if the model has kernels for one.
  cuda::Runtime *runtime = nullptr;
  /// Where the resources are on the GPU, by where they are here.
  llvm::DenseMap<const char *, void *> uploads;
  /// What the GPU passes before and after a call.
  cuda::CUevent begin = nullptr, end = nullptr;
  std::optional<double> deviceSeconds, kernelSeconds;
  Constructors constructors;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  /// What LLVM's loader complained about last.
  std::string loaderMessage;
  /// Takes the arguments of the C interface as an array.
  void (*trampoline)(void **) = nullptr;
  /// omp_set_num_threads, if the model has parallel loops.
  void (*setThreads)(int) = nullptr;
  /// What to call it with before each call; 0: nothing was chosen.
  unsigned numThreads = 0;
  Profile *profile = nullptr;
  llvm::SmallVector<StageTime> times;

  Error load(std::unique_ptr<llvm::MemoryBuffer> object, bool useOpenMP);
  ~Impl();

  Error addOpenMP();
  Error defineSymbols();
  /// Brings all resources to the GPU.
  Error upload();
  /// What the driver failed in, if it did.
  Error checkRuntime();
  /// Has the GPU note the time of `event`, in what is given to it next.
  void record(cuda::CUevent event);
  /// Calls functions of the module by their names.
  Error call(llvm::ArrayRef<std::string> names);
  Expected<llvm::orc::ExecutorAddr> lookup(StringRef name);
};

/// Adds `void __mml_call_entry(ptr array)`, which calls the C interface of
/// `signature` with the elements of the array: a function pointer of one type
/// serves any number of arguments.
static void addTrampoline(llvm::Module &module,
                          const EntrySignature &signature) {
  llvm::Function *callee =
      module.getFunction(("_mlir_ciface_" + signature.name));
  llvm::IRBuilder<> builder(module.getContext());
  auto *type =
      llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, trampolineName, module);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", function));
  llvm::SmallVector<llvm::Value *> arguments;
  for (size_t i = 0; i < callee->arg_size(); ++i)
    arguments.push_back(builder.CreateLoad(
        builder.getPtrTy(), builder.CreateConstGEP1_64(
                                builder.getPtrTy(), function->getArg(0), i)));
  builder.CreateCall(callee, arguments);
  builder.CreateRetVoid();
}

Error Engine::Impl::addOpenMP() {
  Expected<llvm::sys::DynamicLibrary> library = loadOpenMP();
  if (!library)
    return library.takeError();
  setThreads = reinterpret_cast<void (*)(int)>(
      library->getAddressOfSymbol("omp_set_num_threads"));
  if (!setThreads)
    return createStringError("OpenMP's library has no omp_set_num_threads");
  // The library would also find what it depends on, like malloc, which is not
  // this process' malloc where that is another one. Results are freed here.
  jit->getMainJITDylib().addGenerator(
      std::make_unique<llvm::orc::DynamicLibrarySearchGenerator>(
          *library, jit->getDataLayout().getGlobalPrefix(),
          [](const llvm::orc::SymbolStringPtr &name) {
            return isOpenMPName(*name);
          }));
  return Error::success();
}

Error Engine::Impl::defineSymbols() {
  llvm::orc::SymbolMap symbols;
  auto define = [&](StringRef name, auto *address, auto flags) {
    symbols[jit->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address), flags};
  };
  define(copyStridedName, &copyStrided,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(allocateName, &allocate,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(reportName, &report,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(stopName, &stop,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(runRegionName, &runRegion,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(finishRegionName, &finishRegion,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(suspendName, &suspendFrame,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(resumeName, &resumeFrame,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  define(enterLayerName, &enterLayer,
         llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  for (const ResourceMap::Binding &binding : resources.getBindings()) {
    const void *data = binding.data;
    if (auto upload = uploads.find(binding.data); upload != uploads.end())
      data = upload->second;
    define(binding.symbol, data, llvm::JITSymbolFlags::Exported);
  }
  if (runtime)
    for (auto [name, address] : cuda::getHostFunctions())
      define(name, address,
             llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  return jit->getMainJITDylib().define(
      llvm::orc::absoluteSymbols(std::move(symbols)));
}

Expected<llvm::orc::ExecutorAddr> Engine::Impl::lookup(StringRef name) {
  Expected<llvm::orc::ExecutorAddr> address = jit->lookup(name);
  if (address)
    return address;
  // The loader's own report says why, the lookup only what failed by it.
  std::string message = llvm::toString(address.takeError());
  if (!loaderMessage.empty())
    message = loaderMessage;
  StringRef first = StringRef(message).split('\n').first;
  return createStringError("cannot load the compiled code: " + first);
}

Error Engine::Impl::checkRuntime() {
  std::string message = runtime ? runtime->getError() : "";
  return message.empty() ? Error::success() : createStringError(message);
}

Error Engine::Impl::upload() {
  for (llvm::ArrayRef<char> range : resources.getRanges())
    uploads[range.data()] = runtime->upload(range.data(), range.size());
  return checkRuntime();
}

void Engine::Impl::record(cuda::CUevent event) {
  // Generated code takes the stream that was given back last.
  cuda::CUstream stream = runtime->createStream();
  runtime->recordEvent(event, stream);
  runtime->destroyStream(stream);
}

Error Engine::Impl::call(llvm::ArrayRef<std::string> names) {
  if (runtime)
    cuda::setRuntime(runtime);
  for (const std::string &name : names) {
    Expected<llvm::orc::ExecutorAddr> address = lookup(name);
    if (!address)
      return address.takeError();
    address->toPtr<void (*)()>()();
  }
  return checkRuntime();
}

Engine::Impl::~Impl() {
  // Nobody is left to hear of what fails now.
  if (trampoline)
    llvm::consumeError(call(constructors.last));
  if (!runtime)
    return;
  for (auto [data, address] : uploads)
    runtime->release(address, nullptr);
  for (cuda::CUevent event : {begin, end})
    if (event)
      runtime->destroyEvent(event);
  cuda::setRuntime(nullptr);
}

Error Engine::Impl::load(std::unique_ptr<llvm::MemoryBuffer> object,
                         bool useOpenMP) {
  // Generated code has no constructors, so no platform has to run any.
  auto created = llvm::orc::LLJITBuilder()
                     .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                     .create();
  if (!created)
    return created.takeError();
  jit = std::move(*created);
  jit->getExecutionSession().setErrorReporter([this](Error error) {
    loaderMessage = llvm::toString(std::move(error));
  });
  if (useOpenMP)
    if (Error error = addOpenMP())
      return error;
  if (Error error = defineSymbols())
    return error;
  if (Error error = jit->addObjectFile(std::move(object)))
    return error;
  Expected<llvm::orc::ExecutorAddr> address = lookup(trampolineName);
  if (!address)
    return address.takeError();
  trampoline = address->toPtr<void (*)(void **)>();
  return call(constructors.first);
}

/// An error if `module` is for a GPU and there is none, or the other way round:
/// code for cores must not see the addresses of a GPU.
static Error checkDevice(const llvm::Module &module, bool hasGPU) {
  bool isForGPU = llvm::any_of(module, [](const llvm::Function &function) {
    return function.isDeclaration() && function.getName().starts_with("mgpu");
  });
  if (isForGPU == hasGPU)
    return Error::success();
  return createStringError(
      isForGPU ? "this model is compiled for a GPU, and is to run without one"
               : "this model is compiled for cores, and is to run on a GPU");
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Engine::~Engine() = default;

Expected<std::unique_ptr<Engine>> Engine::create(mlir::ModuleOp module,
                                                 const EngineOptions &options) {
  auto impl = std::make_unique<Impl>();
  auto time = [&, watch = Stopwatch()](llvm::StringLiteral stage) mutable {
    impl->times.push_back({stage, watch.getSeconds()});
    watch = Stopwatch();
  };

  Expected<EntrySignature> signature = findEntry(module, options.entry);
  if (!signature)
    return signature.takeError();
  impl->signature = std::move(*signature);
  Expected<CodeGenerator> generator = CodeGenerator::create(options.target);
  if (!generator)
    return generator.takeError();
  if (Error error = generator->checkRunsHere())
    return std::move(error);

  llvm::LLVMContext context;
  Expected<std::unique_ptr<llvm::Module>> translated =
      generator->translate(module, context);
  if (!translated)
    return translated.takeError();
  Expected<ResourceMap> resources = ResourceMap::create(module, **translated);
  if (!resources)
    return resources.takeError();
  impl->resources = std::move(*resources);
  impl->constructors = takeConstructors(**translated);
  impl->runtime = options.runtime;
  if (Error error = checkDevice(**translated, options.runtime))
    return std::move(error);
  if (options.runtime) {
    impl->begin = options.runtime->createEvent(/*hasTime=*/true);
    impl->end = options.runtime->createEvent(/*hasTime=*/true);
    if (Error error = impl->upload())
      return std::move(error);
  }
  addTrampoline(**translated, impl->signature);
  guardParallelLoops(**translated);
  time("translate");

  // On a GPU, what is left of a model on this side is launches: one function of
  // as many as there are layers, for which optimizations take minutes.
  if (options.runtime)
    generator->generateQuickly();
  else if (Error error = generator->optimize(**translated))
    return std::move(error);
  time("optimize");

  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream os(object);
  bool useOpenMP = needsOpenMP(**translated);
  if (Error error = generator->emit(**translated, OutputKind::Object, os))
    return std::move(error);
  time("codegen");

  if (Error error = impl->load(std::make_unique<llvm::SmallVectorMemoryBuffer>(
                                   std::move(object), "model",
                                   /*RequiresNullTerminator=*/false),
                               useOpenMP))
    return std::move(error);
  time("load");
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

const EntrySignature &Engine::getSignature() const { return impl->signature; }

std::optional<double> Engine::getDeviceSeconds() const {
  return impl->deviceSeconds;
}

std::optional<double> Engine::getKernelSeconds() const {
  return impl->kernelSeconds;
}

void Engine::setNumThreads(unsigned count) {
  assert(count >= 1 && "expected at least one thread");
  impl->numThreads = count;
}

void Engine::setProfile(Profile *profile) {
  assert(
      (!profile || profile->getNumLayers() == impl->signature.layers.size()) &&
      "expected a profile of this model");
  impl->profile = profile;
}

bool Engine::usesThreads() const { return impl->setThreads != nullptr; }

int64_t Engine::getResourceBytes() const {
  return impl->resources.getTotalBytes();
}

llvm::ArrayRef<StageTime> Engine::getStageTimes() const { return impl->times; }

/// An error if inputs of a batched model have batches of different sizes: its
/// code would read behind the end of the shorter one.
static Error checkBatch(const EntrySignature &signature,
                        llvm::ArrayRef<const HostTensor *> inputs) {
  if (!signature.isBatched)
    return Error::success();
  for (auto [spec, input] : llvm::zip_equal(signature.inputs, inputs)) {
    if (input->getShape().empty() || inputs.front()->getShape().empty())
      continue;
    int64_t expected = inputs.front()->getShape().front();
    int64_t actual = input->getShape().front();
    if (actual != expected)
      return createStringError("input '" + spec.name +
                               "': expected a batch of " + Twine(expected) +
                               ", as input '" + signature.inputs.front().name +
                               "' has, but got " + Twine(actual));
  }
  return Error::success();
}

Expected<llvm::SmallVector<HostTensor>>
Engine::invoke(llvm::ArrayRef<HostTensor> inputs) {
  llvm::SmallVector<const HostTensor *> pointers;
  for (const HostTensor &input : inputs)
    pointers.push_back(&input);
  return invokeOn(pointers);
}

Expected<llvm::SmallVector<HostTensor>>
Engine::invokeOn(llvm::ArrayRef<const HostTensor *> inputs) {
  const EntrySignature &signature = impl->signature;
  if (inputs.size() != signature.inputs.size())
    return createStringError("expected " + Twine(signature.inputs.size()) +
                             " inputs but got " + Twine(inputs.size()));
  for (auto [spec, input] : llvm::zip_equal(signature.inputs, inputs))
    if (Error error = spec.check(input->getDType(), input->getShape()))
      return createStringError("input '" + spec.name +
                               "': " + llvm::toString(std::move(error)));
  if (Error error = checkBatch(signature, inputs))
    return std::move(error);
  // The library keeps this number a thread, and callers may use several.
  if (impl->setThreads && impl->numThreads != 0)
    impl->setThreads(static_cast<int>(impl->numThreads));
  Invocation invocation(signature, inputs);
  if (impl->runtime) {
    cuda::setRuntime(impl->runtime);
    impl->record(impl->begin);
    impl->runtime->beginLaunchTime();
  }
  {
    ProfileScope scope(impl->profile);
    if (Error error =
            callGenerated(impl->trampoline, invocation.getArguments()))
      return std::move(error);
  }
  if (impl->runtime) {
    impl->record(impl->end);
    impl->runtime->synchronizeEvent(impl->end);
    impl->deviceSeconds =
        impl->runtime->getElapsed(impl->begin, impl->end) / 1e3;
    impl->kernelSeconds = impl->runtime->getLaunchTime() / 1e3;
  }
  auto results = invocation.takeResults([this](const void *pointer) {
    return impl->resources.contains(pointer);
  });
  if (Error error = impl->checkRuntime()) {
    // After an error there is nothing in the results.
    llvm::consumeError(results.takeError());
    return std::move(error);
  }
  return results;
}

void mml::engine::keepFreedMemory() {
#ifdef __GLIBC__
  // The most that glibc takes for what it does not give back at once.
  constexpr int kLargest = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}
