//===- Hdf5Child.cpp - The process that reads HDF5 ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Hdf5Child.h"
#include "mml/Import/Diagnostics.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <hdf5.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace llvm;
using namespace mml::import;

//===----------------------------------------------------------------------===//
// The process
//===----------------------------------------------------------------------===//

/// Writable private memory of this process in bytes, 0 if unknown.
static uint64_t getDataBytes() {
  char text[256] = {};
  if (int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); file >= 0) {
    if (read(file, text, sizeof(text) - 1) < 0)
      text[0] = 0;
    close(file);
  }
  // The sixth number is data and stack, in pages.
  SmallVector<StringRef, 8> numbers;
  StringRef(text).split(numbers, ' ');
  uint64_t pages = 0;
  if (numbers.size() < 6 || numbers[5].getAsInteger(10, pages))
    return 0;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

static void limitResource(int resource, uint64_t soft, uint64_t hard) {
  rlimit limit{static_cast<rlim_t>(soft), static_cast<rlim_t>(hard)};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

/// Makes this process die quietly and soon when the library goes astray.
static void restrictProcess(uint64_t imageBytes, const Limits &limits) {
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGXCPU,
                     SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    std::signal(signal, SIG_DFL);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0)
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      dup2(null, fd);
  limitResource(RLIMIT_CORE, 0, 0);
  uint64_t seconds = limits.hdf5Seconds(imageBytes);
  limitResource(RLIMIT_CPU, seconds, seconds + 1);
  if (uint64_t used = getDataBytes()) {
    uint64_t allowed =
        used + limits.hdf5LibraryBytes + limits.unpackedBytes(imageBytes);
    limitResource(RLIMIT_DATA, allowed, allowed);
  }
}

//===----------------------------------------------------------------------===//
// The file image
//===----------------------------------------------------------------------===//

// The library would copy the image twice; these hand it the one there is. It
// is opened read-only and this process ends afterwards, so nobody writes to or
// frees it.
static void *imageMalloc(size_t, H5FD_file_image_op_t, void *image) {
  return image;
}
static void *imageMemcpy(void *dest, const void *, size_t, H5FD_file_image_op_t,
                         void *) {
  return dest;
}
static void *imageRealloc(void *, size_t, H5FD_file_image_op_t, void *) {
  return nullptr;
}
static herr_t imageFree(void *, H5FD_file_image_op_t, void *) { return 0; }
static void *imageCopyData(void *image) { return image; }
static herr_t imageFreeData(void *) { return 0; }

static hid_t openImage(StringRef image) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  void *bytes = const_cast<char *>(image.data());
  H5FD_file_image_callbacks_t callbacks{
      imageMalloc,   imageMemcpy,   imageRealloc, imageFree,
      imageCopyData, imageFreeData, bytes};
  if (access < 0 ||
      H5Pset_fapl_core(access, /*increment=*/1 << 16,
                       /*backing_store=*/false) < 0 ||
      H5Pset_file_image_callbacks(access, &callbacks) < 0 ||
      H5Pset_file_image(access, bytes, image.size()) < 0)
    return H5I_INVALID_HID;
  return H5Fopen("image", H5F_ACC_RDONLY, access);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// Closes an HDF5 identifier at the end of a scope.
template <herr_t (*close)(hid_t)> class Handle {
public:
  explicit Handle(hid_t id) : id(id) {}
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;
  ~Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }

private:
  hid_t id;
};

using Object = Handle<H5Oclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Properties = Handle<H5Pclose>;

/// An element type in the file and how it is read.
struct ElementInfo {
  Hdf5Record::Type type = Hdf5Record::Other;
  uint64_t bytes = 0;
  hid_t memoryType = H5I_INVALID_HID;
};

class Walker {
public:
  Walker(StringRef image, ArrayRef<StringRef> skip, const Limits &limits,
         int output)
      : image(image), skip(skip), limits(limits), output(output),
        bytesLeft(limits.unpackedBytes(image.size())) {}

  void run();

private:
  bool walkGroup(hid_t group, const std::string &path, unsigned depth);
  bool sendDataset(hid_t dataset, const std::string &path);
  /// Whether the data of `dataset` is in the file, all of `bytes`.
  bool checkStorage(hid_t dataset, ArrayRef<hsize_t> dims, uint64_t elementSize,
                    uint64_t bytes, const std::string &path);
  bool checkChunks(hid_t dataset, hid_t properties, ArrayRef<hsize_t> dims,
                   uint64_t elementSize, const std::string &path);

  bool send(const void *data, size_t bytes);
  /// Sends the one message that ends the conversation. Returns false.
  bool refuse(const Twine &message);
  bool refuseAt(const std::string &path, const Twine &message) {
    return refuse("dataset " + quoted(path) + " " + message);
  }

  StringRef image;
  ArrayRef<StringRef> skip;
  const Limits &limits;
  int output;
  uint64_t bytesLeft;
  uint64_t objects = 0;
};

} // namespace

