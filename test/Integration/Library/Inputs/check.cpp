// Calls a model from C++, and compares with what Keras answered.

#include "digits.h"
#include "digits.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <vector>

static std::vector<float> readFloats(const char *path, std::size_t count) {
  std::vector<float> numbers(count);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char *>(numbers.data()),
                 static_cast<std::streamsize>(count * sizeof(float))))
    numbers.clear();
  return numbers;
}

int main(int argc, char **argv) {
  constexpr std::size_t rows = 360;
  if (argc != 3)
    return 2;
  std::vector<float> input =
      readFloats(argv[1], rows * DIGITS_MAIN_IN_INPUT_LAYER_SIZE_1);
  std::vector<float> expected =
      readFloats(argv[2], rows * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1);
  std::vector<float> output(expected.size());
  std::vector<char> workspace(digits_main_workspace_size(rows));
  if (expected.empty() || input.empty() ||
      digits_main(rows, input.data(), output.data(), workspace.data(),
                  workspace.size()) != DIGITS_OK)
    return 1;
  for (std::size_t i = 0; i < output.size(); ++i)
    if (!(std::fabs(output[i] - expected[i]) <= 1e-5f))
      return 1;
  std::puts("the library answers as Keras does");
  return 0;
}