bool Walker::send(const void *data, size_t bytes) {
  const char *at = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t n = write(output, at, bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    bytes -= n;
  }
  return true;
}

bool Walker::refuse(const Twine &message) {
  std::string text = message.str();
  text.resize(std::min<size_t>(text.size(), kMaxHdf5Text));
  Hdf5Record record{};
  record.kind = Hdf5Record::Refusal;
  record.textBytes = text.size();
  if (send(&record, sizeof(record)))
    send(text.data(), text.size());
  return false;
}

/// The element types that models have, in either byte order.
static ElementInfo getElementInfo(hid_t fileType) {
  auto isAny = [&](std::initializer_list<hid_t> types) {
    return any_of(types,
                  [&](hid_t type) { return H5Tequal(fileType, type) > 0; });
  };
  if (isAny({H5T_IEEE_F32LE, H5T_IEEE_F32BE}))
    return {Hdf5Record::Float32, 4, H5T_NATIVE_FLOAT};
  if (isAny({H5T_IEEE_F64LE, H5T_IEEE_F64BE}))
    return {Hdf5Record::Float64, 8, H5T_NATIVE_DOUBLE};
  if (isAny({H5T_STD_U8LE, H5T_STD_U8BE}))
    return {Hdf5Record::UInt8, 1, H5T_NATIVE_UINT8};
  if (isAny({H5T_STD_I32LE, H5T_STD_I32BE}))
    return {Hdf5Record::Int32, 4, H5T_NATIVE_INT32};
  if (isAny({H5T_STD_I64LE, H5T_STD_I64BE}))
    return {Hdf5Record::Int64, 8, H5T_NATIVE_INT64};
  return {};
}

bool Walker::checkChunks(hid_t dataset, hid_t properties,
                         ArrayRef<hsize_t> dims, uint64_t elementSize,
                         const std::string &path) {
  int filters = H5Pget_nfilters(properties);
  for (int i = 0; i < filters; ++i) {
    unsigned flags, config;
    size_t numValues = 0;
    H5Z_filter_t filter = H5Pget_filter2(properties, i, &flags, &numValues,
                                         nullptr, 0, nullptr, &config);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
        filter != H5Z_FILTER_FLETCHER32)
      return refuseAt(path, "has filter " + Twine(int(filter)) +
                                ", which is not supported");
  }
  hsize_t chunk[kMaxRank] = {};
  if (filters < 0 || H5Pget_chunk(properties, kMaxRank, chunk) !=
                         static_cast<int>(dims.size()))
    return refuseAt(path, "has a damaged layout");
  uint64_t chunkBytes = elementSize, expected = 1;
  for (auto [size, of] : zip_equal(ArrayRef(chunk, dims.size()), dims)) {
    std::optional<uint64_t> product =
        size ? checkedMulUnsigned<uint64_t>(chunkBytes, size) : std::nullopt;
    if (!product || *product > limits.freeBytes)
      return refuseAt(path, "has chunks above the limit of " +
                                Twine(limits.freeBytes) + " bytes");
    chunkBytes = *product;
    // No overflow: at most the number of elements.
    expected *= (of + size - 1) / size;
  }
  // A chunk that is not there would silently read as zeros.
  hsize_t present = 0;
  if (H5Dget_num_chunks(dataset, Space(H5Dget_space(dataset)), &present) < 0 ||
      present != expected)
    return refuseAt(path, "declares " + Twine(expected) +
                              " chunks but the file holds " +
                              Twine(uint64_t(present)));
  return true;
}

bool Walker::checkStorage(hid_t dataset, ArrayRef<hsize_t> dims,
                          uint64_t elementSize, uint64_t bytes,
                          const std::string &path) {
  Properties properties(H5Dget_create_plist(dataset));
  if (properties < 0)
    return refuseAt(path, "has a damaged layout");
  if (H5Pget_external_count(properties) != 0)
    return refuseAt(path, "keeps its data in another file");
  uint64_t stored = H5Dget_storage_size(dataset);
  switch (H5Pget_layout(properties)) {
  case H5D_CHUNKED:
    return checkChunks(dataset, properties, dims, elementSize, path);
  case H5D_CONTIGUOUS: {
    haddr_t at = H5Dget_offset(dataset);
    if (at == HADDR_UNDEF || at > image.size() || image.size() - at < bytes)
      stored = at == HADDR_UNDEF || at > image.size() ? 0 : image.size() - at;
    [[fallthrough]];
  }
  case H5D_COMPACT:
    if (stored < bytes)
      return refuseAt(path, "declares " + Twine(bytes) +
                                " bytes but the file holds " + Twine(stored));
    return true;
  default:
    return refuseAt(path, "has a layout that is not supported");
  }
}

bool Walker::sendDataset(hid_t dataset, const std::string &path) {
  Space space(H5Dget_space(dataset));
  Type fileType(H5Dget_type(dataset));
  if (space < 0 || fileType < 0)
    return refuseAt(path, "is damaged");

  Hdf5Record record{};
  record.kind = Hdf5Record::Dataset;
  record.textBytes = path.size();
  ElementInfo element = getElementInfo(fileType);
  int rank = 0;
  hsize_t dims[H5S_MAX_RANK] = {};
  if (H5Sget_simple_extent_type(space) == H5S_NULL) {
    element = {};
  } else {
    rank = H5Sget_simple_extent_dims(space, dims, nullptr);
    if (rank < 0)
      return refuseAt(path, "is damaged");
    if (rank > static_cast<int>(kMaxRank))
      return refuseAt(path, "has rank " + Twine(rank) + ", expected at most " +
                                Twine(kMaxRank));
  }

  uint64_t bytes = element.bytes;
  for (int i = 0; i < rank; ++i) {
    std::optional<uint64_t> product =
        checkedMulUnsigned<uint64_t>(bytes, dims[i]);
    if (!product || dims[i] > uint64_t(kMaxElements))
      return refuseAt(path, "is too large");
    bytes = *product;
    record.dims[i] = dims[i];
  }
  if (bytes > bytesLeft)
    return refuseAt(path, "of " + Twine(bytes) +
                              " bytes is above what the limit of " +
                              Twine(limits.unpackedBytes(image.size())) +
                              " bytes for the whole file leaves");
  bytesLeft -= bytes;
  record.type = element.type;
  record.rank = rank;
  record.valueBytes = bytes;
  if (bytes > 0 &&
      !checkStorage(dataset, ArrayRef(dims, rank), element.bytes, bytes, path))
    return false;

  std::unique_ptr<char[]> values(bytes ? new char[bytes] : nullptr);
  if (bytes > 0 && H5Dread(dataset, element.memoryType, H5S_ALL, H5S_ALL,
                           H5P_DEFAULT, values.get()) < 0)
    return refuseAt(path, "cannot be read");
  return send(&record, sizeof(record)) && send(path.data(), path.size()) &&
         send(values.get(), bytes);
}

/// The links of one group.
struct LinkList {
  std::vector<std::pair<std::string, H5L_type_t>> links;
  uint64_t most;
};

static herr_t collectLink(hid_t, const char *name, const H5L_info_t *info,
                          void *data) {
  auto *list = static_cast<LinkList *>(data);
  if (list->links.size() >= list->most)
    return -1;
  list->links.emplace_back(name, info->type);
  return 0;
}

bool Walker::walkGroup(hid_t group, const std::string &path, unsigned depth) {
  if (depth > limits.hdf5Depth)
    return refuse("groups nest deeper than " + Twine(limits.hdf5Depth) +
                  " levels");
  LinkList list{{}, limits.hdf5Objects - objects};
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, collectLink,
                 &list) < 0)
    return list.links.size() == list.most
               ? refuse("the file has more than " + Twine(limits.hdf5Objects) +
                        " objects")
               : refuse("group " + quoted(path) + " is damaged");
  objects += list.links.size();
  for (auto &[name, type] : list.links) {
    if (depth == 0 && is_contained(skip, name))
      continue;
    std::string child = path.empty() ? name : (Twine(path) + "/" + name).str();
    if (child.size() > kMaxHdf5Text)
      return refuse("a path has more than " + Twine(kMaxHdf5Text) + " bytes");
    if (type != H5L_TYPE_HARD)
      return refuse("link " + quoted(child) +
                    " is not a hard link, which is not supported");
    Object object(H5Oopen(group, name.c_str(), H5P_DEFAULT));
    if (object < 0)
      return refuse("object " + quoted(child) + " is damaged");
    switch (H5Iget_type(object)) {
    case H5I_GROUP:
      if (!walkGroup(object, child, depth + 1))
        return false;
      break;
    case H5I_DATASET:
      if (!sendDataset(object, child))
        return false;
      break;
    default:
      return refuse("object " + quoted(child) +
                    " is neither a group nor a dataset");
    }
  }
  return true;
}

void Walker::run() {
  hid_t file = openImage(image);
  if (file < 0) {
    refuse("not a readable HDF5 file");
    return;
  }
  Object root(H5Oopen(file, "/", H5P_DEFAULT));
  if (root < 0 || H5Iget_type(root) != H5I_GROUP) {
    refuse("the root group is damaged");
    return;
  }
  if (!walkGroup(root, "", 0))
    return;
  Hdf5Record record{};
  record.kind = Hdf5Record::Done;
  send(&record, sizeof(record));
}

void mml::import::runHdf5Child(StringRef image, ArrayRef<StringRef> skip,
                               const Limits &limits, int output) {
  restrictProcess(image.size(), limits);
  // No messages, no plugins from the environment.
  if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) < 0 ||
      H5PLset_loading_state(0) < 0)
    return;
  Walker(image, skip, limits, output).run();
}
